import ArgumentParser
import Cells
import Diffusion
import Files
import Foundation
import Models
import Pictures

/// Makes the pictures that `render` was asked for.
struct RenderJob: Sendable {
  let command: RenderCommand
  /// What `--from` repeats.
  let saved: Infotext.Contents?
  /// The picture to begin with, where that is not noise alone.
  let start: Recipe.StartingPicture?
  let pipeline: Pipeline

  /// A picture to make, and where it goes.
  private struct Order {
    var recipe: Recipe
    /// `nil` where nothing is saved.
    var destination: Destination?
    var frameStep: Int?
    var view: FrameView?
  }

  /// Where a picture goes.
  private enum Destination {
    /// Into this file.
    case file(URL)
    /// Into the current folder, under the first name like this one that is not there.
    case unused(name: String)
  }

  func run() async throws {
    let first = try order()
    let (width, height) = (first.recipe.width, first.recipe.height)
    if let problem = command.scaleProblem(width: width, height: height) {
      throw ValidationError(problem)
    }
    if let warning = pipeline.memoryWarning(width: width, height: height) {
      StandardError.line("warning: \(warning)")
    }
    let size = PictureSize(width: width, height: height)
    let remark = saved?.recipe.remark(on: pipeline.signature, size: size)
    let notes = [remark, saved?.note].compactMap { $0 }
    if !notes.isEmpty { StandardError.line("note: " + notes.joined(separator: "; ")) }
    for index in 0..<command.count {
      var order = first
      order.recipe.sampling.seed &+= UInt64(index)
      order.destination = try destination(order.recipe)
      try await paint(order)
    }
  }

  // MARK: What to do

  private func order() throws -> Order {
    var recipe = Recipe(
      prompt: "", sampling: pipeline.defaults, width: pipeline.width, height: pipeline.height,
      model: pipeline.name)
    var order = Order(recipe: recipe, view: command.view)
    var hasSeed = command.sampling.seed != nil
    if let saved {
      recipe = saved.recipe
      recipe.sampling = saved.sampling(orElse: pipeline.defaults)
      hasSeed = true
      order.frameStep = saved.frameStep
      order.view = command.view ?? saved.frameView.flatMap(FrameView.init)
    }
    // What is asked for anew is meant for the whole run.
    if let prompt = command.words ?? command.prompt {
      recipe.prompt = prompt
      for index in recipe.changes.indices { recipe.changes[index].prompt = nil }
    }
    if let negative = command.negativePrompt {
      recipe.negativePrompt = negative
      for index in recipe.changes.indices { recipe.changes[index].negativePrompt = nil }
    }
    if command.sampling.guidance != nil {
      for index in recipe.changes.indices { recipe.changes[index].guidance = nil }
    }
    recipe.sampling = try command.sampling.applied(to: recipe.sampling)
    if !hasSeed { recipe.sampling.seed = UInt64(UInt32.random(in: 0 ... .max)) }
    // A repeated picture has its own size where the model is free to choose one.
    let isFree = pipeline.sizes.isFree && min(recipe.width, recipe.height) > 0
    recipe.width = command.width ?? (isFree ? recipe.width : pipeline.width)
    recipe.height = command.height ?? (isFree ? recipe.height : pipeline.height)
    recipe.model = pipeline.name
    recipe.start = start
    order.recipe = recipe
    return order
  }

  /// Where a picture goes, once it is known that it could be written there.
  private func destination(_ recipe: Recipe) throws -> Destination? {
    if let output = command.output {
      var url = URL(fileURLWithPath: output)
      if command.count > 1 {
        let name = url.deletingPathExtension().lastPathComponent
        let suffix = url.pathExtension.isEmpty ? "png" : url.pathExtension
        url = url.deletingLastPathComponent().appendingPathComponent(
          "\(name)-\(recipe.sampling.seed).\(suffix)")
      }
      try SafeFile.check(url, force: command.force)
      return .file(url)
    }
    guard !command.ansi else { return nil }
    let name = PictureName.of(recipe)
    guard command.force else {
      let url = SafeFile.unused(name, in: Self.currentFolder, extension: "png")
      try SafeFile.check(url, force: false)
      return .unused(name: name)
    }
    let url = Self.currentFolder.appendingPathComponent(
      SafeFile.fileName(name, extension: "png"))
    try SafeFile.check(url, force: true)
    return .file(url)
  }

  private static var currentFolder: URL {
    URL(fileURLWithPath: FileManager.default.currentDirectoryPath)
  }

  // MARK: Doing it

  private func paint(_ order: Order) async throws {
    let bar = ProgressBar()
    defer { bar.clear() }
    try await RunProgress.$current.withValue(RunProgress { bar.show($0) }) {
      try await paint(order, bar)
    }
  }

  private func paint(_ order: Order, _ bar: ProgressBar) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    let trajectory = try await pipeline.trajectory(order.recipe)
    if let step = order.frameStep, !(1...trajectory.steps.count).contains(step) {
      throw InfotextError(
        file: command.from ?? "the picture", key: "Frame step", found: "\(step)")
    }
    let frames = try framesFolder()
    var picture: Picture?
    var iterator = trajectory.makeAsyncIterator()
    let view = order.view ?? .sample
    var before = clock.now
    bar.show(0, of: trajectory.steps.count)
    while let step = try await next(&iterator, order.recipe) {
      bar.show(step.index + 1, of: trajectory.steps.count)
      if let frames {
        let shown =
          command.quickFrames
          ? try await quickPicture(of: step, as: view, taking: clock.now - before)
          : try await self.picture(of: step, as: view)
        try save(shown, of: order, step: step.index + 1, in: frames)
      }
      if let wanted = order.frameStep {
        if step.index + 1 == wanted {
          picture = try await self.picture(of: step, as: view)
          break
        }
      } else if step.index + 1 == step.count {
        picture =
          view == .sample
          ? try await pipeline.finishedPicture(of: step.next)
          : try await self.picture(of: step, as: view)
      }
      before = clock.now
    }
    guard let picture else { return }
    let elapsed = clock.now - start
    bar.clear()
    let file = try save(picture, of: order)
    try report(
      picture, order, file: file, elapsed: elapsed,
      steps: order.frameStep ?? trajectory.steps.count)
  }

  /// The next step, steered as the recipe has it there.
  private func next(
    _ iterator: inout Trajectory<NetworkDenoiser>.Iterator, _ recipe: Recipe
  ) async throws -> Step? {
    try await pipeline.steer(&iterator, by: recipe.changes)
    return try await iterator.next()
  }

  /// A view of a step, decoded in full.
  private func picture(of step: Step, as view: FrameView) async throws -> Picture {
    switch view {
    case .sample: try await pipeline.finishedPicture(of: step.sample)
    case .x0: try await pipeline.finishedPicture(of: step.denoised)
    case .noise: pipeline.noisePicture(of: step.noise)
    }
  }

  /// A view of a step as the explorer shows it while the run goes on.
  private func quickPicture(
    of step: Step, as view: FrameView, taking time: Duration
  ) async throws -> Picture {
    let pictures = try await pipeline.pictures(of: step, taking: time)
    switch view {
    case .sample: return pictures.sample
    case .x0: return pictures.denoised
    case .noise: return pictures.noise
    }
  }

  private func framesFolder() throws -> URL? {
    guard let path = command.frames else { return nil }
    let folder = URL(fileURLWithPath: path)
    if let values = try? folder.resourceValues(forKeys: [.isDirectoryKey]),
      values.isDirectory == false
    {
      throw FileError(.other, path: path, reason: "it is a file, and --frames wants a folder")
    }
    do {
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    } catch {
      throw FileError(.notAllowed, path: path, reason: "\(error)")
    }
    return folder
  }

  private func save(_ picture: Picture, of order: Order, step: Int, in folder: URL) throws {
    let number = String(format: "%03d", step)
    let name = "\(PictureName.of(order.recipe))-step-\(number)"
    let file = folder.appendingPathComponent(SafeFile.fileName(name, extension: "png"))
    let data = try encoded(picture, order, step: step, view: order.view ?? .sample)
    try SafeFile.write(data, to: file, force: command.force)
  }

  /// Saves what a run came to.
  ///
  /// - Returns: The file; `nil` where nothing is saved.
  private func save(_ picture: Picture, of order: Order) throws -> URL? {
    guard let destination = order.destination else { return nil }
    let view = order.view ?? .sample
    let isWhole = order.frameStep == nil && view == .sample
    let data = try encoded(picture, order, step: order.frameStep, view: isWhole ? nil : view)
    switch destination {
    case .file(let url):
      try SafeFile.write(data, to: url, force: command.force)
      return url
    case .unused(let name):
      return try SafeFile.writeUnused(data, name: name, in: Self.currentFolder, extension: "png")
    }
  }

  /// A PNG file's bytes with the settings in it.
  private func encoded(
    _ picture: Picture, _ order: Order, step: Int?, view: FrameView?
  ) throws -> Data {
    let text = Infotext.encode(
      .init(
        recipe: pipeline.signature.signed(order.recipe), frameStep: step, frameView: view?.rawValue),
      version: Halflight.version)
    return try PNG.encode(
      picture.enlarged(by: command.scale),
      text: [TextChunk(keyword: Infotext.keyword, text: text)])
  }

  private func report(
    _ picture: Picture, _ order: Order, file: URL?, elapsed: Duration, steps: Int
  ) throws {
    if command.ansi {
      let columns = TerminalSize.columns() ?? 80
      let room = Rect(x: 0, y: 0, width: columns, height: picture.height * columns)
      let colors = TerminalSize.colors()
      let art = CellArt(command.glyphs, colors: colors)
      let size = art.size(of: picture, fitting: room)
      var buffer = CellBuffer(width: size.columns, height: size.rows)
      art.draw(picture, in: buffer.bounds, into: &buffer)
      StandardOutput.write(ANSIText.render(buffer, colors: colors) + "\n")
    }
    if command.json {
      try StandardOutput.json(
        PictureFacts(
          order.recipe, file: file, elapsed: elapsed, steps: steps,
          hash: pipeline.modelHash))
    } else if let file, !command.ansi {
      StandardOutput.line(file.relativePath)
    }
  }
}

/// What `--json` says of a picture.
private struct PictureFacts: Encodable {
  let path: String?
  let prompt: String
  let negativePrompt: String
  let seed: UInt64
  let steps: Int
  let guidance: Float
  let sampler: String
  let spacing: String
  let width: Int
  let height: Int
  let model: String
  let modelHash: String
  let initImage: String?
  let strength: Double?
  let milliseconds: Double
  let millisecondsPerStep: Double

  init(_ recipe: Recipe, file: URL?, elapsed: Duration, steps: Int, hash: String) {
    path = file?.path
    prompt = recipe.prompt
    negativePrompt = recipe.negativePrompt
    seed = recipe.sampling.seed
    self.steps = recipe.sampling.steps
    guidance = recipe.sampling.guidance.scale
    sampler = recipe.sampling.sampler.rawValue
    spacing = recipe.sampling.spacing.rawValue
    width = recipe.width
    height = recipe.height
    model = recipe.model
    modelHash = hash
    (initImage, strength) = (recipe.start?.file, recipe.start?.strength)
    milliseconds = elapsed.milliseconds
    millisecondsPerStep = elapsed.milliseconds / Double(steps)
  }
}

/// Names for pictures that were given none.
enum PictureName {
  /// The most characters of the prompt, and the most bytes: a character may have any number of them, and the seed and
  /// the step behind must not be cut off.
  private static let longest = (characters: 48, bytes: 144)

  /// The prompt's letters and digits, and the seed: `a-red-apple-7`.
  static func of(_ recipe: Recipe) -> String {
    let words = recipe.prompt.lowercased().split { !$0.isLetter && !$0.isNumber }
    let joined = words.joined(separator: "-")
    var slug = joined.prefix(longest.characters)
    while slug.utf8.count > longest.bytes { slug.removeLast() }
    return "\(slug.isEmpty ? "picture" : slug)-\(recipe.sampling.seed)"
  }
}

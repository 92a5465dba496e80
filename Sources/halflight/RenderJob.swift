import ArgumentParser
import Cells
import Diffusion
import Foundation
import Models
import Pictures
import Recipes

/// Makes the pictures requested from `render`.
struct RenderJob: Sendable {
  let request: RenderRequest
  let pipeline: Pipeline

  func run() async throws {
    let first = try order()
    let (width, height) = (first.recipe.width, first.recipe.height)
    if let problem = request.scaleProblem(width: width, height: height) {
      throw ValidationError(problem)
    }
    if let warning = pipeline.memoryWarning(width: width, height: height) {
      StandardError.line("warning: \(warning)")
    }
    let size = PictureSize(width: width, height: height)
    let saved = request.saved?.contents
    let remark = saved?.recipe.remark(on: pipeline.signature, size: size)
    let notes = [remark, saved?.note].compactMap { $0 }
    if !notes.isEmpty { StandardError.line("note: " + notes.joined(separator: "; ")) }
    for note in request.idleOptions(first.recipe, on: pipeline) {
      StandardError.line("note: \(note)")
    }
    if let sheet = request.sheet { return try await paint(first, on: sheet) }
    for index in 0..<request.count {
      var order = first
      order.recipe.sampling.seed &+= UInt64(index)
      try await paint(order)
    }
  }

  private var files: RenderFiles { RenderFiles(request: request, signature: pipeline.signature) }

  // MARK: Planning

  /// Files with the same names as those used for the repeated picture, but different contents: one sentence each.
  var changedFiles: [String] {
    guard let saved = request.saved else { return [] }
    typealias File = (name: String, hash: String?)
    func files(_ recipe: Recipe) -> [File] {
      recipe.loras.map { ($0.file, $0.hash) } + recipe.embeddings.map { ($0.file, $0.hash) }
        + (recipe.start.map { [($0.file, $0.hash)] } ?? [])
    }
    var now = pipeline.signature.withAdditions(saved.contents.recipe)
    now.start = request.start
    return zip(files(saved.contents.recipe), files(now)).compactMap { old, new in
      guard old.name == new.name, let hash = old.hash, let own = new.hash, hash != own else {
        return nil
      }
      return
        "\(old.name) differs from the file that \(saved.file.relativePath) was made with; it is used anyway"
    }
  }

  /// The first picture, or the settings that the pictures of a contact sheet share.
  ///
  /// - Throws: `SamplingError` for impossible numbers.
  func order() throws -> RenderOrder {
    var recipe = Recipe(
      prompt: "", sampling: pipeline.defaults, width: pipeline.width, height: pipeline.height,
      model: pipeline.name)
    var order = RenderOrder(recipe: recipe, view: request.view ?? .sample)
    var hasSeed = request.sampling.seed != nil
    let saved = request.saved?.contents
    if let saved {
      recipe = saved.recipe
      recipe.sampling = saved.sampling(orElse: pipeline.defaults)
      hasSeed = true
      order.frameStep = saved.frameStep
      order.view = request.view ?? saved.frameView.flatMap(FrameView.init) ?? .sample
    }
    // A setting given on the command line applies to the whole run.
    if let prompt = request.prompt {
      recipe.prompt = prompt
      for index in recipe.changes.indices { recipe.changes[index].prompt = nil }
    }
    if let negative = request.negativePrompt {
      recipe.negativePrompt = negative
      for index in recipe.changes.indices { recipe.changes[index].negativePrompt = nil }
    }
    if request.sampling.guidance != nil {
      for index in recipe.changes.indices { recipe.changes[index].guidance = nil }
    }
    // If a picture's settings name a sampler, their schedule stays. Otherwise, a requested sampler gets its own default
    // schedule, not that of the model's default sampler.
    if let sampler = request.sampling.sampler, saved?.origin.unsaid.contains(.sampler) ?? true {
      recipe.sampling.spacing = pipeline.spacing(for: sampler)
    }
    recipe.sampling = try request.sampling.checked(in: recipe.sampling)
    if !hasSeed { recipe.sampling.seed = UInt64(UInt32.random(in: 0 ... .max)) }
    // A repeated picture keeps its size if the model can paint more than one.
    let isFree = pipeline.sizes.isFree && min(recipe.width, recipe.height) > 0
    recipe.width = request.width ?? (isFree ? recipe.width : pipeline.width)
    recipe.height = request.height ?? (isFree ? recipe.height : pipeline.height)
    recipe.model = pipeline.name
    recipe.start = request.start
    order.recipe = recipe
    return order
  }

  // MARK: Execution

  private func paint(_ order: RenderOrder) async throws {
    let destination = try files.destination(order.recipe)
    let bar = ProgressBar()
    defer { bar.clear() }
    try await RunProgress.$current.withValue(RunProgress { bar.show($0) }) {
      try await paint(order, to: destination, bar)
    }
  }

  private func paint(
    _ order: RenderOrder, to destination: RenderFiles.Destination?, _ bar: ProgressBar
  ) async throws {
    let clock = ContinuousClock()
    let start = clock.now
    var run = try await PictureRun(order.recipe, pipeline)
    run.view = order.view
    run.isQuick = request.quickFrames
    if let step = order.frameStep {
      guard step >= 1, step <= run.steps else {
        throw InfotextError(
          file: request.saved?.file.relativePath ?? "the picture", key: "Frame step",
          found: "\(step)")
      }
      run.lastStep = step
    }
    let frames = try files.framesFolder()
    let recording = RunRecording(request.recording, order.recipe, steps: run.steps)
    let picture = try await run.picture(bar) { step in
      frames != nil || recording?.wants(step) == true
    } show: { step, picture in
      if let frames { try files.save(picture, of: order, step: step, in: frames) }
      if let recording, recording.wants(step) { recording.add(picture, step: step) }
    }
    guard let picture else { return }
    if run.isFinished { recording?.add(picture, step: nil) }
    let elapsed = clock.now - start
    bar.clear()
    let file = try files.save(picture, of: order, to: destination)
    let recorded = try files.save(recording, of: order)
    try report(
      picture, order, file: file, recorded: recorded, elapsed: elapsed, steps: run.steps)
  }

  /// Makes a contact sheet.
  private func paint(_ order: RenderOrder, on sheet: SheetRequest) async throws {
    let job = SheetJob(
      pipeline: pipeline, recipe: order.recipe, view: order.view, sheet: sheet,
      scale: request.scale, force: request.force)
    try await job.run()
    StandardOutput.line(sheet.file.relativePath)
  }

  private func report(
    _ picture: Picture, _ order: RenderOrder, file: URL?, recorded: RecordedFiles,
    elapsed: Duration, steps: Int
  ) throws {
    if let glyphs = request.glyphs {
      TerminalPicture(glyphs: glyphs, graphics: request.graphics).print(picture)
    }
    if request.json {
      try StandardOutput.json(
        PictureFacts(
          order.recipe, file: file, recorded: recorded, elapsed: elapsed, steps: steps,
          hash: pipeline.modelHash))
    } else if request.glyphs == nil {
      for file in [file, recorded.animation, recorded.cast].compactMap({ $0 }) {
        // Nothing may be written between the bytes of a picture.
        if request.writesToStandardOutput {
          StandardError.line(file.relativePath)
        } else {
          StandardOutput.line(file.relativePath)
        }
      }
    }
  }
}

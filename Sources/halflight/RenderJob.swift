import ArgumentParser
import Cells
import Diffusion
import Foundation
import Models
import Pictures
import Recipes

/// Makes the pictures that `render` was asked for.
struct RenderJob: Sendable {
  let command: RenderCommand
  /// What `--from` repeats.
  let saved: Infotext.Contents?
  /// The picture to begin with, where that is not noise alone.
  let start: Recipe.StartingPicture?
  let pipeline: Pipeline

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
    let axes = try command.sheet.axes()
    let idle = command.idleOptions(
      first.recipe, axes: axes.map { [$0.rows, $0.columns] } ?? [], on: pipeline)
    for note in idle { StandardError.line("note: \(note)") }
    if let path = command.sheet.sheet, let axes {
      return try await paint(first, axes.rows, axes.columns, in: URL(fileURLWithPath: path))
    }
    for index in 0..<command.count {
      var order = first
      order.recipe.sampling.seed &+= UInt64(index)
      try await paint(order)
    }
  }

  private var files: RenderFiles { RenderFiles(command: command, signature: pipeline.signature) }

  // MARK: What to do

  private func order() throws -> RenderOrder {
    var recipe = Recipe(
      prompt: "", sampling: pipeline.defaults, width: pipeline.width, height: pipeline.height,
      model: pipeline.name)
    var order = RenderOrder(recipe: recipe, view: command.view ?? .sample)
    var hasSeed = command.sampling.seed != nil
    if let saved {
      recipe = saved.recipe
      recipe.sampling = saved.sampling(orElse: pipeline.defaults)
      hasSeed = true
      order.frameStep = saved.frameStep
      order.view = command.view ?? saved.frameView.flatMap(FrameView.init) ?? .sample
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
    // What a picture says of its schedule holds; that of a model's own sampler is not meant for another.
    if let sampler = command.sampling.sampler, saved?.origin.unsaid.contains(.sampler) ?? true {
      recipe.sampling.spacing = pipeline.spacing(for: sampler)
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

  // MARK: Doing it

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
    run.isQuick = command.quickFrames
    if let step = order.frameStep {
      guard step >= 1, step <= run.steps else {
        throw InfotextError(
          file: command.from ?? "the picture", key: "Frame step", found: "\(step)")
      }
      run.lastStep = step
    }
    let frames = try files.framesFolder()
    let recording = RunRecording(command.recording, order.recipe, steps: run.steps)
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
  private func paint(
    _ order: RenderOrder, _ rows: SheetAxis, _ columns: SheetAxis, in file: URL
  ) async throws {
    let job = SheetJob(
      pipeline: pipeline, recipe: order.recipe, view: order.view, file: file, rows: rows,
      columns: columns,
      scale: command.scale, force: command.force)
    try await job.run()
    StandardOutput.line(file.relativePath)
  }

  private func report(
    _ picture: Picture, _ order: RenderOrder, file: URL?, recorded: RecordedFiles,
    elapsed: Duration, steps: Int
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
          order.recipe, file: file, recorded: recorded, elapsed: elapsed, steps: steps,
          hash: pipeline.modelHash))
    } else if !command.ansi {
      for file in [file, recorded.animation, recorded.cast].compactMap({ $0 }) {
        // Nothing may come between the bytes of a picture.
        if command.writesToStandardOutput {
          StandardError.line(file.relativePath)
        } else {
          StandardOutput.line(file.relativePath)
        }
      }
    }
  }
}

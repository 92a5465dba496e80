import Cells
import Diffusion
import Explorer
import Foundation
import Models
import Recipes
import Testing
import Training

@testable import halflight

/// What commands make of their arguments, and jobs that nothing was parsed for.
@Suite struct RequestTests {
  private static let model = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("ModelsTests/Fixtures/tiny-sd")

  // MARK: render

  @Test func argumentsOfRenderBecomePlainValues() throws {
    let command = try RenderCommand.parse([
      "a cat", "-n", "dogs", "-s", "3", "--steps", "9", "--sampler", "euler_a", "-W", "64", "-H",
      "128", "--count", "2", "-o", "cat.png", "--frames", "steps", "--quick-frames", "--animate",
      "run.gif", "--caption", "--scale", "4", "--force", "--view", "x0", "--ansi", "--glyphs",
      "sextants", "--json", "--lora", "ink.safetensors:0",
    ])
    let request = try command.request()
    #expect(request.prompt == "a cat" && request.negativePrompt == "dogs")
    #expect(request.sampling.seed == 3 && request.sampling.steps == 9)
    #expect(request.sampling.sampler == .eulerAncestral && request.sampling.guidance == nil)
    #expect(request.width == 64 && request.height == 128 && request.count == 2)
    #expect(request.output == "cat.png" && request.scale == 4 && request.force)
    #expect(request.frames == "steps" && request.quickFrames && request.view == .x0)
    #expect(request.recording.animate == "run.gif" && request.recording.format == .gif)
    #expect(request.recording.caption && request.recording.cast == nil)
    #expect(request.glyphs == .sextants && request.json)
    #expect(request.loras.map(\.weight) == [0] && !request.hasEmbeddings)
    #expect(request.sheet == nil && request.start == nil && request.saved == nil)
    #expect(try RenderCommand.parse(["a cat", "--glyphs", "shades"]).request().glyphs == nil)
    #expect(try RenderCommand.parse(["-p", "a dog", "-o", "-"]).request().writesToStandardOutput)
  }

  @Test func aSheetIsPlainToo() throws {
    let arguments = ["a cat", "--sheet", "s.png", "--guidances", "1,3", "--seeds", "1-2"]
    let sheet = try #require(try RenderCommand.parse(arguments).request().sheet)
    #expect(sheet.rows == .seeds([1, 2]) && sheet.columns == .guidances([1, 3]))
    #expect(sheet.file.lastPathComponent == "s.png")
    let other = try #require(try RenderCommand.parse(arguments + ["--transpose"]).request().sheet)
    #expect(other.rows == sheet.columns && other.columns == sheet.rows)
  }

  @Test func theFirstPictureIsAsWasAskedFor() throws {
    let pipeline = try Pipeline(contentsOf: Self.model)
    var request = RenderRequest(prompt: "a cat")
    request.sampling.seed = 5
    request.sampling.steps = 3
    let order = try RenderJob(request: request, pipeline: pipeline).order()
    #expect(order.recipe.prompt == "a cat" && order.recipe.negativePrompt.isEmpty)
    #expect(order.recipe.sampling.seed == 5 && order.recipe.sampling.steps == 3)
    #expect(order.recipe.sampling.sampler == pipeline.defaults.sampler)
    #expect(order.recipe.width == pipeline.width && order.recipe.model == pipeline.name)
    #expect(order.frameStep == nil && order.view == .sample)
    request.sampling.steps = 0
    #expect(throws: SamplingError.self) {
      try RenderJob(request: request, pipeline: pipeline).order()
    }
  }

  @Test func aRepeatedPictureKeepsWhatIsNotAskedForAnew() throws {
    let pipeline = try Pipeline(contentsOf: Self.model)
    var recipe = Recipe(
      prompt: "a dog", negativePrompt: "cats", sampling: pipeline.defaults, width: pipeline.width,
      height: pipeline.height, model: pipeline.name)
    recipe.sampling.seed = 11
    recipe.changes = [RecipeChange(step: 2, prompt: "a wolf", guidance: 5)]
    var request = RenderRequest(prompt: "a fish")
    request.saved = .init(
      contents: .init(recipe: recipe, frameStep: 2, frameView: "x0"),
      file: URL(fileURLWithPath: "dog.png"))
    let order = try RenderJob(request: request, pipeline: pipeline).order()
    #expect(order.recipe.prompt == "a fish" && order.recipe.negativePrompt == "cats")
    #expect(order.recipe.changes == [RecipeChange(step: 2, guidance: 5)])
    #expect(order.recipe.sampling.seed == 11)
    #expect(order.frameStep == 2 && order.view == .x0)
    request.sampling.guidance = 2
    request.view = .noise
    let other = try RenderJob(request: request, pipeline: pipeline).order()
    #expect(other.recipe.changes == [RecipeChange(step: 2)])
    #expect(other.recipe.sampling.guidance.scale == 2 && other.view == .noise)
  }

  @Test func optionsWithoutEffectAreNamedBeforeTheRun() throws {
    let pipeline = try Pipeline(contentsOf: Self.model)
    var request = RenderRequest(prompt: "a cat", negativePrompt: "dogs")
    request.sampling.eta = 0.5
    var recipe = try RenderJob(request: request, pipeline: pipeline).order().recipe
    recipe.sampling.sampler = .euler
    recipe.sampling.guidance.scale = 1
    let notes = request.idleOptions(recipe, on: pipeline)
    #expect(notes.count == 2 && notes.allSatisfy { $0.contains(" has no effect ") }, "\(notes)")
    // Guidance is one of the sheet's axes.
    request.sheet = SheetRequest(
      file: URL(fileURLWithPath: "s.png"), rows: .guidances([1, 3]), columns: .seeds([1]))
    #expect(request.idleOptions(recipe, on: pipeline).map { $0.prefix(5) } == ["--eta"])
  }

  @Test func picturesTooLargeToReadAreNamed() throws {
    var request = RenderRequest()
    #expect(request.scaleProblem(width: 4096, height: 4096) == nil)
    request.scale = 64
    #expect(try #require(request.scaleProblem(width: 4096, height: 4096)).contains("--scale 2"))
  }

  /// The whole job, with its file.
  @Test func aJobNeedsNoCommandLine() async throws {
    let file = try CommandTests.folder().appendingPathComponent("cat.png")
    var request = RenderRequest(prompt: "a cat")
    request.sampling.steps = 1
    request.sampling.seed = 4
    request.output = file.path
    try await RenderJob(request: request, pipeline: try Pipeline(contentsOf: Self.model)).run()
    let settings = try SavedSettings.read(contentsOf: file)
    #expect(settings.recipe.prompt == "a cat" && settings.recipe.sampling.seed == 4)
  }

  // MARK: train

  @Test func argumentsOfTrainBecomePlainValues() throws {
    let command = try TrainCommand.parse([
      "--data", "~/pictures", "--output", "model", "--steps", "3", "--init", "begin", "--batch",
      "4",
      "--rate", "0.5", "--sample", "a zorb", "--sample", "", "--threads", "2", "--save-every", "9",
      "--seed", "7", "--json",
    ])
    let request = command.request
    #expect(request.data.path.hasSuffix("/pictures") && !request.data.path.contains("~"))
    #expect(request.output.relativePath == "model")
    #expect(request.length == .steps(3) && request.batch == 4 && request.rate == 0.5)
    #expect(request.samples == ["a zorb", ""] && request.threads == 2 && request.json)
    #expect(request.saveEvery == 9 && request.seed == 7 && request.backgrounds == nil)
    #expect(request.command.hasPrefix("halflight"))
    guard case .model(let folder) = request.beginning else {
      Issue.record("\(request.beginning)")
      return
    }
    #expect(folder.lastPathComponent == "begin")
    let usual = try TrainCommand.parse(["--data", "a", "--output", "b"]).request
    #expect(usual.length == .minutes(30))
    let recipe = usual.recipe(.v, pictures: 1000)
    #expect(recipe == TrainingRecipe(prediction: .v))
  }

  private func request(in folder: URL) -> TrainRequest {
    TrainRequest(
      data: folder, output: folder.appendingPathComponent("model"), length: .steps(1), rate: 0.001,
      cooldown: 0.1, saveEvery: 60, command: "halflight train")
  }

  /// A batch is never larger than the set, but for the smallest.
  @Test(arguments: [(3, 8), (8, 8), (20, 16), (63, 32), (500, 64)])
  func batchesSuitTheSet(pictures: Int, batch: Int) {
    var request = request(in: URL(fileURLWithPath: "none"))
    let recipe = request.recipe(.sample, pictures: pictures)
    #expect(recipe.batch == batch && recipe.rate == 0.001 && recipe.cooldown == 0.1)
    (request.batch, request.backgrounds) = (5, 0)
    let other = request.recipe(.sample, pictures: pictures)
    #expect(other.batch == 5 && other.namedBackgrounds == 0)
  }

  @Test func whatTrainingBeginsFrom() throws {
    let folder = try CommandTests.folder()
    let configuration = folder.appendingPathComponent("unet.json")
    try Data(TrainCommandTests.network.utf8).write(to: configuration)
    var request = request(in: folder)
    let embedded = try request.start()
    request.beginning = .untrained(configuration: configuration, prediction: .v)
    let untrained = try request.start()
    #expect(untrained.prediction == .v && untrained.pictureSize == 16)
    #expect(embedded.pictureSize != untrained.pictureSize)
    request.beginning = .model(folder.appendingPathComponent("none"))
    #expect(throws: (any Error).self) { try request.start() }
  }
}

import Checkpoints
import DefaultModel
import Diffusion
import Foundation
import Models
import Tensors
import Testing
import Training
import TrainingData

/// A network small enough to train during a test, on squares and discs of two colours; on one thread, because it is too
/// small for more.
@Suite struct TrainerTests {
  static let configuration = """
    {"_class_name": "UNet2DConditionModel", "sample_size": 4, "in_channels": 48, "out_channels": 48,
     "block_out_channels": [32, 64], "layers_per_block": 1, "norm_num_groups": 8,
     "cross_attention_dim": 384, "attention_head_dim": [1, 2], "class_embed_type": "projection",
     "projection_class_embeddings_input_dim": 384,
     "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
     "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]}
    """

  /// Red squares and blue discs of 16x16, cut out.
  static var set: TrainingSet {
    var set = TrainingSet(size: 16)
    for number in 0..<8 {
      let isSquare = number % 2 == 0
      var pixels: [UInt8] = []
      for y in 0..<16 {
        for x in 0..<16 {
          let (dx, dy) = (Double(x) - 7.5, Double(y) - 7.5)
          let radius = 4 + Double(number / 2)
          let isInside =
            isSquare ? abs(dx) < radius && abs(dy) < radius : dx * dx + dy * dy < radius * radius
          pixels += [isSquare ? 220 : 20, 30, isSquare ? 20 : 220, isInside ? 255 : 0]
        }
      }
      let name = isSquare ? "red square" : "blue disc"
      set.append(
        .init(name: name, captions: [name, "a \(name)"], isOpaque: false), pixels: pixels)
    }
    return set
  }

  struct Folder: ~Copyable {
    let url: URL

    init() throws {
      url = FileManager.default.temporaryDirectory.appendingPathComponent(
        "halflight-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
      try Data(TrainerTests.configuration.utf8).write(to: url.appendingPathComponent("unet.json"))
    }

    deinit { try? FileManager.default.removeItem(at: url) }
  }

  static func start(_ folder: borrowing Folder, _ prediction: Prediction) throws -> TrainingStart {
    try TrainingStart(
      configuration: folder.url.appendingPathComponent("unet.json"),
      text: try #require(DefaultModel.folder), prediction: prediction, seed: 3)
  }

  static func recipe(_ prediction: Prediction) -> TrainingRecipe {
    var recipe = TrainingRecipe(prediction: prediction)
    (recipe.batch, recipe.rate, recipe.warmupSteps) = (16, 2e-3, 5)
    (recipe.averageDecay, recipe.namedBackgrounds) = (0.9, 0)
    return recipe
  }

  /// Starts a run and ends it after this many steps.
  @Compute
  static func begin(in url: URL, _ folder: borrowing Folder, steps: Int) throws {
    let trainer = try Trainer(
      set, from: try start(folder, .v), recipe: recipe(.v), length: .steps(100), folder: url,
      precision: .f32, threads: 1)
    for _ in 0..<steps { try trainer.step() }
    try trainer.save()
  }

  /// Continues a run.
  @Compute @discardableResult
  static func goOn(in url: URL) throws -> Trainer {
    try Trainer(
      set, from: try TrainingStart(resuming: url), recipe: recipe(.v), length: .steps(100),
      folder: url, precision: .f32, threads: 1)
  }

  @Test(arguments: Prediction.allCases)
  @Compute func theLossFalls(_ prediction: Prediction) throws {
    let folder = try Folder()
    let trainer = try Trainer(
      Self.set, from: try Self.start(folder, prediction), recipe: Self.recipe(prediction),
      length: .steps(80), folder: folder.url.appendingPathComponent("model"), precision: .f32,
      threads: 1)
    var losses: [Double] = []
    while !trainer.progress.plan.isFinished {
      let before = trainer.progress.loss
      try trainer.step()
      // The first hundred losses are averaged equally, so their own values can be derived from it.
      let count = Double(trainer.progress.steps)
      losses.append(trainer.progress.loss * count - before * (count - 1))
    }
    let (first, last) = (losses.prefix(8).reduce(0, +), losses.suffix(8).reduce(0, +))
    print("\(prediction): \(first / 8) to \(last / 8)")
    #expect(last < first * 0.75)
  }

  @Test @Compute func aRunThatWasEndedGoesOnAsIfItHadNot() async throws {
    let folder = try Folder()
    let start = try Self.start(folder, .sample)
    func trainer(_ name: String) throws -> Trainer {
      try Trainer(
        Self.set, from: start, recipe: Self.recipe(.sample), length: .steps(12),
        folder: folder.url.appendingPathComponent(name), precision: .f32, threads: 1)
    }
    let whole = try trainer("whole")
    for _ in 0..<12 { try whole.step() }
    try whole.save()
    @Compute func begin() async throws {
      let first = try trainer("parts")
      for _ in 0..<5 { try first.step() }
      // An interrupted batch has no effect, and is still the next.
      let interrupted = Task { @Compute in try first.step() }
      interrupted.cancel()
      await #expect(throws: CancellationError.self) { try await interrupted.value }
      try first.save()
      // Unsaved progress is lost, and nothing else.
      try first.step()
    }
    func goOn() throws {
      let second = try trainer("parts")
      #expect(second.isResumed && second.progress.steps == 5)
      for _ in 0..<7 { try second.step() }
      try second.save()
      #expect(second.progress.plan.isFinished)
      #expect(second.progress.loss == whole.progress.loss)
    }
    try await begin()
    try goOn()
    func weights(_ name: String) throws -> Data {
      try Data(
        contentsOf: folder.url.appendingPathComponent(
          "\(name)/unet/diffusion_pytorch_model.safetensors"))
    }
    #expect(try weights("whole") == weights("parts"))
    // A finished plan is followed by another.
    let third = try trainer("parts")
    #expect(third.progress.plan.share == 0 && third.progress.steps == 12)
  }

  @Test @Compute func theResultIsAModel() async throws {
    let folder = try Folder()
    let url = folder.url.appendingPathComponent("model")
    let trainer = try Trainer(
      Self.set, from: try Self.start(folder, .v), recipe: Self.recipe(.v), length: .steps(2),
      folder: url, precision: .f32, threads: 1)
    try trainer.step()
    try trainer.save()
    let pipeline = try Pipeline(folder: url)
    #expect(pipeline.width == 16 && pipeline.height == 16)
    let weights = try WeightStore(folder: url.appendingPathComponent("unet"))
    #expect(
      weights.contains("conv_in.weight") && weights.contains("mid_block.resnets.0.norm1.bias"))
    // And one can go on from it as from any model.
    #expect(try TrainingStart(model: url).prediction == .v)
  }

  @Test @Compute func anotherNetworkIsRefused() throws {
    let folder = try Folder()
    let url = folder.url.appendingPathComponent("model")
    try Self.begin(in: url, folder, steps: 0)
    let wider = Self.configuration.replacing("[32, 64]", with: "[32, 96]").replacing(
      "[1, 2]", with: "[1, 3]")
    try Data(wider.utf8).write(to: folder.url.appendingPathComponent("unet.json"))
    let other = try Self.start(folder, .v)
    #expect(throws: CheckpointError.self) {
      try Trainer(
        Self.set, from: other, recipe: Self.recipe(.v), length: .steps(2), folder: url,
        precision: .f32, threads: 1)
    }
  }

  @Test @Compute func aBrokenCheckpointIsNamedAndLeft() throws {
    let folder = try Folder()
    let url = folder.url.appendingPathComponent("model")
    let start = try Self.start(folder, .v)
    let file = Trainer.checkpoint(in: url)
    try FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try Data("not a checkpoint".utf8).write(to: file)
    #expect(throws: CheckpointError.self) {
      try Trainer(
        Self.set, from: start, recipe: Self.recipe(.v), length: .steps(2), folder: url, threads: 1)
    }
    #expect(try Data(contentsOf: file) == Data("not a checkpoint".utf8))
  }

  @Test func thePlanRisesStaysAndFalls() {
    var recipe = TrainingRecipe(prediction: .v)
    (recipe.warmupSteps, recipe.cooldown) = (10, 0.25)
    var plan = TrainingPlan(.steps(100))
    var factors: [Float] = []
    while !plan.isFinished {
      factors.append(plan.rateFactor(recipe))
      plan.add(seconds: 0.5)
    }
    #expect(factors.count == 100)
    #expect(abs(factors[0] - 0.1) < 1e-6 && factors[10] == 1 && factors[75] == 1)
    #expect(abs(factors[99] - 0.04) < 1e-6)
    #expect(plan.secondsLeft == 0 && plan.seconds == 50)
  }

  @Test func targetsAgreeWithWhatSamplersMakeOfThem() {
    // x_t = alpha x_0 + sigma epsilon; each target must lead back to x_0 and epsilon.
    let (x0, noise) = (0.3, -1.2)
    for level in [NoiseSchedule.linear().level(at: 400), NoiseSchedule.flow().level(at: 400)] {
      let xt = level.alpha * x0 + level.sigma * noise
      func answer(_ prediction: Prediction) -> Double {
        let (picture, share) = prediction.target(at: level)
        return Double(picture) * x0 + Double(share) * noise
      }
      #expect(abs(answer(.epsilon) - noise) < 1e-6)
      #expect(abs(answer(.sample) - x0) < 1e-6)
      if level.isFlow {
        #expect(abs(xt - level.sigma * answer(.flow) - x0) < 1e-6)
      } else {
        #expect(abs(level.alpha * xt - level.sigma * answer(.v) - x0) < 1e-6)
      }
    }
  }

  @Test @Compute func theCaptionCheckSeesWhetherTextArrives() throws {
    let folder = try Folder()
    let url = folder.url.appendingPathComponent("model")
    let trainer = try Trainer(
      Self.set, from: try Self.start(folder, .sample), recipe: Self.recipe(.sample),
      length: .steps(250), folder: url, precision: .f32, threads: 1)
    while !trainer.progress.plan.isFinished { try trainer.step() }
    try trainer.save()
    let check = try CaptionCheck.measure(
      Self.set, try TrainingStart(model: url), pictures: 32, levels: 4)
    let last = try #require(check.levels.last)
    print("captions: \(last.right) right, \(last.shuffled) shuffled, \(last.empty) empty")
    #expect(last.right < last.shuffled * 0.8)
    #expect(check.pictures == 32 && check.verdict.hasPrefix("it uses its captions"))
    let untaught = try CaptionCheck.measure(
      Self.set, try Self.start(folder, .sample), pictures: 33, levels: 2)
    #expect(untaught.pictures == 34 && untaught.verdict.hasPrefix("it ignores its captions"))
  }
}

@Suite struct GaussianNoiseTests {
  @Test @Compute func isNormal() {
    let count = 200_001
    let noise = GaussianNoise.draw(count, seed: 5)
    let mean = noise.reduce(0.0) { $0 + Double($1) } / Double(count)
    func moment(_ power: Int) -> Double {
      noise.reduce(0.0) { sum, x in sum + (0..<power).reduce(1.0) { p, _ in p * Double(x) } }
        / Double(count)
    }
    #expect(abs(mean) < 0.01)
    #expect(abs(moment(2) - 1) < 0.015 && abs(moment(3)) < 0.03 && abs(moment(4) - 3) < 0.08)
    // Neighbours, which come from one pair, and those a pair apart are independent.
    for distance in 1...3 {
      let product = (0..<(count - distance)).reduce(0.0) {
        $0 + Double(noise[$1]) * Double(noise[$1 + distance])
      }
      #expect(abs(product / Double(count)) < 0.012)
    }
    // The shares within one and two deviations.
    let within = noise.count { abs($0) < 1 }
    #expect(abs(Double(within) / Double(count) - 0.6827) < 0.005)
    #expect(noise == GaussianNoise.draw(count, seed: 5))
    #expect(noise != GaussianNoise.draw(count, seed: 6))
  }
}

/// The caption states used in training against the prompt states used in painting.
@Suite struct CaptionStatesTests {
  @Test @Compute func whatWasDroppedIsEncodedAgain() throws {
    let url = try #require(DefaultModel.folder)
    let states = try CaptionStates(try ModelFolder(url: url), largest: 1)
    let first = try states.context(of: ["a red apple", "cat"], withVectors: false)
    let dropped = [states.makeRoom(), states.makeRoom()]
    #expect(dropped == [true, false])
    for caption in ["a red apple", "cat"] { states.expect(caption) }
    let second = try states.context(of: ["a red apple", "cat"], withVectors: false)
    #expect(first.states == second.states)
  }

  @Test @Compute func areThoseOfPrompts() async throws {
    let url = try #require(DefaultModel.folder)
    let states = try CaptionStates(try ModelFolder(url: url))
    let pipeline = try Pipeline(folder: url)
    let prompts = [
      "a red apple", "", "a slice of pizza on a black background", "a red apple", "cat",
    ]
    let context = try states.context(of: prompts, withVectors: true)
    let (tokens, width) = (context.tokens, states.width)
    let mask = try #require(context.mask)
    let vectors = try #require(context.vectors)
    for (row, prompt) in prompts.enumerated() {
      let expected = try await pipeline.encode(prompt)
      #expect(Array(mask[(row * tokens)..<((row + 1) * tokens)]) == expected.mask)
      var (error, size) = (0.0, 0.0)
      for i in 0..<(Int(expected.mask.reduce(0, +)) * width) {
        let d = Double(context.states[row * tokens * width + i] - expected.states[i])
        (error, size) = (error + d * d, size + Double(expected.states[i] * expected.states[i]))
      }
      #expect((error / size).squareRoot() < 0.03, "\(prompt)")
      let dot = (0..<width).reduce(0.0) {
        $0 + Double(vectors[row * width + $1] * expected.pooled[$1])
      }
      #expect(dot / Double(width) > 0.999, "\(prompt)")
    }
  }
}

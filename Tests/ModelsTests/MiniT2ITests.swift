import Checkpoints
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Tensors
import Testing

/// A small MiniT2I against its reference (`Tests/Reference/minit2i.py`): 1e-4 of the largest value in float32, 5e-2 in
/// bf16, whole pictures within 1 of 255.
@Suite struct MiniT2ITests {
  static let prompt = "a red apple"

  private func tolerance(_ type: NumberFormat) -> Float { type == .f32 ? 1e-4 : 5e-2 }

  private func open(_ folder: URL, _ type: NumberFormat = .f32, weights: WeightForm = .auto) throws
    -> Pipeline
  {
    try Pipeline(contentsOf: folder, precision: type == .f32 ? .f32 : .bf16, weights: weights)
  }

  private func recipe(
    _ pipeline: Pipeline, steps: Int, sampler: SamplerKind = .euler
  ) -> Recipe {
    var sampling = pipeline.defaults
    (sampling.steps, sampling.sampler, sampling.seed) = (steps, sampler, 7)
    return Recipe(
      prompt: Self.prompt, sampling: sampling, width: pipeline.width, height: pipeline.height,
      model: pipeline.name)
  }

  private func steps(_ pipeline: Pipeline, _ recipe: Recipe) async throws -> [Step] {
    var steps: [Step] = []
    for try await step in try await pipeline.trajectory(recipe) { steps.append(step) }
    return steps
  }

  /// The reference's noise has twice the unit, and its pictures are taken by half here.
  private func doubled(_ latent: Latent) -> [Float] { latent.values.map { 2 * $0 } }

  @Test(arguments: NetworkTests.types)
  func oneEvaluation(_ type: NumberFormat) async throws {
    let recording = try Fixtures.tensors("minit2i.safetensors")
    try await MiniT2IFixture.withModel { folder in
      let pipeline = try open(folder, type)
      #expect(!pipeline.readsTime)
      var iterator = try await pipeline.trajectory(recipe(pipeline, steps: 6)).makeAsyncIterator()
      let step = try #require(try await iterator.next())
      #expect(doubled(step.sample) == (try recording.floats("x")))
      let unconditional = try #require(step.unconditional)
      for (name, output) in [("prompt", step.conditional), ("none", unconditional)] {
        let found = difference(doubled(output), try recording.floats(name))
        print("MiniT2I, \(type), \(name): \(found)")
        #expect(found < tolerance(type))
      }
      #expect(difference(doubled(step.conditional), try recording.floats("none")) > 0.01)
    }
  }

  /// With 30 steps less than a twentieth of the noise is left before the last one, where the velocity is divided by more
  /// noise than there is.
  @Test(arguments: [6, 30])
  func wholeRuns(_ count: Int) async throws {
    let recording = try Fixtures.tensors("minit2i.safetensors")
    try await MiniT2IFixture.withModel { folder in
      let pipeline = try open(folder)
      let last = try #require(try await steps(pipeline, recipe(pipeline, steps: count)).last)
      let found = difference(doubled(last.next), try recording.floats("run.\(count)"))
      print("MiniT2I, \(count) steps: \(found)")
      #expect(found < 1e-4)
      guard count == 6 else { return }
      let picture = try await pipeline.finishedPicture(of: last.next)
      let expected = try recording.floats("picture.6")
      let worst = zip(picture.pixels, expected).map { abs(Float($0) - $1) }.max()
      #expect(try #require(worst) <= 1)
    }
  }

  @Test func guidanceBetweenTwoTimes() async throws {
    let recording = try Fixtures.tensors("minit2i.safetensors")
    try await MiniT2IFixture.withModel(configuration: ["cfg_interval": [0.3, 0.7]]) { folder in
      let pipeline = try open(folder)
      let run = try await steps(pipeline, recipe(pipeline, steps: 6))
      #expect(run.map { $0.unconditional != nil } == [false, false, true, true, true, false])
      let last = try #require(run.last)
      #expect(difference(doubled(last.next), try recording.floats("run.guided")) < 1e-4)
      // The parts can be looked at where guidance is not applied, too.
      let iterator = try await pipeline.trajectory(recipe(pipeline, steps: 6)).makeAsyncIterator()
      let parts = try await iterator.guidanceParts(scale: 6)
      #expect(parts.conditional != parts.unconditional)
    }
  }

  /// Twenty steps of a sampler of second order come closer to where very many of Euler's lead than twenty of Euler's.
  @Test func samplersOfSecondOrderComeCloser() async throws {
    try await MiniT2IFixture.withModel { folder in
      let pipeline = try open(folder)
      #expect(pipeline.defaults.sampler == .dpmPlusPlus2M && pipeline.defaults.steps == 25)
      func end(_ sampler: SamplerKind, _ count: Int) async throws -> [Float] {
        var recipe = recipe(pipeline, steps: count, sampler: sampler)
        recipe.sampling.guidance.scale = 1
        return try #require(try await steps(pipeline, recipe).last).next.values
      }
      let exact = try await end(.euler, 160)
      let euler = difference(try await end(.euler, 20), exact)
      for sampler in [SamplerKind.heun, .dpmPlusPlus2M, .uniPC] {
        let found = difference(try await end(sampler, 20), exact)
        print("MiniT2I, \(sampler.rawValue): \(found), Euler: \(euler)")
        #expect(found < euler)
      }
    }
  }

  /// Every sampler goes from noise to a picture of finite numbers.
  @Test(arguments: SamplerKind.allCases)
  func everySamplerRuns(_ sampler: SamplerKind) async throws {
    try await MiniT2IFixture.withModel { folder in
      let pipeline = try open(folder)
      var recipe = recipe(pipeline, steps: 4, sampler: sampler)
      recipe.sampling.spacing = pipeline.spacing(for: sampler)
      let run = try await steps(pipeline, recipe)
      #expect(run.count == 4)
      #expect(run[0].noiseLevel == 1)
      #expect(zip(run, run.dropFirst()).allSatisfy { $0.noiseLevel > $1.noiseLevel })
    }
  }

  @Test func aStartingPictureIsKeptAsStrengthSays() async throws {
    try await MiniT2IFixture.withModel { folder in
      let pipeline = try open(folder)
      let pixels = (0..<(64 * 64 * 3)).map { index -> UInt8 in
        UInt8(truncatingIfNeeded: index * 37 / 11)
      }
      let picture = Picture(width: 64, height: 64, pixels: pixels)
      let sample = try await pipeline.sample(of: picture)
      #expect(pipeline.picture(of: sample).pixels == picture.pixels)
      var recipe = recipe(pipeline, steps: 10)
      var opaque: [UInt8] = []
      for place in 0..<(64 * 64) {
        opaque += pixels[(place * 3)..<(place * 3 + 3)]
        opaque.append(255)
      }
      recipe.start = .init(
        file: "picture.png", strength: 0.5,
        picture: Cutout(width: 64, height: 64, pixels: opaque))
      let trajectory = try await pipeline.trajectory(recipe)
      #expect(trajectory.steps.count == 5)
      let expected = zip(sample.values, trajectory.startNoise.values).map { ($0 + $1) / 2 }
      #expect(difference(trajectory.start.values, expected) < 1e-6)
    }
  }

  @Test(arguments: NetworkTests.types)
  func attentionMaps(_ type: NumberFormat) async throws {
    let recording = try Fixtures.tensors("minit2i.safetensors")
    try await MiniT2IFixture.withModel { folder in
      let pipeline = try open(folder, type)
      let run = try await pipeline.trajectory(recipe(pipeline, steps: 6))
      let maps = try await pipeline.attentionMaps(
        sample: run.start, timestep: run.timesteps[0],
        condition: try await pipeline.encode(Self.prompt))
      #expect(maps.width == 8 && maps.height == 8 && maps.tokens == 12)
      let found = difference(maps.values, try recording.floats("maps"))
      print("MiniT2I, maps, \(type): \(found)")
      #expect(found < tolerance(type))
      let words = pipeline.words(of: Self.prompt)
      #expect(words.map(\.text) == ["a", "red", "apple"])
    }
  }

  @Test func weightsOfEightBits() async throws {
    let recording = try Fixtures.tensors("minit2i.safetensors")
    try await MiniT2IFixture.withModel { folder in
      let pipeline = try open(folder, weights: .eightBit)
      var iterator = try await pipeline.trajectory(recipe(pipeline, steps: 6)).makeAsyncIterator()
      let step = try #require(try await iterator.next())
      #expect(difference(doubled(step.conditional), try recording.floats("prompt")) < 5e-2)
    }
  }

  /// PEFT's names, as the model's training script saves them, and the scale in the file beside.
  @Test func aLoRAOfPEFT() async throws {
    try await MiniT2IFixture.withModel { folder in
      let file = folder.appendingPathComponent("adapter_model.safetensors")
      let layer = "base_model.model.model.net.double_blocks.1.img_qkv"
      let (down, up) = ("\(layer).lora_A.weight", "\(layer).lora_B.weight")
      try SafetensorsWriter.write(
        [(down, [4, 48]), (up, [144, 4])].map { name, shape in
          StoredTensor(name, shape: shape, values: RandomParameters().values(name, shape: shape))
        }, to: file)
      func changed(weight: Float) throws -> Pipeline {
        var additions = ModelAdditions()
        additions.loras = [ModelAdditions.LoRA(url: file, weight: weight)]
        let pipeline = try Pipeline(contentsOf: folder, precision: .f32, additions: additions)
        #expect(pipeline.notices.isEmpty)
        return pipeline
      }
      func first(_ pipeline: Pipeline) async throws -> Latent {
        var iterator = try await pipeline.trajectory(recipe(pipeline, steps: 4)).makeAsyncIterator()
        return try #require(try await iterator.next()).denoised
      }
      let (plain, other) = (try await first(open(folder)), try await first(changed(weight: 1)))
      #expect(plain != other)
      let stronger = try await first(changed(weight: 2))
      #expect(stronger != other)
      try Data(
        #"{"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["img_qkv"]}"#.utf8
      )
      .write(to: folder.appendingPathComponent("adapter_config.json"))
      #expect(try await first(changed(weight: 1)) == stronger)
    }
  }

  @Test func cancellingStopsAnEvaluation() async throws {
    try await MiniT2IFixture.withModel { folder in
      let pipeline = try open(folder)
      let run = try await pipeline.trajectory(recipe(pipeline, steps: 4))
      let condition = try await pipeline.encode(Self.prompt)
      let listener = RunProgress { moment in
        if case .evaluating(let share) = moment, share > 0.4 {
          withUnsafeCurrentTask { $0?.cancel() }
        }
      }
      await #expect(throws: CancellationError.self) {
        try await Task {
          try await RunProgress.$current.withValue(listener) {
            try await run.denoiser.predict(run.start, timestep: 1000, conditions: [condition])
          }
        }.value
      }
      // The next one computes everything.
      let again = try await run.denoiser.predict(
        run.start, timestep: 1000, conditions: [condition])
      let expected = try Fixtures.tensors("minit2i.safetensors").floats("prompt")
      #expect(difference(doubled(again[0]), expected) < 1e-4)
    }
  }
}

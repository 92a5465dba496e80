import Checkpoints
import DefaultModel
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Tensors
import Testing

/// The default model from prompt to picture, against the recorded run of diffusers.
@Suite struct PipelineTests {
  func recipe(_ pipeline: Pipeline, _ prompt: String, seed: UInt64) -> Recipe {
    var sampling = pipeline.defaults
    sampling.seed = seed
    return Recipe(
      prompt: prompt, sampling: sampling, width: pipeline.width, height: pipeline.height,
      model: pipeline.name)
  }

  /// In float32, every kept sample agrees within 1e-4 of its largest value. In bf16, the root mean square of the
  /// differences is at most 3e-2 of the sample's, because guidance may enlarge the rounding of single values; the
  /// picture agrees within 1/255 on average.
  @Test(arguments: NetworkTests.types)
  func completeTrajectory(_ type: NumberFormat) async throws {
    let pipeline = try Pipeline(
      folder: try #require(DefaultModel.folder), precision: type == .f32 ? .f32 : .bf16)
    let settings = try #require(try Fixtures.json("trajectory.json") as? [String: Any])
    let recording = try Fixtures.tensors("trajectory.safetensors")
    let recipe = recipe(pipeline, try #require(settings["prompt"] as? String), seed: 7)
    let trajectory = try await pipeline.trajectory(recipe)
    let times = try recording.floats("timesteps")
    #expect(trajectory.timesteps.count == times.count)
    // Times between two training steps, from logarithms of two libraries.
    #expect(zip(trajectory.timesteps, times).allSatisfy { abs($0 - $1) < 1e-2 })
    let tolerance: Float = type == .f32 ? 1e-4 : 3e-2
    var last: Latent?
    for try await step in trajectory {
      if recording.contains("x.\(step.index)") {
        let expected = try recording.floats("x.\(step.index)")
        let found =
          type == .f32
          ? difference(step.sample.values, expected)
          : relativeDeviation(step.sample.values, expected)
        print("x.\(step.index) \(type): \(found)")
        #expect(found < tolerance)
      }
      last = step.next
    }
    let end = try #require(last)
    print("x.25 \(type): \(difference(end.values, try recording.floats("x.25")))")
    let picture = pipeline.picture(of: end)
    let expected = try recording.floats("picture")
    let mean =
      zip(picture.pixels, expected).reduce(0) { $0 + abs(Float($1.0) - $1.1) }
      / Float(expected.count)
    print("picture \(type): \(mean) of 255 in the mean")
    #expect(mean < (type == .f32 ? 0.01 : 1))
  }

  @Test func pooledEmbeddingsAgree() async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    let settings = try #require(try Fixtures.json("bert.json") as? [String: Any])
    let pooled = try Fixtures.tensors("bert.safetensors").floats("pooled")
    for (index, prompt) in try #require(settings["prompts"] as? [String]).enumerated() {
      let embedding = try await pipeline.encode(prompt)
      #expect(
        difference(embedding.pooled, Array(pooled[(index * 384)..<(index * 384 + 384)])) < 1e-4)
    }
  }

  /// Cancelling is felt within a network evaluation, and the network serves the next run unharmed.
  @Test func cancellingInsideAnEvaluation() async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    let recipe = recipe(pipeline, "a fish", seed: 3)
    var fresh = try await pipeline.trajectory(recipe).makeAsyncIterator()
    let expected = try await fresh.next()?.next
    let (moments, listener) = AsyncStream<Void>.makeStream()
    let task = Task {
      defer { listener.finish() }
      let progress = RunProgress { moment in
        if case .evaluating(let share) = moment, share > 0 { listener.yield() }
      }
      try await RunProgress.$current.withValue(progress) {
        for try await _ in try await pipeline.trajectory(recipe) {}
      }
    }
    // In the middle of the first evaluation.
    for await _ in moments { break }
    task.cancel()
    await #expect(throws: CancellationError.self) { try await task.value }
    var again = try await pipeline.trajectory(recipe).makeAsyncIterator()
    #expect(try await again.next()?.next == expected)
  }

  @Test func aSizeTheModelCannotPaintIsRefused() async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    var recipe = recipe(pipeline, "a fish", seed: 3)
    recipe.width = 512
    await #expect(throws: SizeError.self) { _ = try await pipeline.trajectory(recipe) }
  }

  /// Stored as eight-bit numbers, the weights still paint the same picture: its colours are off by at most 2 of 255 on
  /// average.
  @Test func eightBitWeightsPaintNearlyTheSame() async throws {
    let folder = try #require(DefaultModel.folder)
    var pictures: [Picture] = []
    for form in [WeightForm.auto, .eightBit] {
      let pipeline = try Pipeline(folder: folder, weights: form)
      let recipe = Recipe(
        prompt: "a red apple", sampling: SamplingSettings(seed: 7, steps: 12), width: 64,
        height: 64, model: pipeline.name)
      var last: Step?
      for try await step in try await pipeline.trajectory(recipe) { last = step }
      pictures.append(pipeline.picture(of: try #require(last).next))
    }
    let off = zip(pictures[0].pixels, pictures[1].pixels).map { abs(Int($0) - Int($1)) }
    let mean = Double(off.reduce(0, +)) / Double(off.count)
    print("eight-bit weights: off by \(mean) of 255 in the mean")
    #expect(mean > 0 && mean < 2)
  }
}

import Checkpoints
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Tensors
import Testing

/// Whole runs of a tiny Stable Diffusion and a tiny SDXL against diffusers' pipelines: 1e-4 of the largest value in
/// float32.
@Suite struct StableDiffusionTests {
  static let prompt = "a photo of a red apple, 4k"

  func pipeline(_ name: String = "tiny-sd") throws -> Pipeline {
    try Pipeline(contentsOf: try Fixtures.url(name), precision: .f32)
  }

  func recipe(_ pipeline: Pipeline) -> Recipe {
    Recipe(
      prompt: Self.prompt,
      sampling: SamplingSettings(
        seed: 7, steps: 4, guidance: Guidance(scale: 5), sampler: .ddim, spacing: .leading),
      width: 96, height: 64, model: pipeline.name)
  }

  @Test(arguments: ["tiny-sd", "tiny-sdxl"])
  func embeddingsAndStepsAndPicture(_ name: String) async throws {
    let pipeline = try pipeline(name)
    #expect(pipeline.width == 64 && pipeline.height == 64 && pipeline.tokenLimit == 77)
    let recording = try Fixtures.tensors("\(name).safetensors")
    let expected = try recording.floats("embedding")
    let found = try await pipeline.encode(Self.prompt)
    #expect(difference(found.states, Array(expected[..<(expected.count / 2)])) < 1e-4)
    if recording.contains("pooled") {
      let pooled = try recording.floats("pooled")
      #expect(difference(found.pooled, Array(pooled[..<(pooled.count / 2)])) < 1e-4)
    }
    var last: Step?
    for try await step in try await pipeline.trajectory(recipe(pipeline)) {
      let found = difference(step.sample.values, try recording.floats("x.\(step.index)"))
      print("\(name), step \(step.index): \(found)")
      #expect(found < 1e-4)
      // A step's preview has one pixel for each position.
      let preview = pipeline.picture(of: step.denoised)
      #expect(preview.width == 24 && preview.height == 16)
      // With all the time in the world it is painted by TAESD, eight pixels for each place.
      let first = try await pipeline.pictures(of: step, taking: .seconds(3600))
      // The time of the first one is not used, because its memory was new.
      _ = try await pipeline.pictures(of: step, taking: .seconds(3600))
      let pictures = try await pipeline.pictures(of: step, taking: .seconds(3600))
      #expect(first.preview?.kind != .linear && pictures.preview?.kind == .whole)
      #expect(pictures.sample.width == 192 && pictures.denoised.height == 128)
      #expect(pictures.noise.width == 192)
      let hasty = try await pipeline.pictures(of: step, taking: .zero)
      #expect(hasty.preview?.kind == .linear && hasty.denoised == preview)
      last = step
    }
    let end = try #require(last).next
    #expect(difference(end.values, try recording.floats("x.4")) < 1e-4)
    let picture = try await pipeline.finishedPicture(of: end)
    #expect(picture.width == 96 && picture.height == 64)
    let wanted = try recording.floats("picture")
    let worst = zip(picture.pixels, wanted).map { abs(Float($0) - $1) }.max() ?? 255
    #expect(worst <= 1)
  }

  /// Tiles see less of the picture than the whole does, and their seams are blended.
  @Test func aPictureInTilesIsNearlyTheSame() async throws {
    let pipeline = try pipeline()
    var last: Step?
    for try await step in try await pipeline.trajectory(recipe(pipeline)) { last = step }
    let end = try #require(last).next
    let whole = try await pipeline.finishedPicture(of: end)
    await pipeline.useTiles(of: 48)
    let tiled = try await pipeline.finishedPicture(of: end)
    #expect((tiled.width, tiled.height) == (whole.width, whole.height))
    let off = zip(whole.pixels, tiled.pixels).map { abs(Int($0) - Int($1)) }
    let mean = Double(off.reduce(0, +)) / Double(off.count)
    print("tiles: off by \(mean) of 255 in the mean, \(off.max() ?? 0) at most")
    #expect(mean > 0 && mean < 8)
    await pipeline.useTiles(of: 96)
    let isWhole = try await pipeline.finishedPicture(of: end) == whole
    #expect(isWhole)
  }

  /// A decoder that produces NaN is reported, not painted black.
  @Test func aDecoderThatFailsIsToldOf() async throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try manager.copyItem(at: try Fixtures.url("tiny-sd"), to: folder)
    defer { try? manager.removeItem(at: folder) }
    let file = folder.appendingPathComponent("vae/diffusion_pytorch_model.safetensors")
    let store = try WeightStore(files: [file])
    let tensors = try store.names.map { name in
      var values = try store.floats(name)
      if name == "decoder.conv_in.weight" { values[0] = .nan }
      return StoredTensor(name, shape: try #require(store.shape(of: name)), values: values)
    }
    try manager.removeItem(at: file)
    try SafetensorsWriter.write(tensors, to: file)
    let pipeline = try Pipeline(contentsOf: folder, precision: .f32)
    var last: Step?
    for try await step in try await pipeline.trajectory(recipe(pipeline)) { last = step }
    let end = try #require(last).next
    await #expect(throws: NotFinitePictureError.self) {
      try await pipeline.finishedPicture(of: end)
    }
  }

  @Test func promptsOfUnlikeLengths() async throws {
    let pipeline = try pipeline()
    let long = Array(repeating: "apple", count: 30).joined(separator: " ")
    let embedding = try await pipeline.encode(long)
    #expect(embedding.states.count > 77 * 32 && embedding.mask.count % 77 == 0)
    #expect(pipeline.ignoredTail(of: long) == nil)
    var recipe = recipe(pipeline)
    recipe.prompt = long
    recipe.sampling.steps = 1
    for try await step in try await pipeline.trajectory(recipe) {
      let isFinite = step.next.values.allSatisfy(\.isFinite)
      #expect(isFinite)
    }
  }

  @Test func weightsChangeWhatTheyMark() async throws {
    let pipeline = try pipeline()
    let plain = try await pipeline.encode("a red apple")
    let marked = try await pipeline.encode("a (red:1.5) apple")
    #expect(plain.tokens == marked.tokens && plain.states != marked.states)
    #expect(try await pipeline.encode("a (red:1.0) apple").states == plain.states)
    func mean(_ states: [Float]) -> Float { states.reduce(0, +) / Float(states.count) }
    #expect(abs(mean(plain.states) - mean(marked.states)) < 1e-4)
  }

  @Test func sizesThatDoNotFitAreRefused() async throws {
    let pipeline = try pipeline()
    var recipe = recipe(pipeline)
    for (width, height) in [(65, 64), (32, 64), (64, 8192)] {
      (recipe.width, recipe.height) = (width, height)
      await #expect(throws: SizeError.self) { try await pipeline.trajectory(recipe) }
    }
  }
}

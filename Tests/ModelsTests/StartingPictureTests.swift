import Checkpoints
import DefaultModel
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Testing

/// Runs that begin with a picture, against diffusers' image-to-image pipeline: 1e-4 of the largest value.
@Suite struct StartingPictureTests {
  /// The picture of the reference.
  func picture() -> Cutout {
    let values = RandomParameters().values("picture", shape: [64 * 96 * 3]).map { $0 * 10 }
    var pixels: [UInt8] = []
    for (index, value) in values.enumerated() {
      pixels.append(UInt8(((value + 1) * 127.5).rounded(.toNearestOrEven)))
      if index % 3 == 2 { pixels.append(255) }
    }
    return Cutout(width: 96, height: 64, pixels: pixels)
  }

  func recipe(
    _ pipeline: Pipeline, _ sampler: SamplerKind, _ spacing: Spacing, strength: Double = 0.6
  ) -> Recipe {
    var recipe = StableDiffusionTests().recipe(pipeline)
    recipe.sampling.steps = 7
    (recipe.sampling.sampler, recipe.sampling.spacing) = (sampler, spacing)
    recipe.start = .init(file: "picture.png", strength: strength, picture: picture())
    return recipe
  }

  @Test(arguments: [
    (SamplerKind.ddim, Spacing.leading), (.euler, .leading), (.heun, .leading),
    (.dpmPlusPlus2M, .karras),
  ])
  func asDiffusers(_ sampler: SamplerKind, _ spacing: Spacing) async throws {
    let pipeline = try Pipeline(contentsOf: try Fixtures.url("tiny-sd"), precision: .f32)
    let recording = try Fixtures.tensors("starting-picture.safetensors")
    let trajectory = try await pipeline.trajectory(recipe(pipeline, sampler, spacing))
    #expect(trajectory.steps.count == 4)
    if sampler == .ddim {
      let found = difference(trajectory.start.values, try recording.floats("DDIM.x.0"))
      print("starting picture, encoded and noised: \(found)")
      #expect(found < 1e-4)
    }
    var last: Step?
    for try await step in trajectory {
      #expect(step.count == 4)
      last = step
    }
    let found = difference(
      try #require(last).next.values, try recording.floats("\(sampler.rawValue).x"))
    print("starting picture, \(sampler.rawValue): \(found)")
    #expect(found < 1e-4)
  }

  /// The embedded model works on pixels: little strength gives the picture back, full strength hardly any of it.
  @Test func pixelsAreKeptAsStrengthSays() async throws {
    let pipeline = try Pipeline(folder: try #require(DefaultModel.folder))
    var plain = Recipe(
      prompt: "a red apple", sampling: pipeline.defaults, width: 64, height: 64, model: "")
    plain.sampling.seed = 7
    var last: Latent?
    for try await step in try await pipeline.trajectory(plain) { last = step.next }
    let apple = pipeline.picture(of: try #require(last))
    var pixels: [UInt8] = []
    for (index, value) in apple.pixels.enumerated() {
      pixels.append(value)
      if index % 3 == 2 { pixels.append(255) }
    }
    var distances: [Float] = []
    for strength in [0.2, 0.5, 1] {
      var recipe = plain
      recipe.prompt = "a green frog"
      recipe.start = .init(
        file: "apple.png", strength: strength,
        picture: Cutout(width: 64, height: 64, pixels: pixels))
      var end: Latent?
      let trajectory = try await pipeline.trajectory(recipe)
      #expect(trajectory.steps.count == recipe.stepsTaken)
      for try await step in trajectory { end = step.next }
      let picture = pipeline.picture(of: try #require(end))
      distances.append(
        zip(picture.pixels, apple.pixels).reduce(0) { $0 + abs(Float($1.0) - Float($1.1)) }
          / Float(apple.pixels.count))
    }
    print("embedded model, strengths 0.2, 0.5, 1: \(distances) of 255 from the picture")
    #expect(distances[0] < 25 && distances[0] < distances[1] && distances[1] < distances[2])
  }

  @Test func whatCannotBeTakenIsSaid() async throws {
    let pipeline = try Pipeline(contentsOf: try Fixtures.url("tiny-sd"), precision: .f32)
    for strength in [-0.1, 0.1, 1.5, .nan] {
      let recipe = recipe(pipeline, .ddim, .leading, strength: strength)
      await #expect(throws: SamplingError.self) { try await pipeline.trajectory(recipe) }
    }
    var recipe = recipe(pipeline, .ddim, .leading)
    recipe.start?.picture = nil
    await #expect(throws: MissingPictureError.self) { try await pipeline.trajectory(recipe) }
  }

  @Test func settingsNameIt() throws {
    var recipe = Recipe(prompt: "a cat", width: 64, height: 64, model: "m")
    recipe.start = .init(file: "a, b: c.png", hash: "0123456789", strength: 0.35)
    let text = Infotext.encode(.init(recipe: recipe), version: "1")
    #expect(text.contains("Denoising strength: 0.35"))
    #expect(try Infotext.decode(text, name: "test").recipe == recipe)
  }

  @Test func picturesOfOtherShapesFillTheSize() {
    let wide = Cutout(
      width: 4, height: 2, pixels: (0..<8).flatMap { [UInt8($0), 0, 0, 255] })
    let square = wide.filling(width: 2, height: 2)
    #expect(stride(from: 0, to: 16, by: 4).map { square.pixels[$0] } == [1, 2, 5, 6])
    let glass = Cutout(width: 1, height: 1, pixels: [200, 100, 0, 51])
      .over(SIMD3(repeating: 255))
    #expect(glass.pixels == [244, 224, 204])
  }
}

import Explorer
import Foundation
import Models
import Recipes
import Testing

@testable import Session

@MainActor
@Suite struct ModelRequestTests {
  private func recipe(of model: String) -> Recipe {
    var recipe = TinyModel.recipe()
    recipe.model = model
    return recipe
  }

  /// The files of Stable Diffusion have many names; for other kinds, the name shows whether it is the same model.
  @Test func whatPicturesItIsMeantBy() async throws {
    try await withFolder { folder in
      let flat = folder.appendingPathComponent("ddpm-cat")
      try FileManager.default.createDirectory(at: flat, withIntermediateDirectories: true)
      try Data(#"{"_class_name": "UNet2DModel"}"#.utf8).write(
        to: flat.appendingPathComponent("config.json"))
      let unconditional = ModelRequest(path: flat.path, precision: .auto)
      #expect(unconditional.isMeant(by: recipe(of: "ddpm-cat")))
      #expect(!unconditional.isMeant(by: recipe(of: "another")))
      let stableDiffusion = ModelRequest(path: try TinyModel.folder().path, precision: .auto)
      #expect(stableDiffusion.isMeant(by: recipe(of: "another")))
      let embedded = ModelRequest(path: nil, precision: .auto)
      #expect(!embedded.isMeant(by: recipe(of: "another")))
      #expect(embedded.isMeant(by: recipe(of: try await embedded.open().name)))
      // Opening it reports what is wrong.
      let missing = ModelRequest(path: folder.path + "/missing", precision: .auto)
      #expect(missing.isMeant(by: recipe(of: "another")))
    }
  }

  @Test func anotherModelIsUsedInTheSameWay() throws {
    var request = ModelRequest(path: "one", precision: .f32, weights: .eightBit, vaeTile: 512)
    request.additions.clipSkip = 2
    let lora = ChosenLoRA(path: "/loras/style.safetensors", weight: 0.5)
    let with = request.with([lora])
    #expect(with.loras == [lora] && with.additions.clipSkip == 2 && with.path == "one")
    #expect(with.with([]).loras.isEmpty)
    let another = with.another(at: "two")
    #expect(another.path == "two" && another.precision == .f32 && another.weights == .eightBit)
    #expect(another.vaeTile == 512 && another.loras.isEmpty && another.additions.clipSkip == nil)
  }

  @Test func modelsThatWereUsedAreListedOnce() throws {
    let path = try TinyModel.folder().path
    let listings = ModelListing.all(used: [path, path, "/missing"]).filter { $0.path == path }
    #expect(listings.count == 1 && listings[0].name == "tiny-sd")
    #expect(listings[0].detail.hasPrefix("64x64 · "))
  }
}

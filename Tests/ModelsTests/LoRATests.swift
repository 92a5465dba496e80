import Checkpoints
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Testing

/// LoRA files on a tiny Stable Diffusion and a tiny SDXL against diffusers with peft: 1e-4 of the largest value.
@Suite struct LoRATests {
  static let weights: [String: Float] = ["kohya": 0.7, "peft": 1.2, "sgm": 0.8]

  func lora(_ name: String) throws -> ModelAdditions.LoRA {
    ModelAdditions.LoRA(
      url: try Fixtures.url("lora/\(name).safetensors"), weight: Self.weights[name] ?? 1)
  }

  @Test(arguments: [
    ("tiny-sd", "kohya", ["kohya"]), ("tiny-sd", "peft", ["peft"]),
    ("tiny-sd", "both", ["kohya", "peft"]), ("tiny-sdxl", "sgm", ["sgm"]),
  ])
  func asDiffusers(_ model: String, _ name: String, _ files: [String]) async throws {
    var additions = ModelAdditions()
    additions.loras = try files.map(lora)
    let pipeline = try Pipeline(
      contentsOf: try Fixtures.url(model), precision: .f32, additions: additions)
    #expect(pipeline.notices.isEmpty)
    let recording = try Fixtures.tensors("lora.safetensors")
    let wanted = try recording.floats("\(name).embedding")
    let found = try await pipeline.encode(StableDiffusionTests.prompt).states
    let prompt = difference(Array(found[..<wanted.count]), wanted)
    let end = try await last(pipeline)
    let run = difference(end.values, try recording.floats("\(name).x"))
    print("LoRA \(name): prompt \(prompt), four steps \(run)")
    #expect(prompt < 1e-4 && run < 1e-4)
    let plain = try Pipeline(contentsOf: try Fixtures.url(model), precision: .f32)
    #expect(difference(try await last(plain).values, end.values) > 0.01)
    let signed = pipeline.signature.signed(StableDiffusionTests().recipe(pipeline))
    #expect(signed.loras.map(\.name) == files && signed.loras.allSatisfy { $0.hash?.count == 12 })
    #expect(signed.modelHash == plain.modelHash)
  }

  private func last(_ pipeline: Pipeline) async throws -> Latent {
    var last: Step?
    for try await step in try await pipeline.trajectory(StableDiffusionTests().recipe(pipeline)) {
      last = step
    }
    return try #require(last).next
  }

  /// A convolution between two of a change's matrices, as in LyCORIS: together they form one kernel.
  @Test func changesWithAConvolutionInTheirMiddle() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let checkpoint = try Checkpoint(contentsOf: try Fixtures.url("tiny-sd"))
    let name = "lora_unet_down_blocks_0_resnets_0_conv1"
    let numbers = { (count: Int) in (0..<count).map { Float($0 % 7) - 3 } }
    let file = folder.appendingPathComponent("locon.safetensors")
    try SafetensorsWriter.write(
      [
        StoredTensor("\(name).lora_up.weight", shape: [32, 2, 1, 1], values: numbers(64)),
        StoredTensor("\(name).lora_mid.weight", shape: [2, 2, 3, 3], values: numbers(36)),
        StoredTensor("\(name).lora_down.weight", shape: [2, 32, 1, 1], values: numbers(64)),
        StoredTensor("lora_unet_nothing.lora_up.weight", shape: [32, 1], values: numbers(32)),
        StoredTensor("lora_unet_nothing.lora_down.weight", shape: [1, 32], values: numbers(32)),
      ], to: file)
    let (changes, unmatched) = try LoRAFile(contentsOf: file).changes(
      to: LoRATargets(checkpoint), weight: 0.5)
    #expect(unmatched == ["lora_unet_nothing"])
    let change = try #require(changes[.unet]?["down_blocks.0.resnets.0.conv1.weight"])
    guard case .product(let product) = change.kind else {
      Issue.record("\(change.kind)")
      return
    }
    #expect(product.rank == 2 && change.scale == 1 && change.strength == 0.5)
    let (up, down) = try product.factors()
    #expect(up == numbers(64) && down.count == 2 * 32 * 9)
    let (mid, input) = (numbers(36), numbers(64))
    for (a, i, tap) in [(0, 0, 0), (1, 5, 4), (1, 31, 8)] {
      let expected = (0..<2).reduce(Float(0)) {
        $0 + mid[(a * 2 + $1) * 9 + tap] * input[$1 * 32 + i]
      }
      #expect(down[(a * 32 + i) * 9 + tap] == expected)
    }
    var additions = ModelAdditions()
    additions.loras = [.init(url: file)]
    let pipeline = try Pipeline(contentsOf: try Fixtures.url("tiny-sd"), additions: additions)
    #expect(pipeline.notices.count == 1 && pipeline.notices[0].contains("lora_unet_nothing"))
  }

  @Test func filesThatDoNotFitAreRefused() throws {
    let sd = LoRATargets(try Checkpoint(contentsOf: try Fixtures.url("tiny-sd")))
    // The other model has layers of these names, of other sizes.
    let other = try LoRAFile(contentsOf: try Fixtures.url("lora/sgm.safetensors"))
    #expect(throws: CheckpointError.self) { try other.changes(to: sd, weight: 1) }
    let folder = try Fixtures.url("tiny-sd/unet/diffusion_pytorch_model.safetensors")
    let thrown = #expect(throws: CheckpointError.self) { try LoRAFile(contentsOf: folder) }
    #expect(thrown?.description.contains("--model") == true)
  }

  @Test func thoseOfAnotherFamilyAreCalledThat() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("xl.safetensors")
    let name = "lora_unet_input_blocks_4_1_transformer_blocks_0_attn2_to_k"
    let zeros = [Float](repeating: 0, count: 2048)
    try SafetensorsWriter.write(
      [
        StoredTensor("\(name).lora_up.weight", shape: [640, 1], values: Array(zeros[..<640])),
        StoredTensor("\(name).lora_down.weight", shape: [1, 2048], values: zeros),
      ], to: file)
    let sd = LoRATargets(try Checkpoint(contentsOf: try Fixtures.url("tiny-sd")))
    let error = #expect(throws: CheckpointError.self) {
      try LoRAFile(contentsOf: file).changes(to: sd, weight: 1)
    }
    let text = error?.description ?? ""
    #expect(text.contains("a LoRA for Stable Diffusion 1, like tiny-sd"), "\(text)")
    #expect(text.contains("one for Stable Diffusion XL"), "\(text)")
  }

  @Test func settingsNameThem() throws {
    var recipe = Recipe(prompt: "a cat", width: 64, height: 64, model: "m")
    recipe.loras = [
      .init(file: "style: \"odd\", one.safetensors", weight: 0.75, hash: nil),
      .init(file: "zorb.safetensors", weight: -1, hash: "0123456789ab"),
    ]
    let text = Infotext.encode(.init(recipe: recipe), version: "1")
    #expect(text.contains("Lora hashes: \"zorb: 0123456789ab\""))
    #expect(try Infotext.decode(text, name: "test").recipe.loras == recipe.loras)
  }
}

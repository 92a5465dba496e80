import Checkpoints
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Tensors
import Testing

/// LoHa, LoKr, DoRA, whole differences and IA3 on a tiny Stable Diffusion against LyCORIS
/// (`Tests/Reference/adapters.py`): merged weights within 1e-5 of the largest value, pictures within 1 of 255.
@Suite struct LyCORISTests {
  /// In the reference's order if several change the same weight.
  private static let kinds: [(name: String, strength: Float)] = [
    ("loha", 0.8), ("lokr", 0.7), ("dora", 0.6), ("full", 0.5), ("ia3", 1.5), ("peft", 1),
  ]

  /// One file, or all.
  private func loras(_ kind: String? = nil) throws -> [ModelAdditions.LoRA] {
    try Self.kinds.filter { kind == nil || $0.name == kind }.map {
      ModelAdditions.LoRA(
        url: try Fixtures.url("lycoris/\($0.name).safetensors"), weight: $0.strength)
    }
  }

  /// Names of weights below one heading of the recording.
  private func names(_ heading: String, in recording: WeightStore) -> [String] {
    recording.names.filter { $0.hasPrefix("\(heading)/") }
      .map { String($0.dropFirst(heading.count + 1)) }
  }

  @Test(arguments: kinds.map { $0.name } + ["all"])
  func mergedWeights(_ kind: String) throws {
    let checkpoint = try Checkpoint(contentsOf: try Fixtures.url("tiny-sd"))
    let adaptation = try Adaptation(
      loras(kind == "all" ? nil : kind), of: LoRATargets(checkpoint))
    #expect(adaptation.notices.isEmpty)
    let source = adaptation.parameters(.unet, checkpoint.unet.weights)
    let recording = try Fixtures.tensors("lycoris.safetensors")
    let names = self.names(kind, in: recording)
    #expect(!names.isEmpty)
    for name in names {
      let wanted = try recording.floats("\(kind)/\(name)")
      let shape = try #require(recording.shape(of: "\(kind)/\(name)"))
      let found = try source.values(name, shape: shape)
      let off = difference(found, wanted)
      print("\(kind), \(name): \(off)")
      #expect(off < 1e-5, "\(kind), \(name)")
      #expect(difference(try checkpoint.unet.weights.floats(name), wanted) > 1e-3)
      // Some rows are changed as they are among all.
      let (rows, width) = (1..<3, shape.dropFirst().reduce(1, *))
      let some = try source.values(name, shape: shape, rows: rows)
      #expect(difference(some, Array(found[width..<(3 * width)])) < 1e-6, "\(kind), \(name)")
    }
  }

  /// The network with all files, and one whose weights were merged before.
  @Test func pictures() async throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.copyItem(at: try Fixtures.url("tiny-sd"), to: folder)
    let recording = try Fixtures.tensors("lycoris.safetensors")
    let base = try Checkpoint(contentsOf: folder).unet.weights
    let headings = ["all"] + Self.kinds.map { $0.name }
    try SafetensorsWriter.write(
      try base.names.map { name in
        let merged = headings.map { "\($0)/\(name)" }.first(where: recording.contains)
        let values = try merged.map { try recording.floats($0) } ?? base.floats(name)
        return StoredTensor(name, shape: base.shape(of: name) ?? [], values: values)
      }, to: folder.appendingPathComponent("unet/diffusion_pytorch_model.safetensors"))
    var additions = ModelAdditions()
    additions.loras = try loras()
    let changed = try await run(
      try Pipeline(contentsOf: try Fixtures.url("tiny-sd"), precision: .f32, additions: additions))
    let merged = try await run(try Pipeline(contentsOf: folder, precision: .f32))
    let plain = try await run(
      try Pipeline(contentsOf: try Fixtures.url("tiny-sd"), precision: .f32))
    let off = difference(changed.latent.values, merged.latent.values)
    print("all kinds, four steps: \(off)")
    #expect(off < 1e-4)
    #expect(difference(plain.latent.values, merged.latent.values) > 0.01)
    let worst = zip(changed.picture.pixels, merged.picture.pixels)
      .map { abs(Int($0) - Int($1)) }.max()
    #expect(worst ?? 255 <= 1)
  }

  private func run(_ pipeline: Pipeline) async throws -> (latent: Latent, picture: Picture) {
    var last: Step?
    for try await step in try await pipeline.trajectory(StableDiffusionTests().recipe(pipeline)) {
      last = step
    }
    let end = try #require(last).next
    return (end, try await pipeline.finishedPicture(of: end))
  }

  @Test func wordsThatALoRABringsAlong() async throws {
    let prompt = "a photo of zorb, 4k"
    func pipeline(_ change: (inout ModelAdditions) throws -> Void) throws -> Pipeline {
      var additions = ModelAdditions()
      try change(&additions)
      return try Pipeline(
        contentsOf: try Fixtures.url("tiny-sd"), precision: .f32, additions: additions)
    }
    let file = try Fixtures.url("lycoris/words.safetensors")
    let word = ModelAdditions.Embedding(
      url: try Fixtures.url("words/one.safetensors"), word: "zorb")
    let wanted = try await pipeline { $0.embeddings = [word] }.encode(prompt).states
    let silent = try pipeline { $0.loras = [.init(url: file, weight: 0)] }
    #expect(difference(try await silent.encode(prompt).states, wanted) < 1e-6)
    #expect(silent.tokenCount("zorb") == 4)
    #expect(silent.notices.count == 1 && silent.notices[0].contains("zorb"))
    let signed = silent.signature.signed(StableDiffusionTests().recipe(silent))
    #expect(signed.embeddings.isEmpty && signed.loras.count == 1)
    let strong = try pipeline { $0.loras = [.init(url: file, weight: 1)] }
    #expect(difference(try await strong.encode(prompt).states, wanted) > 1e-3)
    // A file given by the user takes precedence.
    let both = try pipeline {
      $0.loras = [.init(url: file, weight: 0)]
      $0.embeddings = [.init(url: word.url, word: "ZORB")]
    }
    #expect(both.tokenCount("zorb") == 4)
    #expect(both.signature.signed(StableDiffusionTests().recipe(both)).embeddings.count == 1)
  }
}

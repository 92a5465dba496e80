import Checkpoints
import Foundation
import Testing

/// Files that are added to a model, as strangers may have made them.
@Suite("LoRAs and textual inversions") struct AddedFilesTests {
  private func numbers(_ count: Int) -> [Float] { (0..<count).map { Float($0 % 5) - 2 } }

  @Test("layers and roles in all namings")
  func names() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("some.safetensors")
      func layers(_ pairs: [(down: String, up: String)]) throws -> [String] {
        try SafetensorsWriter.write(
          pairs.flatMap { pair in
            [
              StoredTensor(pair.down, shape: [1, 2], values: numbers(2)),
              StoredTensor(pair.up, shape: [2, 1], values: numbers(2)),
            ]
          }, to: url)
        let model = try Checkpoint(contentsOf: try fixtureModel(in: folder))
        let thrown = #expect(throws: CheckpointError.self) {
          try LoRAFile(contentsOf: url).changes(to: LoRATargets(model), weight: 1)
        }
        return try #require(thrown).names
      }
      let found = try layers([
        ("lora_unet_x_to_q.lora_down.weight", "lora_unet_x_to_q.lora_up.weight"),
        ("unet.a.to_q.lora_A.weight", "unet.a.to_q.lora_B.weight"),
        ("unet.b.to_q.lora.down.weight", "unet.b.to_q.lora.up.weight"),
        ("base_model.model.c.lora_A.weight", "base_model.model.c.lora_B.weight"),
        (
          "d.attn1.processor.to_out_lora.down.weight", "d.attn1.processor.to_out_lora.up.weight"
        ),
        (
          "text_encoder.e.lora_linear_layer.down.weight",
          "text_encoder.e.lora_linear_layer.up.weight"
        ),
      ])
      #expect(
        found == [
          "c", "d.attn1.to_out.0", "lora_unet_x_to_q", "text_encoder.e", "unet.a.to_q",
          "unet.b.to_q",
        ])
    }
  }

  /// A tiny model as a single file.
  private func fixtureModel(in folder: URL) throws -> URL {
    let model = folder.appendingPathComponent("model.safetensors")
    if !FileManager.default.fileExists(atPath: model.path) {
      try TinyModel.load("sd1").write(to: model)
    }
    return model
  }

  @Test("incomplete changes, other kinds and other files are rejected with a sentence")
  func refused() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("some.safetensors")
      for (names, word) in [
        (["a.lora_down.weight"], "missing"), (["a.lora_down.weight", "b", "c.weight"], "2 other"),
        (["a.lora_up.weight", "a.lora_down.weight", "a.oft_blocks"], "an OFT"),
        (["a.b1.weight"], "GLoRA"), ([], "no tensors"),
      ] {
        try SafetensorsWriter.write(
          names.map { StoredTensor($0, shape: [1, 1], values: [1]) }, to: url)
        let refusal = try error { _ = try LoRAFile(contentsOf: url) }
        #expect(refusal.description.contains(word), "\(refusal)")
      }
      for tensors in [
        [StoredTensor("a", shape: [1], values: [1]), StoredTensor("b", shape: [1], values: [1])],
        [StoredTensor("emb_params", shape: [0, 4], values: [])],
        [StoredTensor("emb_params", shape: [1, 1, 1], values: [1])],
        [
          StoredTensor("clip_l", shape: [1, 2], values: [1, 2]),
          StoredTensor("clip_g", shape: [2, 1], values: [1, 2]),
        ],
      ] {
        try SafetensorsWriter.write(tensors, to: url)
        _ = try error { _ = try EmbeddingFile(contentsOf: url) }
      }
    }
  }

  @Test("matrices that are too large together are refused")
  func huge() throws {
    try withFolder { folder in
      let model = LoRATargets(try Checkpoint(contentsOf: try fixtureModel(in: folder)))
      let url = folder.appendingPathComponent("some.safetensors")
      func tensor(_ role: String, _ shape: [Int]) -> String {
        "\"lora_unet_input_blocks_1_0_in_layers_2.\(role).weight\": "
          + "{\"dtype\": \"F32\", \"shape\": \(shape), \"data_offsets\": [0, 0]}"
      }
      let tensors = [
        tensor("lora_down", [0, 1 << 40]), tensor("lora_mid", [0, 0, 1 << 40, 1]),
        tensor("lora_up", [32, 0]),
      ]
      try safetensors("{" + tensors.joined(separator: ", ") + "}").write(to: url)
      let refusal = try error { _ = try LoRAFile(contentsOf: url).changes(to: model, weight: 1) }
      #expect(refusal.expected.contains("a weight of shape [32, 32, 3, 3]"), "\(refusal)")
    }
  }

  @Test("with changed bytes, they are read or rejected")
  func damaged() throws {
    try withFolder { folder in
      let model = LoRATargets(try Checkpoint(contentsOf: try fixtureModel(in: folder)))
      let url = folder.appendingPathComponent("some.safetensors")
      let layer = "lora_unet_input_blocks_1_0_in_layers_2"
      try SafetensorsWriter.write(
        [
          StoredTensor("\(layer).lora_down.weight", shape: [1, 32, 1, 1], values: numbers(32)),
          StoredTensor("\(layer).lora_mid.weight", shape: [1, 1, 3, 3], values: numbers(9)),
          StoredTensor("\(layer).lora_up.weight", shape: [32, 1, 1, 1], values: numbers(32)),
          StoredTensor("\(layer).alpha", shape: [], values: [2]),
        ], to: url)
      let (sound, _) = try LoRAFile(contentsOf: url).changes(to: model, weight: 3)
      let change = try #require(sound[.unet]?["down_blocks.0.resnets.0.conv1.weight"])
      #expect(change.scale == 2 && change.strength == 3)
      let whole = try Data(contentsOf: url)
      for data in Damage(of: whole, seed: 11, count: 2000) {
        try data.write(to: url)
        do {
          let (changes, _) = try LoRAFile(contentsOf: url).changes(to: model, weight: 1)
          for change in changes.values.flatMap(\.values) { try readAll(change) }
        } catch is CheckpointError {}
        do {
          _ = try EmbeddingFile(contentsOf: url).vectors(widths: [4], model: "some")
        } catch is CheckpointError {}
      }
    }
  }
}

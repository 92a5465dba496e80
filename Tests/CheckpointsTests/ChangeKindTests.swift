import Checkpoints
import Foundation
import Testing

private let attention = "lora_unet_input_blocks_1_1_transformer_blocks_0_attn1_to_q"

/// The tensors of one layer: their names after the layer's name, and their shapes.
private struct Parts: Sendable {
  let layer: String
  let shapes: [(name: String, shape: [Int])]

  init(
    _ shapes: [(name: String, shape: [Int])],
    of layer: String = attention
  ) {
    (self.layer, self.shapes) = (layer, shapes)
  }
}

/// Files of every kind of change to a layer of 32 inputs and 32 outputs, some of them as a stranger may have made them.
@Suite("Kinds of changes to weights")
struct ChangeKindTests {
  private static let kernel = "lora_unet_input_blocks_1_0_in_layers_2"
  private static let norm = "lora_unet_input_blocks_1_1_norm"

  /// Writes a file of numbers, or only a header if there are none.
  private func write(_ parts: Parts, to url: URL, number: Float = 0.5) throws {
    guard parts.shapes.contains(where: { !$0.shape.contains(0) }) else {
      let entries = parts.shapes.map { name, shape in
        "\"\(parts.layer).\(name)\":{\"dtype\":\"F32\",\"shape\":\(shape),\"data_offsets\":[0,0]}"
      }
      return try safetensors("{\(entries.joined(separator: ","))}").write(to: url)
    }
    try SafetensorsWriter.write(
      parts.shapes.map { name, shape in
        StoredTensor(
          "\(parts.layer).\(name)", shape: shape,
          values: Array(repeating: number, count: shape.reduce(1, *)))
      }, to: url)
  }

  private func ones(_ count: Int) -> [Float] { Array(repeating: 1, count: count) }

  private func targets(in folder: URL) throws -> LoRATargets {
    let model = folder.appendingPathComponent("model.safetensors")
    try TinyModel.load("sd1").write(to: model)
    return LoRATargets(try Checkpoint(contentsOf: model))
  }

  private static let sound: [Parts] = [
    Parts([
      ("hada_w1_a", [32, 2]), ("hada_w1_b", [2, 32]), ("hada_w2_a", [32, 3]),
      ("hada_w2_b", [3, 32]), ("alpha", []), ("dora_scale", [1, 32]),
    ]),
    Parts(
      [
        ("hada_w1_a", [2, 32]), ("hada_w1_b", [2, 32]), ("hada_t1", [2, 2, 3, 3]),
        ("hada_w2_a", [2, 32]), ("hada_w2_b", [2, 32]), ("hada_t2", [2, 2, 3, 3]),
        ("dora_scale", [32, 1, 1, 1]),
      ], of: kernel),
    Parts([("lokr_w1", [4, 8]), ("lokr_w2", [8, 4])]),
    Parts([("lokr_w1", [4, 8]), ("lokr_w2_a", [8, 1]), ("lokr_w2_b", [1, 4]), ("alpha", [1])]),
    Parts(
      [
        ("lokr_w1_a", [2, 1]), ("lokr_w1_b", [1, 4]), ("lokr_w2_a", [2, 16]),
        ("lokr_w2_b", [2, 8]), ("lokr_t2", [2, 2, 3, 3]),
      ], of: kernel),
    Parts([("diff", [32, 32])]), Parts([("diff", [32, 288]), ("diff_b", [32])], of: kernel),
    Parts([("w_norm", [32]), ("b_norm", [32])], of: norm), Parts([("b_norm", [32])], of: norm),
    Parts([("weight", [32]), ("on_input", [])]),
    Parts([
      ("lora_A.weight", [2, 32]), ("lora_B.weight", [32, 2]), ("lora_magnitude_vector", [32]),
    ]),
  ]

  @Test("valid ones are read; with changed bytes, they are read or rejected")
  func whole() throws {
    try withFolder { folder in
      let targets = try self.targets(in: folder)
      let url = folder.appendingPathComponent("a.safetensors")
      for parts in Self.sound {
        try write(parts, to: url)
        let (changes, unmatched) = try LoRAFile(contentsOf: url).changes(to: targets, weight: 1)
        #expect(unmatched.isEmpty, "\(parts)")
        let all = changes.values.flatMap(\.values)
        #expect(!all.isEmpty, "\(parts)")
        for change in all { try readAll(change) }
        let whole = try Data(contentsOf: url)
        for data in Damage(of: whole, seed: 5, count: 150, within: 1200) {
          try data.write(to: url)
          do {
            let (changes, _) = try LoRAFile(contentsOf: url).changes(to: targets, weight: 1)
            for change in changes.values.flatMap(\.values) { try readAll(change) }
          } catch is CheckpointError {}
        }
      }
    }
  }

  @Test("layers are found by the names used in ComfyUI and SimpleTuner")
  func names() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("model.safetensors")
      try TinyModel.load("sd1").write(to: url)
      let model = try Checkpoint(contentsOf: url)
      let text = "text_model.encoder.layers.0.self_attn.k_proj"
      let query = "transformer_blocks.0.attn1.to_q"
      let flat = query.replacing(".", with: "_")
      let shape = try #require(model.textEncoders.first?.weights.shape(of: "\(text).weight"))
      let lora = folder.appendingPathComponent("lora.safetensors")
      let block = "down_blocks.0.attentions.0.\(query)"
      let layers: [(name: String, shape: [Int], part: ModelPart, weight: String)] = [
        ("diffusion_model.input_blocks.1.1.\(query)", [32, 32], .unet, block),
        ("lycoris_down_blocks_0_attentions_0_\(flat)", [32, 32], .unet, block),
        ("text_encoders.clip_l.transformer.\(text)", shape, .textEncoder(0), text),
      ]
      for (name, shape, part, weight) in layers {
        try write(Parts([("diff", shape)], of: name), to: lora)
        let (changes, unmatched) = try LoRAFile(contentsOf: lora).changes(
          to: LoRATargets(model), weight: 1)
        #expect(unmatched.isEmpty && changes[part]?["\(weight).weight"] != nil, "\(name)")
      }
    }
  }

  private static let broken: [[String]] = [
    ["hada_w1_a", "hada_w1_b", "hada_w2_a"],
    ["hada_w1_a", "hada_w1_b", "hada_w2_a", "hada_w2_b", "hada_t1"],
    ["lokr_w1"], ["lokr_w1", "lokr_w2_a"], ["lokr_w1", "lokr_w1_a", "lokr_w1_b", "lokr_w2"],
    ["lokr_w1", "lokr_w2", "lokr_t2"], ["on_input"], ["dora_scale"], ["alpha"],
    ["diff", "dora_scale"], ["diff", "w_norm"], ["diff_b", "b_norm"],
    ["diff", "lokr_w1", "lokr_w2"],
    ["lora_A.weight", "lora_B.weight", "dora_scale", "lora_magnitude_vector"],
  ]

  @Test("incomplete and mixed changes are rejected", arguments: broken)
  func halves(names: [String]) throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("a.safetensors")
      try write(Parts(names.map { ($0, [1, 1]) }), to: url)
      let refusal = try error { _ = try LoRAFile(contentsOf: url) }
      #expect(refusal.kind == .malformed && refusal.names == [attention], "\(refusal)")
    }
  }

  private static let huge = 1 << 40
  private static let misfits: [Parts] = [
    Parts([
      ("hada_w1_a", [32, 0]), ("hada_w1_b", [0, 32]), ("hada_w2_a", [32, 0]),
      ("hada_w2_b", [0, 32]),
    ]),
    Parts([
      ("hada_w1_a", [32, 1]), ("hada_w1_b", [1, 32]), ("hada_w2_a", [32, 1]),
      ("hada_w2_b", [1, 16]),
    ]),
    Parts(
      [
        ("hada_w1_a", [0, huge]), ("hada_w1_b", [0, huge]), ("hada_t1", [0, 0, huge, 1]),
        ("hada_w2_a", [0, huge]), ("hada_w2_b", [0, huge]), ("hada_t2", [0, 0, huge, 1]),
      ], of: kernel),
    Parts([("lokr_w1", [4, 4]), ("lokr_w2", [8, 9])]),
    Parts([("lokr_w1", [huge, 0]), ("lokr_w2", [huge, 0])]),
    Parts([("lokr_w1", [0, huge]), ("lokr_w2", [huge, 0])]),
    Parts([("lokr_w1", [32]), ("lokr_w2", [32])]),
    Parts([("lokr_w1", [4, 4]), ("lokr_w2_a", [8, 2]), ("lokr_w2_b", [1, 8])]),
    Parts([("diff", [31, 32])]), Parts([("diff", [16, 64])]), Parts([("diff_b", [31])], of: kernel),
    Parts([("w_norm", [2])], of: norm), Parts([("weight", [31]), ("on_input", [])]),
    Parts([("weight", [32]), ("on_input", [])], of: norm),
    Parts([("lora_A.weight", [1, 32]), ("lora_B.weight", [32, 1]), ("dora_scale", [31, 1])]),
    Parts([("lora_A.weight", [1, 32]), ("lora_B.weight", [32, 1]), ("dora_scale", [2, 16])]),
    Parts([
      ("lora_A.weight", [1, 32]), ("lora_B.weight", [32, 1]), ("lora_magnitude_vector", [33]),
    ]),
  ]

  @Test("shapes that do not fit the weight are refused", arguments: misfits.indices)
  func misfitsAreRefused(index: Int) throws {
    try withFolder { folder in
      let targets = try self.targets(in: folder)
      let url = folder.appendingPathComponent("a.safetensors")
      try write(Self.misfits[index], to: url)
      let file = try LoRAFile(contentsOf: url)
      let refusal = try error { _ = try file.changes(to: targets, weight: 1) }
      #expect(refusal.kind == .mismatched && refusal.expected.contains("32"), "\(refusal)")
    }
  }

  @Test("scales and lengths that are not finite are rejected")
  func infinite() throws {
    try withFolder { folder in
      let targets = try self.targets(in: folder)
      let url = folder.appendingPathComponent("a.safetensors")
      let product: [(name: String, shape: [Int])] = [
        ("lora_A.weight", [1, 32]), ("lora_B.weight", [32, 1]),
      ]
      for number in [Float.nan, .infinity] {
        try write(Parts(product + [("alpha", [])]), to: url, number: number)
        let alpha = try error { _ = try LoRAFile(contentsOf: url).changes(to: targets, weight: 1) }
        #expect(alpha.kind == .malformed && alpha.key?.hasSuffix(".alpha") == true)
        try write(Parts(product + [("dora_scale", [32, 1])]), to: url, number: number)
        let (changes, _) = try LoRAFile(contentsOf: url).changes(to: targets, weight: 1)
        let change = try #require(changes[.unet]?.values.first)
        let length = try error { try readAll(change) }
        #expect(length.kind == .malformed && length.key?.hasSuffix(".dora_scale") == true)
      }
    }
  }

  @Test("parts that do not fit the model are named, and the rest is used")
  func leftOut() throws {
    try withFolder { folder in
      let targets = try self.targets(in: folder)
      let url = folder.appendingPathComponent("a.safetensors")
      try SafetensorsWriter.write(
        [
          StoredTensor("\(attention).diff", shape: [32, 32], values: ones(1024)),
          StoredTensor("\(attention).diff_b", shape: [32], values: ones(32)),
          StoredTensor("\(attention).strange", shape: [1], values: [1]),
          StoredTensor("other.diff", shape: [1], values: [1]),
          StoredTensor("some.weight", shape: [1], values: [1]),
        ], to: url)
      let (changes, unmatched) = try LoRAFile(contentsOf: url).changes(to: targets, weight: 1)
      #expect(changes[.unet]?.count == 1)
      // The query has no bias.
      #expect(
        unmatched == [
          "\(attention).diff_b", "other", "\(attention).strange", "some.weight",
        ])
    }
  }

  @Test("words in a LoRA file")
  func words() throws {
    try withFolder { folder in
      let url = folder.appendingPathComponent("a.safetensors")
      try SafetensorsWriter.write(
        [
          StoredTensor(
            "bundle_emb.zorb.string_to_param.*", shape: [2, 3], values: [1, 2, 3, 4, 5, 6]),
          StoredTensor("bundle_emb.pair.clip_l", shape: [1, 2], values: [7, 8]),
          StoredTensor("bundle_emb.pair.clip_g", shape: [1, 3], values: [9, 10, 11]),
          StoredTensor("bundle_emb.bad.clip_l", shape: [0, 3], values: []),
        ], to: url)
      let file = try LoRAFile(contentsOf: url)
      #expect(file.words == ["bad", "pair", "zorb"])
      let zorb = try EmbeddingFile(contentsOf: url, bundled: "zorb")
      #expect(zorb.count == 2)
      #expect(try zorb.vectors(widths: [3], model: "m") == [[1, 2, 3, 4, 5, 6]])
      let pair = try EmbeddingFile(contentsOf: url, bundled: "pair")
      #expect(try pair.vectors(widths: [2, 3], model: "m") == [[7, 8], [9, 10, 11]])
      #expect(try error { _ = try pair.vectors(widths: [2], model: "m") }.kind == .mismatched)
      _ = try error { _ = try EmbeddingFile(contentsOf: url, bundled: "bad") }
      _ = try error { _ = try EmbeddingFile(contentsOf: url, bundled: "none") }
    }
  }
}

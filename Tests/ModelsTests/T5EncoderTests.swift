import Checkpoints
import Foundation
import Models
import Tensors
import Testing

/// T5's text encoder against transformers: 1e-4 of the largest value in float32, 4e-2 in bf16.
@Suite struct T5EncoderTests {
  private func configuration() throws -> T5Configuration {
    try T5Configuration(contentsOf: Fixtures.url("tiny-t5/config.json"))
  }

  private func encoder(
    _ type: NumberFormat, holdsEightBits: Bool = false, folder: URL? = nil
  ) throws -> T5Encoder {
    let configuration = try configuration()
    let weights = try WeightStore(
      t5Encoder: folder ?? Fixtures.url("tiny-t5"), configuration)
    return T5Encoder(
      configuration, source: CheckpointParameters(store: weights), type: type,
      holdsEightBits: holdsEightBits)
  }

  private func recorded(_ name: String) throws -> [Float] {
    try Fixtures.tensors("t5/states.safetensors").floats(name)
  }

  private func texts() throws -> [[Int32]] {
    let ids = try recorded("ids").map { Int32($0) }
    return stride(from: 0, to: ids.count, by: 12).map { Array(ids[$0..<($0 + 12)]) }
  }

  private func masks(_ texts: [[Int32]]) -> [[Float]] { texts.map { $0.map { $0 == 0 ? 0 : 1 } } }

  private func tolerance(_ type: NumberFormat) -> Float { type == .f32 ? 1e-4 : 4e-2 }

  @Test(arguments: EncoderTests.types)
  @Compute func statesOfPaddedTexts(_ type: NumberFormat) throws {
    let (encoder, texts) = (try encoder(type), try texts())
    let expected = try recorded("states")
    let found = try encoder.states(texts, masks: masks(texts))
    print("T5 \(type): \(difference(found, expected))")
    #expect(difference(found, expected) < tolerance(type))
    // A text by itself is what it is beside others, and the weights are read again after a rest.
    encoder.rest()
    let alone = try encoder.states([texts[1]], masks: masks([texts[1]]))
    let width = expected.count / texts.count
    #expect(difference(alone, Array(expected[width..<(2 * width)])) < tolerance(type))
  }

  @Test(arguments: EncoderTests.types)
  @Compute func statesOfALongText(_ type: NumberFormat) throws {
    let ids = try recorded("long.ids").map { Int32($0) }
    let states = try encoder(type).states([ids], masks: masks([ids]))
    let width = states.count / ids.count
    let chosen = stride(from: 0, to: ids.count, by: 10).flatMap {
      states[($0 * width)..<(($0 + 1) * width)]
    }
    let found = difference(chosen, try recorded("long.states"))
    print("T5 \(type), \(ids.count) tokens: \(found)")
    #expect(found < tolerance(type))
  }

  @Test(arguments: EncoderTests.types)
  @Compute func theFirstT5(_ type: NumberFormat) throws {
    let json = try JSONSerialization.data(withJSONObject: try #require(try T5Fixture.raw()["relu"]))
    let configuration = try T5Configuration(json: json, name: "config.json")
    let encoder = T5Encoder(configuration, source: RandomParameters(), type: type)
    let ids = try recorded("relu.ids").map { Int32($0) }
    let states = try encoder.states([ids], masks: [ids.map { _ in 1 }])
    let found = difference(states, try recorded("relu.states"))
    print("T5 with relu \(type): \(found)")
    #expect(found < tolerance(type))
  }

  @Test @Compute func eightBits() throws {
    let texts = try texts()
    let states = try encoder(.f32, holdsEightBits: true).states(texts, masks: masks(texts))
    #expect(difference(states, try recorded("states")) < 2e-2)
  }

  @Test func distances() throws {
    let all = try #require(try T5Fixture.raw()["buckets"] as? [[Any]])
    try #require(all.count == 2)
    for entry in all {
      let (count, far) = (try #require(entry[0] as? Int), try #require(entry[1] as? Int))
      let expected = try #require(entry[2] as? [Int])
      let buckets = DistanceBuckets(count: count, maxDistance: far)
      #expect((-200...200).map { buckets.bucket(of: $0) } == expected)
    }
  }

  // MARK: Files

  /// A folder with a copy of the model that lasts as long as the body.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try manager.copyItem(at: try Fixtures.url("tiny-t5"), to: folder)
    defer { try? manager.removeItem(at: folder) }
    try body(folder)
  }

  /// Writes tensors of the model, those of the decoder beside them, to files of a folder.
  private func write(
    _ files: [String: (String) -> Bool], to folder: URL, renaming: (String) -> String = { $0 }
  ) throws {
    let store = try WeightStore(folder: try Fixtures.url("tiny-t5"))
    try FileManager.default.removeItem(at: folder.appendingPathComponent("model.safetensors"))
    var map: [String: String] = [:]
    for (file, holds) in files {
      var tensors = [
        StoredTensor("decoder.\(file)", shape: [2], values: [1, 2])
      ]
      for name in store.names where holds(name) {
        let shape = try #require(store.shape(of: name))
        let values = try store.floats(name)
        tensors.append(StoredTensor(renaming(name), shape: shape, values: values))
      }
      for tensor in tensors { map[tensor.name] = file }
      try SafetensorsWriter.write(tensors, to: folder.appendingPathComponent(file))
    }
    let index = try JSONSerialization.data(withJSONObject: ["weight_map": map])
    try index.write(to: folder.appendingPathComponent("model.safetensors.index.json"))
  }

  @Test @Compute func shardsOfTheWholeModel() throws {
    let texts = try texts()
    let expected = try encoder(.f32).states(texts, masks: masks(texts))
    let count = try WeightStore(t5Encoder: Fixtures.url("tiny-t5"), configuration()).parameterCount
    try withFolder { folder in
      try write(
        [
          "model-00001-of-00002.safetensors": { $0.contains("block.1") },
          "model-00002-of-00002.safetensors": { !$0.contains("block.1") },
        ], to: folder,
        renaming: { $0 == "shared.weight" ? "encoder.embed_tokens.weight" : $0 })
      let weights = try WeightStore(t5Encoder: folder, configuration())
      #expect(weights.parameterCount == count)
      #expect(weights.names.allSatisfy { !$0.hasPrefix("decoder") })
      let found = try encoder(.f32, folder: folder).states(texts, masks: masks(texts))
      #expect(found == expected)
    }
  }

  @Test func weightsThatAreMissingOrPickledAreRefused() throws {
    try withFolder { folder in
      try write(["model.safetensors": { !$0.contains("block.2.layer.1") }], to: folder)
      let missing = #expect(throws: CheckpointError.self) {
        try WeightStore(t5Encoder: folder, configuration())
      }
      #expect(missing?.names.contains("encoder.block.2.layer.1.DenseReluDense.wo.weight") == true)
      let manager = FileManager.default
      for name in ["model.safetensors", "model.safetensors.index.json"] {
        try manager.removeItem(at: folder.appendingPathComponent(name))
      }
      try Data([0x80, 2, 0x63, 0x2E]).write(to: folder.appendingPathComponent("pytorch_model.bin"))
      let pickled = #expect(throws: CheckpointError.self) {
        try WeightStore(t5Encoder: folder, configuration())
      }
      #expect(pickled?.kind == .unsupported)
      #expect(pickled?.advice.contains("weights_only=True") == true)
    }
    let other = try T5Configuration(
      json: Data(
        #"{"d_model": 32, "d_kv": 8, "num_heads": 4, "d_ff": 50, "num_layers": 3, "vocab_size": 224, "feed_forward_proj": "gated-gelu"}"#
          .utf8), name: "config.json")
    let mismatched = #expect(throws: CheckpointError.self) {
      try WeightStore(t5Encoder: try Fixtures.url("tiny-t5"), other)
    }
    #expect(mismatched?.key == "encoder.block.0.layer.1.DenseReluDense.wi_0.weight")
  }

  @Test(arguments: [
    (#"{"model_type": "clip_text_model"}"#, "model_type"), (#"{"is_decoder": true}"#, "is_decoder"),
    (#"{"feed_forward_proj": "gated-silu"}"#, "feed_forward_proj"), (#"{"d_kv": 7}"#, "d_kv"),
    (#"{"d_kv": 0}"#, "d_kv"), (#"{"num_heads": 0}"#, "num_heads"),
    (#"{"d_model": -1}"#, "d_model"),
    (#"{"num_layers": 1e9}"#, "num_layers"),
    (#"{"relative_attention_num_buckets": 3}"#, "relative_attention_num_buckets"),
    (#"{"relative_attention_max_distance": 8}"#, "relative_attention_max_distance"),
    (#"{"layer_norm_epsilon": -1}"#, "layer_norm_epsilon"), (#"{"d_ff": "x"}"#, "d_ff"),
  ])
  func unsoundConfigurationsAreRefused(_ json: String, _ key: String) {
    let error = #expect(throws: CheckpointError.self) {
      try T5Configuration(json: Data(json.utf8), name: "config.json")
    }
    #expect(error?.key == key)
  }

  // MARK: Prompts

  private func prompts(_ length: Int, folder: URL? = nil) throws -> T5PromptEncoder {
    let folder = try folder ?? Fixtures.url("tiny-t5")
    return try T5PromptEncoder(textEncoder: folder, tokenizer: folder, length: length)
  }

  @Test func promptsHaveTheirStates() async throws {
    let prompts = try prompts(12)
    let expected = try recorded("states")
    let width = expected.count / 5
    #expect(prompts.tokenLimit == 12 && prompts.width == 32 && prompts.parameterCount > 30_000)
    for (number, prompt) in ["a red apple", ""].enumerated() {
      let embedding = try await prompts.encode(prompt, isNegative: false)
      #expect(embedding.tokens == (try texts())[number])
      #expect(embedding.tokenCount == prompts.tokenCount(prompt))
      #expect(embedding.mask.reduce(0, +) == Float(embedding.tokenCount))
      let states = Array(expected[(number * width)..<((number + 1) * width)])
      #expect(difference(embedding.states, states) < 1e-4)
      #expect(embedding.pooled.count == 32)
      await prompts.rest()
    }
  }

  @Test func wordsOfAPrompt() throws {
    let prompts = try prompts(12)
    let prompt = "a red  apple, on a table and under the stars"
    let placed = prompts.placedTokens(of: prompt)
    for token in placed {
      let text = prompt[token.range]
      #expect(!text.isEmpty && !text.hasPrefix(" ") && !text.hasSuffix(" "))
    }
    #expect(placed.last.map { $0.index < 11 } == true)
    let red = placed.filter { prompt[$0.range].contains { "red".contains($0) } }
    #expect(red.isEmpty == false)
    let tail = try #require(prompts.ignoredTail(of: prompt))
    #expect(placed.allSatisfy { $0.range.upperBound <= tail } && prompt[tail] != " ")
    #expect(prompts.ignoredTail(of: "a red") == nil && prompts.ignoredTail(of: "") == nil)
    #expect(prompts.placedTokens(of: "").isEmpty && prompts.tokenCount("") == 1)
  }

  @Test func partsThatDoNotFitAreRefused() throws {
    try withFolder { folder in
      let file = folder.appendingPathComponent("config.json")
      let text = String(decoding: try Data(contentsOf: file), as: UTF8.self)
      try Data(text.replacingOccurrences(of: "224", with: "200").utf8).write(to: file)
      let refused = #expect(throws: CheckpointError.self) { try prompts(12, folder: folder) }
      #expect(refused?.key == "vocab_size")
    }
    for length in [0, -1, 5000] {
      let refused = #expect(throws: CheckpointError.self) { try prompts(length) }
      #expect(refused?.kind == .mismatched)
    }
  }
}

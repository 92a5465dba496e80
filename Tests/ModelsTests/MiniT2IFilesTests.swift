import Checkpoints
import Foundation
import Models
import Testing

/// Where the parts of MiniT2I are found, and what is refused.
@Suite struct MiniT2IFilesTests {
  private let network = "transformer/diffusion_pytorch_model.safetensors"

  private func refused(_ body: () throws -> Void) throws -> CheckpointError {
    do {
      try body()
    } catch let error as CheckpointError {
      return error
    }
    Issue.record("nothing was refused")
    return CheckpointError(.missing, file: "", expected: "", found: "", advice: "")
  }

  /// The repository on the hub has a folder for each size, and its text encoder lies in a repository of its own.
  @Test func theHubsLayout() async throws {
    try await MiniT2IFixture.withModel(hasEncoder: false) { model in
      try await MiniT2IFixture.withFolder { hub in
        let manager = FileManager.default
        func repository(_ name: String) throws -> URL {
          let folder = hub.appendingPathComponent("models--\(name)")
          let snapshot = folder.appendingPathComponent("snapshots/abc123")
          try manager.createDirectory(at: snapshot, withIntermediateDirectories: true)
          let refs = folder.appendingPathComponent("refs")
          try manager.createDirectory(at: refs, withIntermediateDirectories: true)
          try Data("abc123".utf8).write(to: refs.appendingPathComponent("main"))
          return snapshot
        }
        let snapshot = try repository("MiniT2I--MiniT2I")
        for size in ["minit2i-l-16", "minit2i-b-16"] {
          try manager.copyItem(at: model, to: snapshot.appendingPathComponent(size))
        }
        let cache = HubCache(folder: hub)
        let lacking = try refused { _ = try MiniT2IModel(contentsOf: snapshot, cache: cache) }
        #expect(lacking.kind == .missing)
        #expect(lacking.description.contains("hf download google/flan-t5-large"))
        #expect(lacking.file.hasSuffix("text_encoder/config.json"))

        let encoder = try repository("google--flan-t5-large")
        try manager.removeItem(at: encoder)
        try manager.copyItem(at: Fixtures.url("tiny-t5"), to: encoder)
        #expect(MiniT2IModel.isOne(snapshot))
        let found = try MiniT2IModel(contentsOf: snapshot, cache: cache)
        #expect(found.name == "MiniT2I-minit2i-b-16")
        #expect(found.textEncoder.path == encoder.path && found.tokenizer.path == encoder.path)
        let large = snapshot.appendingPathComponent("minit2i-l-16")
        #expect(try MiniT2IModel(contentsOf: large, cache: cache).name == "MiniT2I-minit2i-l-16")
        let part = snapshot.appendingPathComponent("minit2i-l-16/transformer")
        #expect(try MiniT2IModel(contentsOf: part, cache: cache).name == "MiniT2I-minit2i-l-16")
      }
    }
  }

  /// A file of the network alone shows its shape, under any of its prefixes; what it does not show is as published.
  @Test(arguments: ["model.net.", "net.", ""])
  func aSingleFile(_ prefix: String) async throws {
    try await MiniT2IFixture.withModel(configuration: ["image_size": 512]) { folder in
      let store = try WeightStore(
        files: [folder.appendingPathComponent(network)], prefix: "model.net.")
      let file = folder.appendingPathComponent("minit2i-tiny.safetensors")
      try SafetensorsWriter.write(
        try store.names.map {
          StoredTensor(prefix + $0, shape: store.shape(of: $0) ?? [], values: try store.floats($0))
        }, to: file)
      #expect(MiniT2IModel.isOne(file))
      let model = try MiniT2IModel(contentsOf: file, cache: nil)
      #expect(model.name == "minit2i-tiny")
      let (found, known) = (model.configuration, try MiniT2IModel(contentsOf: folder).configuration)
      #expect(found.promptLength == 256 && known.promptLength == 12)
      #expect(found.heads == 3 && found.headSize == 16 && found.preambleDepth == 1)
      #expect(found.jointDepth == 3 && found.patchSize == 8 && found.feedForwardSize == 80)
      #expect(found.imageSize == known.imageSize && found.textInputSize == 32)
      // A description beside it goes first.
      try FileManager.default.copyItem(
        at: folder.appendingPathComponent("transformer/config.json"),
        to: folder.appendingPathComponent("config.json"))
      #expect(try MiniT2IModel(contentsOf: file, cache: nil).configuration == known)
    }
  }

  @Test func otherModelsAreNotTakenForIt() throws {
    #expect(!MiniT2IModel.isOne(try Fixtures.url("tiny-sd")))
    #expect(!MiniT2IModel.isOne(try Fixtures.url("tiny-t5")))
    #expect(!MiniT2IModel.isOne(try Fixtures.url("minit2i.safetensors")))
    #expect(!MiniT2IModel.isOne(try Fixtures.url("nothing")))
    #expect(MiniT2IModel.isOne(try Fixtures.url("tiny-minit2i")))
  }

  @Test(arguments: [
    ("hidden_size", 50), ("hidden_size", 0), ("hidden_size", -48), ("head_dim", 18),
    ("head_dim", 516), ("num_heads", 0), ("num_heads", 1025), ("patch_size", 7), ("patch_size", 0),
    ("image_size", 8192), ("image_size", Int.max), ("in_channels", 4), ("depth_double", 0),
    ("depth_double", 1_000_000), ("txt_preamble_depth", -1), ("prompt_length", 0),
    ("pca_channels", 0), ("mlp_ratio", 0), ("mlp_ratio", 1000), ("n_T", 0),
    ("txt_input_size", Int.max),
  ])
  func impossibleNumbers(_ key: String, _ value: Int) async throws {
    try await MiniT2IFixture.withModel(configuration: [key: value]) { folder in
      let error = try refused { _ = try MiniT2IModel(contentsOf: folder, cache: nil) }
      #expect(error.file.hasSuffix("transformer/config.json"))
      #expect([.mismatched, .unsupported, .malformed].contains(error.kind))
    }
  }

  @Test func otherKindsOfThisNetwork() async throws {
    for (key, value) in [
      ("prediction", "v" as Any), ("sampler", "heun"), ("cfg_interval", [0.5]),
      ("cfg_interval", [0.7, 0.3]), ("cfg_interval", [0, 2]),
    ] {
      try await MiniT2IFixture.withModel(configuration: [key: value]) { folder in
        let error = try refused { _ = try MiniT2IModel(contentsOf: folder, cache: nil) }
        #expect(error.key == key)
      }
    }
  }

  @Test func weightsOfAnotherShape() async throws {
    for (key, value) in [("depth_double", 4), ("txt_preamble_depth", 2)] {
      try await MiniT2IFixture.withModel(configuration: [key: value]) { folder in
        let error = try refused { _ = try MiniT2IModel(contentsOf: folder, cache: nil) }
        #expect(error.found.contains("missing") && !error.names.isEmpty)
      }
    }
    try await MiniT2IFixture.withModel(configuration: ["depth_double": 2]) { folder in
      let error = try refused { _ = try MiniT2IModel(contentsOf: folder, cache: nil) }
      #expect(error.found.contains("unexpected"))
    }
    try await MiniT2IFixture.withModel(configuration: ["num_heads": 2]) { folder in
      let error = try refused { _ = try MiniT2IModel(contentsOf: folder, cache: nil) }
      #expect(error.kind == .mismatched && error.key != nil)
    }
  }

  @Test func aTextEncoderOfAnotherWidth() async throws {
    try await MiniT2IFixture.withModel { folder in
      let weights = folder.appendingPathComponent(network)
      let store = try WeightStore(files: [weights])
      try SafetensorsWriter.write(
        try store.names.map { name in
          var shape = store.shape(of: name) ?? []
          var values = try store.floats(name)
          if name.hasSuffix("txt_embedder.weight") || name.hasSuffix("mask_token") {
            let rows = values.count / 32
            shape[shape.count - 1] = 16
            values = (0..<rows).flatMap { values[($0 * 32)..<($0 * 32 + 16)] }
          }
          return StoredTensor(name, shape: shape, values: values)
        }, to: weights)
      let file = folder.appendingPathComponent("transformer/config.json")
      var configuration = try MiniT2IFixture.object(file)
      configuration["txt_input_size"] = 16
      try JSONSerialization.data(withJSONObject: configuration).write(to: file)
      let error = try refused { _ = try Pipeline(contentsOf: folder, precision: .f32) }
      #expect(error.key == "d_model" && error.found == "32")
    }
  }
}

import Foundation

/// Folders of the small MiniT2I model of `Tests/Reference/minit2i.py`, which disappear afterwards.
enum MiniT2IFixture {
  /// The model with the small T5 encoder beside it, changed before it is used.
  ///
  /// - Parameters:
  ///   - configuration: Values of the network's `config.json` that are replaced; `nil` removes a key.
  ///   - hasEncoder: Whether the text encoder is there.
  static func withModel(
    configuration: [String: Any?] = [:], hasEncoder: Bool = true,
    _ body: (URL) async throws -> Void
  ) async throws {
    try await withFolder { folder in
      try FileManager.default.copyItem(at: Fixtures.url("tiny-minit2i"), to: folder)
      if hasEncoder { try addEncoder(to: folder) }
      let file = folder.appendingPathComponent("transformer/config.json")
      var values = try object(file)
      for (key, value) in configuration { values[key] = value }
      try JSONSerialization.data(withJSONObject: values).write(to: file)
      try await body(folder)
    }
  }

  /// A place for a folder.
  static func withFolder(_ body: (URL) async throws -> Void) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("minit2i-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try await body(folder)
  }

  /// Puts the text encoder and its tokenizer beside the network.
  static func addEncoder(to folder: URL) throws {
    try FileManager.default.copyItem(
      at: Fixtures.url("tiny-t5"), to: folder.appendingPathComponent("text_encoder"))
  }

  static func object(_ file: URL) throws -> [String: Any] {
    try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any] ?? [:]
  }
}

import Foundation
import Testing

/// Calls every harness with the files in `corpus`: seeds, and inputs that a fuzzer found.
@Suite struct ReplayTests {
  private static let harnesses: [String: @Sendable ([UInt8]) throws -> Void] = [
    "Adapters": readAdapters, "Checkpoints": readCheckpoints, "Configurations": readConfigurations,
    "GGUF": readGGUF, "Pictures": readPictures, "Preferences": readPreferences,
    "Prompts": readPrompts, "Remote": readRemote, "Safetensors": readSafetensors,
    "Settings": readSettings, "StateFiles": readStateFiles, "TerminalInput": readTerminalInput,
    "Tokenizers": readTokenizers, "TOML": readTOML,
  ]

  private static func files(of harness: String) throws -> [URL] {
    let corpus = try #require(Bundle.module.url(forResource: "corpus", withExtension: nil))
    return try FileManager.default.contentsOfDirectory(
      at: corpus.appendingPathComponent(harness), includingPropertiesForKeys: nil)
  }

  @Test(arguments: harnesses.keys.sorted())
  func replays(_ name: String) throws {
    let read = try #require(Self.harnesses[name])
    let files = try Self.files(of: name)
    #expect(!files.isEmpty)
    for file in files {
      let bytes = [UInt8](try Data(contentsOf: file))
      #expect(throws: Never.self, "\(file.lastPathComponent)") { try read(bytes) }
      // Cut files are the most common broken ones.
      #expect(throws: Never.self, "half of \(file.lastPathComponent)") {
        try read(Array(bytes.prefix(bytes.count / 2)))
      }
    }
  }

  @Test func everyCorpusHasItsHarness() throws {
    let corpus = try #require(Bundle.module.url(forResource: "corpus", withExtension: nil))
    let folders = try FileManager.default.contentsOfDirectory(atPath: corpus.path)
    #expect(Set(folders) == Set(Self.harnesses.keys))
  }
}

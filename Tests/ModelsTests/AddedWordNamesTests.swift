import Checkpoints
import Foundation
import Models
import Testing

/// The word of a textual inversion, and whether a prompt contains it.
@Suite struct AddedWordNamesTests {
  /// The tiny model with files of these tensors.
  private func withWords(
    _ files: [(file: String, tensor: String, given: String?)],
    _ body: (Pipeline) async throws -> Void
  ) async throws {
    let folder = FileManager.default.temporaryDirectory
      .appendingPathComponent("words-\(UUID().uuidString)")
    defer { try? FileManager.default.removeItem(at: folder) }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var additions = ModelAdditions()
    for (file, tensor, given) in files {
      let url = folder.appendingPathComponent(file)
      let values = (0..<64).map { Float($0) / 64 }
      try SafetensorsWriter.write([StoredTensor(tensor, shape: [2, 32], values: values)], to: url)
      additions.embeddings.append(ModelAdditions.Embedding(url: url, word: given))
    }
    try await body(
      try Pipeline(
        contentsOf: try Fixtures.url("tiny-sd"), precision: .f32, additions: additions))
  }

  private func words(_ pipeline: Pipeline) -> [String] {
    pipeline.signature.blank.embeddings.map(\.word)
  }

  private static let named: [(tensor: String, given: String?, word: String)] = [
    ("<cat-toy>", nil, "<cat-toy>"), ("zorb", nil, "zorb"), ("<cat-toy>", "zorb", "zorb"),
    ("emb_params", nil, "learned_embeds"), ("*", nil, "learned_embeds"),
    ("string_to_param.*", nil, "learned_embeds"), ("weight", nil, "learned_embeds"),
    ("two words", nil, "learned_embeds"),
  ]

  /// diffusers names the tensor after the word; in other files, the name belongs to the format.
  @Test(arguments: named)
  func theFileSaysTheWord(_ row: (tensor: String, given: String?, word: String)) async throws {
    try await withWords([("learned_embeds.safetensors", row.tensor, row.given)]) { pipeline in
      #expect(words(pipeline) == [row.word])
      let tokens = try await pipeline.encode("a \(row.word) here").tokens
      #expect(tokens.contains(554) && tokens.contains(555))
    }
  }

  private static let prompts: [(prompt: String, unused: [String])] = [
    ("a photo of zorb", []), ("a (ZORB:1.2), red", []), ("zorbs", ["zorb"]), ("", ["zorb"]),
    ("a [cat:zorb:0.5]", []),
  ]

  @Test(arguments: prompts)
  func wordsThatNoPromptHasAreNamed(_ row: (prompt: String, unused: [String])) async throws {
    try await withWords([("zorb.safetensors", "emb_params", nil)]) { pipeline in
      #expect(pipeline.unusedWords(in: [row.prompt]).map(\.word) == row.unused)
      #expect(pipeline.unusedWords(in: ["a cat", row.prompt]).map(\.word) == row.unused)
      #expect(pipeline.unusedWords(in: [row.prompt, "zorb"]).isEmpty)
    }
  }

  @Test func ofSeveralOnlyThoseAreNamed() async throws {
    let files: [(file: String, tensor: String, given: String?)] = [
      ("a.safetensors", "<cat-toy>", nil), ("b.safetensors", "emb_params", nil),
    ]
    try await withWords(files) { pipeline in
      #expect(words(pipeline) == ["<cat-toy>", "b"])
      let unused = pipeline.unusedWords(in: ["two <cat-toy> and bb"])
      #expect(unused.map(\.word) == ["b"] && unused.map(\.file) == ["b.safetensors"])
    }
  }
}

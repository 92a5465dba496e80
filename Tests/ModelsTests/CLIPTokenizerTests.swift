import Checkpoints
import Foundation
import Models
import Testing

@Suite("CLIP's tokenizer")
struct CLIPTokenizerTests {
  private static let shared = Result { try CLIPTokenizer() }
  private let tokenizer: CLIPTokenizer

  init() throws { tokenizer = try Self.shared.get() }

  private func ids(_ text: String) -> [Int32] {
    [49406] + tokenizer.tokens(of: text).map(\.id) + [49407]
  }

  @Test("a photo of a cat")
  func cat() {
    #expect(ids("a photo of a cat") == [49406, 320, 1125, 539, 320, 2368, 49407])
    #expect(tokenizer.largestToken == 49_407)
  }

  @Test("agrees with transformers' CLIPTokenizer on every recorded text")
  func texts() throws {
    let fixture = try TokenFixture.load("clip-tokens")
    #expect(fixture.texts.count >= 400)
    for pair in fixture.texts {
      let found = ids(pair.text)
      #expect(found == pair.ids, "\(pair.text.prefix(20).unicodeScalars.map(\.value))")
    }
  }

  @Test("agrees on every code point of Unicode 14")
  func allOfUnicode() throws {
    let blocks = try TokenFixture.load("clip-tokens").blocks
    try #require(blocks.count == 0x110)
    for (number, expected) in blocks.enumerated() {
      var state: UInt64 = 0xCBF2_9CE4_8422_2325
      for value in UInt32(number * 4096)..<UInt32((number + 1) * 4096) {
        guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age,
          (age.major, age.minor) <= (14, 0), scalar.properties.generalCategory != .unassigned
        else { continue }
        for id in ids("a\(scalar)b") {
          for shift in stride(from: 0, to: 32, by: 8) {
            state = (state ^ UInt64(UInt8(truncatingIfNeeded: id >> Int32(shift))))
            state = state &* 0x100_0000_01B3
          }
        }
      }
      let digits = String(state, radix: 16)
      let found = String(repeating: "0", count: 16 - digits.count) + digits
      #expect(found == expected, "block \(String(number * 4096, radix: 16))")
    }
  }

  @Test("cuts and pads to the limit like the reference")
  func cut() throws {
    for cut in try TokenFixture.load("clip-tokens").cut {
      let encoding = tokenizer.encode(cut.text, limit: cut.limit)
      #expect(encoding.ids == cut.ids, "\(cut.text.prefix(20)) at \(cut.limit)")
      let whole = tokenizer.tokens(of: cut.text).count + 2
      #expect(encoding.count == whole)
      #expect(encoding.mask.filter { $0 }.count == min(whole, cut.limit))
    }
    let zero = try CLIPTokenizer(padding: .zero).encode("a cat", limit: 7)
    #expect(zero.ids == [49406, 320, 2368, 49407, 0, 0, 0])
  }

  @Test("tokens have the right ranges, and so has the part that is left out")
  func places() throws {
    let text = "A RED\u{301}  apple's <|endoftext|>🍎"
    let words = tokenizer.tokens(of: text).map { String(text[$0.range]) }
    #expect(words.first == "A")
    #expect(words.contains("apple") && words.contains("'s") && words.contains("<|endoftext|>"))
    #expect(words.last == "🍎")
    // A letter that was two before it was composed has one place.
    let accent = "cafe\u{301} noir"
    let ranges = tokenizer.tokens(of: accent).map(\.range)
    #expect(ranges.last.map { String(accent[$0]) } == "noir")
    let long = Array(repeating: "apple", count: 80).joined(separator: " ")
    let tail = try #require(tokenizer.ignoredTail(of: long))
    #expect(long[tail...] == Array(repeating: "apple", count: 5).joined(separator: " "))
    #expect(tokenizer.ignoredTail(of: "an apple") == nil)
  }

  @Test("the time for a line without spaces is proportional to its length")
  func longWord() {
    let clock = ContinuousClock()
    let began = clock.now
    #expect(tokenizer.tokens(of: String(repeating: "ab", count: 200_000)).count > 1000)
    #expect(tokenizer.tokens(of: String(repeating: "red apple ", count: 20_000)).count == 40_000)
    #expect(clock.now - began < .seconds(10))
  }

  // MARK: A checkpoint's own vocabulary

  private func withFolder(_ files: [String: String], _ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in files {
      try Data(text.utf8).write(to: folder.appendingPathComponent(name))
    }
    try body(folder)
  }

  private let small = [
    "vocab.json": #"""
    {"!": 0, "a": 1, "b": 2, "a</w>": 3, "b</w>": 4, "ab</w>": 5, "aab</w>": 6, "é": 9,
     "<|startoftext|>": 7, "<|endoftext|>": 8}
    """#,
    "merges.txt": "#version: 0.2\na b</w>\na ab</w>\n",
  ]

  @Test("a folder's vocabulary and padding")
  func folder() throws {
    try withFolder(small) { folder in
      let tokenizer = try CLIPTokenizer(folder: folder)
      #expect(tokenizer.encode("AAB ab a x", limit: 8).ids == [7, 6, 5, 3, 8, 8, 8, 8])
    }
    for (file, json) in [
      ("special_tokens_map.json", #"{"pad_token": "!"}"#),
      ("tokenizer_config.json", #"{"pad_token": {"content": "!", "lstrip": false}}"#),
    ] {
      try withFolder(small.merging([file: json]) { $1 }) { folder in
        let tokenizer = try CLIPTokenizer(folder: folder)
        #expect(tokenizer.encode("b", limit: 5).ids == [7, 4, 8, 0, 0])
      }
    }
  }

  @Test("a folder whose files are missing or contradict each other is refused")
  func badFolders() throws {
    let bad: [([String: String], CheckpointError.Kind)] = [
      ([:], .missing), (["vocab.json": "{}"], .missing),
      (small.merging(["merges.txt": "a b c\n"]) { $1 }, .malformed),
      (small.merging(["merges.txt": "a c\n"]) { $1 }, .malformed),
      (small.merging(["merges.txt": "b a\n"]) { $1 }, .malformed),
      (small.merging(["vocab.json": "[1]"]) { $1 }, .malformed),
      (small.merging(["vocab.json": #"{"a": -1}"#]) { $1 }, .malformed),
      (small.merging(["vocab.json": #"{"a": 1, "b": 2}"#]) { $1 }, .malformed),
      (small.merging(["special_tokens_map.json": #"{"pad_token": "x"}"#]) { $1 }, .mismatched),
    ]
    for (files, kind) in bad {
      try withFolder(files) { folder in
        let refused = #expect(throws: CheckpointError.self) { try CLIPTokenizer(folder: folder) }
        #expect(refused?.kind == kind)
      }
    }
  }

  @Test("a vocabulary with any byte changed or cut anywhere is read or refused")
  func damaged() throws {
    try withFolder(small) { folder in
      for (name, text) in small {
        let url = folder.appendingPathComponent(name)
        let whole = Array(text.utf8)
        for place in whole.indices {
          for byte in [0, 0x20, 0x22, 0x39, 0xFF, whole[place] ^ 1] as [UInt8?] + [nil] {
            var bytes = whole
            if let byte { bytes[place] = byte } else { bytes.removeSubrange(place...) }
            try Data(bytes).write(to: url)
            do {
              _ = try CLIPTokenizer(folder: folder).encode("aab (b)", limit: 9)
            } catch is CheckpointError {}
          }
        }
        try Data(whole).write(to: url)
      }
    }
  }
}

@Suite("Weighted prompts")
struct WeightedPromptTests {
  private typealias Part = WeightedPrompt.Part

  /// The parts, weights rounded, for `1.1 * 1.1` is not quite 1.21.
  private func parts(_ prompt: String) -> [Part] {
    WeightedPrompt(prompt).parts.map { part in
      guard case .text(let text, let weight) = part else { return part }
      return .text(text, weight: (weight * 10_000).rounded() / 10_000)
    }
  }

  @Test(
    "marks",
    arguments: [
      ("", []), ("a cat", [("a cat", 1)]), ("(cat)", [("cat", 1.1)]),
      ("((cat))", [("cat", 1.21)]), ("[cat]", [("cat", 0.9091)]),
      ("a (red:1.3) cat", [("a ", 1), ("red", 1.3), (" cat", 1)]),
      ("(a (red:2):0.5) cat", [("a ", 0.5), ("red cat", 1)]),
      ("(red: 1.5 )", [("red", 1.5)]), ("(red:-1)", [("red", -1)]), ("(red:.5)", [("red", 0.5)]),
      ("\\(cat\\)", [("(cat)", 1)]), ("\\[cat\\] \\\\", [("[cat] \\", 1)]),
      ("a\\b", [("ab", 1)]), ("(a\\)b)", [("a)b", 1.1)]), ("cat\\", [("cat", 1)]),
      ("(cat", [("cat", 1.1)]), ("a [cat", [("a ", 1), ("cat", 0.9091)]), ("cat)", [("cat)", 1)]),
      ("cat]", [("cat]", 1)]), ("a: b", [("a: b", 1)]), ("cat:1.2)", [("cat:1.2)", 1)]),
      ("(a:b)", [("a:b", 1.1)]), ("(a:1.2.3)", [("a:1.2.3", 1.1)]),
      ("[a:1.2]", [("a:1.2", 0.9091)]), ("([a])", [("a", 1)]), ("()", []),
      ("(a:1e9)", [("a:1e9", 1.1)]), ("(a:inf)", [("a:inf", 1.1)]), ("(a:99999)", [("a", 1000)]),
    ] as [(String, [(String, Float)])])
  func marks(prompt: String, expected: [(String, Float)]) {
    #expect(parts(prompt) == expected.map { .text($0.0, weight: $0.1) }, "\(prompt)")
  }

  @Test("BREAK begins a new chunk if it is a separate word")
  func breaks() {
    #expect(
      parts("a BREAK b") == [.text("a ", weight: 1), .newChunk, .text(" b", weight: 1)])
    #expect(parts("BREAKFAST unBREAK _BREAK_ break") != [.newChunk])
    #expect(parts("BREAKFAST unBREAK break").count == 1)
    #expect(
      parts("(a BREAK b:2)") == [.text("a ", weight: 2), .newChunk, .text(" b", weight: 2)])
    #expect(parts("BREAK") == [.newChunk])
  }

  @Test("many marks are read in linear time and stay finite")
  func manyMarks() {
    let prompt = String(repeating: "(", count: 3000) + "a" + String(repeating: "[b]", count: 1000)
    for part in WeightedPrompt(prompt).parts {
      guard case .text(_, let weight) = part else { continue }
      #expect(weight.isFinite && weight <= 1000)
    }
  }

  @Test("chunks of 75 tokens with their weights and places")
  func chunks() throws {
    let tokenizer = try CLIPTokenizer()
    let empty = tokenizer.chunks(of: "")
    #expect(empty.count == 1)
    #expect(empty[0].ids == tokenizer.encode("").ids)
    #expect(empty[0].weights == Array(repeating: 1, count: 77))

    let prompt = "a (red:1.5) apple\\(s\\) BREAK on a table"
    let parts = tokenizer.chunks(of: prompt)
    #expect(parts.count == 2)
    #expect(
      parts[0].tokens.map { String(prompt[$0.range]) } == ["a", "red", "apple", "(", "s", ")"])
    #expect(parts[0].weights.prefix(5) == [1, 1, 1.5, 1, 1])
    #expect(parts[0].ids.prefix(4) == [49406, 320, 736, 3055])
    #expect(parts[1].ids == tokenizer.encode("on a table").ids)

    let long = Array(repeating: "apple", count: 160).joined(separator: " ")
    let chunks = tokenizer.chunks(of: long)
    #expect(chunks.map(\.tokens.count) == [75, 75, 10])
    for chunk in chunks { #expect(chunk.ids.count == 77 && chunk.weights.count == 77) }
    let second = try #require(chunks[1].tokens.first)
    #expect(second.range.lowerBound == tokenizer.ignoredTail(of: long))
  }
}

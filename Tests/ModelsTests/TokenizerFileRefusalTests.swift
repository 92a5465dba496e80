import Checkpoints
import Foundation
import Models
import Testing

/// Tokenizer files that are damaged, contradictory or unsupported: all are rejected with the entry's name, and none
/// traps.
@Suite("Rejected tokenizer files")
struct TokenizerFileRefusalTests {
  private static let wordPiece = #"""
    {"version":"1.0","truncation":{"max_length":77},"padding":{"pad_id":0},
     "added_tokens":[{"id":0,"content":"[UNK]","special":true}],
     "normalizer":{"type":"Lowercase"},"pre_tokenizer":{"type":"WhitespaceSplit"},
     "post_processor":{"type":"BertProcessing","sep":["[UNK]",0],"cls":["[UNK]",0]},
     "model":{"type":"WordPiece","unk_token":"[UNK]","vocab":{"[UNK]":0,"a":1,"##b":2}}}
    """#
  private static let bytePairs = #"""
    {"model":{"type":"BPE","unk_token":"a","vocab":{"a":0,"b":1,"ab":2},"merges":["a b"]}}
    """#
  private static let unigram = #"""
    {"model":{"type":"Unigram","unk_id":0,"vocab":[["<unk>",0.0],["a",-1.5],["ab",-2]]}}
    """#

  private func ids(_ json: String, _ text: String = "ab a b") throws -> [Int32] {
    try TextTokenizer(json: Data(json.utf8), name: "tokenizer.json").ids(of: text)
  }

  @Test("the unchanged files are valid")
  func sound() throws {
    #expect(try ids(Self.wordPiece) == [0, 1, 2, 1, 0, 0])
    #expect(try ids(Self.bytePairs, "abb") == [2, 1])
    #expect(try ids(Self.unigram, "abca") == [2, 0, 1])
  }

  private struct Change: Sendable, CustomStringConvertible {
    let json: String
    let old: String
    let new: String
    let kind: CheckpointError.Kind
    let key: String?

    init(
      _ json: String, _ old: String, _ new: String, _ kind: CheckpointError.Kind, _ key: String?
    ) {
      (self.json, self.old, self.new) = (json, old, new)
      (self.kind, self.key) = (kind, key)
    }

    var description: String { "\(old) -> \(new)" }
  }

  private static let changes: [Change] = [
    Change(wordPiece, "{\"version\"", "[\"version\"", .malformed, nil),
    Change(wordPiece, "\"1.0\"", "\"2.0\"", .unsupported, "version"),
    Change(wordPiece, "\"version\"", "\"later\":1,\"version\"", .unsupported, "later"),
    Change(wordPiece, "WordPiece", "WordLevel", .unsupported, "model.type"),
    Change(wordPiece, "\"unk_token\"", "\"secret\":1,\"unk_token\"", .unsupported, "model.secret"),
    Change(wordPiece, "\"unk_token\":\"[UNK]\",", "", .malformed, "model.unk_token"),
    Change(
      wordPiece, "\"unk_token\":\"[UNK]\"", "\"unk_token\":\"x\"", .malformed, "model.unk_token"),
    Change(wordPiece, "\"a\":1", "\"a\":-1", .malformed, "model.vocab"),
    Change(wordPiece, "\"a\":1", "\"a\":1000000", .malformed, "model.vocab"),
    Change(wordPiece, "\"a\":1", "\"a\":99999999999999999999", .malformed, "model.vocab"),
    Change(wordPiece, "\"a\":1", "\"a\":1e999", .malformed, nil),
    Change(wordPiece, "\"a\":1", "\"a\":1.5", .malformed, "model.vocab"),
    Change(wordPiece, "\"a\":1", "\"a\":\"1\"", .malformed, "model.vocab"),
    Change(wordPiece, "\"a\":1", "\"a\":0", .malformed, "model.vocab"),
    Change(wordPiece, "\"a\":1", "\"a\":1,\"a\":3", .malformed, "model.vocab"),
    Change(wordPiece, "{\"[UNK]\":0,\"a\":1,\"##b\":2}", "{}", .malformed, "model.vocab"),
    Change(wordPiece, "{\"[UNK]\":0,\"a\":1,\"##b\":2}", "[]", .malformed, "model.vocab"),
    Change(wordPiece, "\"vocab\"", "\"type\":\"WordPiece\",\"vocab\"", .malformed, "model.type"),
    Change(wordPiece, "\"id\":0", "\"id\":1", .malformed, "added_tokens.0.id"),
    Change(
      wordPiece, "\"id\":0,\"content\":\"[UNK]\"", "\"id\":1,\"content\":\"x\"", .malformed,
      "added_tokens.0"),
    Change(wordPiece, "\"id\":0", "\"id\":-7", .malformed, "added_tokens.0.id"),
    Change(wordPiece, "\"special\":true", "\"special\":1", .malformed, "added_tokens.0.special"),
    Change(wordPiece, "\"special\":true", "\"colour\":1", .unsupported, "added_tokens.0.colour"),
    Change(
      wordPiece, "\"content\":\"[UNK]\"", "\"content\":\"\"", .malformed, "added_tokens.0.content"),
    Change(wordPiece, "\"Lowercase\"", "\"Nmt\"", .unsupported, "normalizer.type"),
    Change(wordPiece, "\"Lowercase\"", "\"Lowercase\",\"a\":1", .unsupported, "normalizer.a"),
    Change(wordPiece, "{\"type\":\"Lowercase\"}", "7", .malformed, "normalizer.type"),
    Change(wordPiece, "\"WhitespaceSplit\"", "\"Digits\"", .unsupported, "pre_tokenizer.type"),
    Change(wordPiece, "\"BertProcessing\"", "\"Other\"", .unsupported, "post_processor.type"),
    Change(
      wordPiece, "\"sep\":[\"[UNK]\",0]", "\"sep\":[\"[UNK]\"]", .malformed, "post_processor.sep"),
    Change(
      wordPiece, "\"sep\":[\"[UNK]\",0]", "\"sep\":[\"[UNK]\",1e9]", .malformed,
      "post_processor.sep.1"),
    Change(bytePairs, "\"a b\"", "\"a\"", .malformed, "model.merges"),
    Change(bytePairs, "\"a b\"", "\"a  b\"", .malformed, "model.merges"),
    Change(bytePairs, "\"a b\"", "[\"a\",\"b\",\"\"]", .malformed, "model.merges"),
    Change(bytePairs, "\"a b\"", "[\"a\",1]", .malformed, "model.merges"),
    Change(bytePairs, "\"a b\"", "\"a c\"", .malformed, "c"),
    Change(bytePairs, "\"a b\"", "\"b a\"", .malformed, "ba"),
    Change(bytePairs, "\"merges\"", "\"dropout\":0.1,\"merges\"", .unsupported, "model.dropout"),
    Change(unigram, "\"unk_id\":0", "\"unk_id\":3", .malformed, "model.unk_id"),
    Change(unigram, "\"unk_id\":0", "\"unk_id\":-1", .malformed, "model.unk_id"),
    Change(unigram, "\"unk_id\":0", "\"unk_id\":null", .unsupported, "model"),
    Change(unigram, "-1.5", "\"x\"", .malformed, "model.vocab"),
    Change(unigram, "[\"a\",-1.5]", "[\"ab\",-1.5]", .malformed, "model.vocab"),
    Change(unigram, "[\"a\",-1.5]", "\"a\"", .malformed, "model.vocab"),
    Change(unigram, "\"<unk>\"", "\"\\ud800\"", .malformed, nil),
    Change(unigram, "\"<unk>\"", "\"\\x\"", .malformed, nil),
    Change(unigram, "\"<unk>\"", "\"\n\"", .malformed, nil),
  ]

  @Test("an invalid or unsupported value is named")
  func named() throws {
    for change in Self.changes {
      try #require(change.json.contains(change.old), "\(change)")
      let changed = change.json.replacingOccurrences(of: change.old, with: change.new)
      let error = #expect(throws: CheckpointError.self, "\(change)") { try ids(changed) }
      #expect(
        error?.kind == change.kind && error?.key == change.key,
        "\(change): \(error?.description ?? "")")
      #expect(error?.file == "tokenizer.json" && error?.advice.isEmpty == false)
    }
  }

  @Test("files nested deeply, cut, or not in UTF-8 are refused")
  func notJSON() throws {
    var files: [Data] = [Data(), Data([0xFF, 0xFE]), Data("{\"model\":\"\u{E9}".utf8.dropLast())]
    for opening in ["[", "{\"a\":", "{\"normalizer\":{\"type\":\"Sequence\",\"normalizers\":["] {
      files.append(Data(String(repeating: opening, count: 100_000).utf8))
    }
    for file in files {
      let error = #expect(throws: CheckpointError.self) {
        try TextTokenizer(json: file, name: "tokenizer.json")
      }
      #expect(error?.kind == .malformed)
    }
  }

  @Test("a file with any byte changed or cut anywhere is read or refused")
  func damaged() throws {
    for json in [Self.wordPiece, Self.bytePairs, Self.unigram] {
      let whole = Array(json.utf8)
      for place in whole.indices {
        for byte in [0, 0x20, 0x22, 0x39, 0xFF, whole[place] ^ 1] as [UInt8?] + [nil] {
          var bytes = whole
          if let byte { bytes[place] = byte } else { bytes.removeSubrange(place...) }
          do {
            _ = try TextTokenizer(json: Data(bytes), name: "tokenizer.json").ids(of: "ab é [UNK]b")
          } catch is CheckpointError {}
        }
      }
    }
  }

  // MARK: Patterns

  private func splitting(at pattern: String) throws -> TextTokenizer {
    let json = try JSONSerialization.data(withJSONObject: [
      "pre_tokenizer": [
        "type": "Split", "behavior": "Isolated", "invert": false, "pattern": ["Regex": pattern],
      ] as [String: Any],
      "model": [
        "type": "WordPiece", "unk_token": "?", "vocab": ["?": 0, "a": 1, "##a": 2, "b": 3],
      ] as [String: Any],
    ])
    return try TextTokenizer(json: json, name: "tokenizer.json")
  }

  @Test(
    "a pattern of a kind that is not read is named",
    arguments: [
      "", "a*", "(?:)", "(?:a?)*", "a|", "^a", "a$", "(?<=a)b", "(?i:a)", "(?>a)", "a++", "a{2}+",
      "a{2,1}",
      "a{9999}", "a{,3}", "*a", "(a", "a)", "[a", "[]", "[z-a]", "[a[b]]", "[a&&b]", #"\1a"#,
      #"\ba"#, #"\p{Han}"#,
      #"\pL"#, #"a\"#, "(?=ab)a", "(?:(?:(?:){512}){512}){512}a", "(?:(?:a{99}){99}){99}",
      String(repeating: "(", count: 1000) + "a" + String(repeating: ")", count: 1000),
      String(repeating: "a", count: 10_000),
    ])
  func patterns(_ pattern: String) throws {
    let error = #expect(throws: CheckpointError.self) { try splitting(at: pattern) }
    #expect(error?.kind == .unsupported && error?.key == "pre_tokenizer.pattern.Regex")
  }

  @Test(
    "a pattern that other matchers take for ever with is done in its time",
    arguments: ["(?:a+)+b", "(?:a|a)*b", "(?:a|aa)+?b", "a*a*a*a*a*b", "(?:(?:a*)*)*b"])
  func slowPatterns(_ pattern: String) throws {
    let tokenizer = try splitting(at: pattern)
    let clock = ContinuousClock()
    let began = clock.now
    let long = String(repeating: "a", count: 20_000)
    #expect(tokenizer.ids(of: long).count == 20_000 || tokenizer.ids(of: long) == [0])
    #expect(tokenizer.tokens(of: long + "b" + long).count >= 1)
    #expect(clock.now - began < .seconds(30))
  }

  @Test("a precompiled_charsmap with out-of-bounds offsets is read or rejected")
  func charsmaps() throws {
    var state: UInt64 = 7
    func draw() -> UInt8 {
      state = state &* 6_364_136_223_846_793_005 &+ 1
      return UInt8(truncatingIfNeeded: state >> 40)
    }
    for size in [0, 1, 4, 8, 12, 1024, 4096] {
      for _ in 0..<20 {
        let trie = (0..<size).map { _ in draw() }
        let length = (0..<4).map { UInt8(truncatingIfNeeded: size >> (8 * $0)) }
        for bytes in [length + trie, length + trie + [0x61, 0], trie] {
          let map = Data(bytes).base64EncodedString()
          let json =
            #"{"normalizer":{"type":"Precompiled","precompiled_charsmap":"\#(map)"},"#
            + String(Self.unigram.dropFirst())
          do { _ = try ids(json, "abc é 日本\r\n\0 x") } catch is CheckpointError {}
        }
      }
    }
    let json =
      #"{"normalizer":{"type":"Precompiled","precompiled_charsmap":"§"},"#
      + String(Self.unigram.dropFirst())
    let error = #expect(throws: CheckpointError.self) { try ids(json) }
    #expect(error?.key == "normalizer.precompiled_charsmap")
  }
}

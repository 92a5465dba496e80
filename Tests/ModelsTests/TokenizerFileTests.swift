import Checkpoints
import DefaultModel
import Foundation
import Models
import Testing

/// The output of `Tests/Reference/tokenizer_json.py`.
private enum Recorded {
  static func data(_ name: String) throws -> Data {
    try Data(contentsOf: Fixtures.url("tokenizers/\(name).json"))
  }

  struct Ids: Decodable {
    let texts: [String]
    let ids: [String: [[Int32]]]
  }

  static func ids() throws -> Ids { try JSONDecoder().decode(Ids.self, from: data("ids")) }
}

/// A name for a text in messages, without harmful control characters.
private func visible(_ text: String) -> String {
  text.unicodeScalars.prefix(20).map { String($0.value, radix: 16) }.joined(separator: " ")
}

@Suite("Tokenizer files")
struct TokenizerFileTests {
  @Test(
    "agree with Hugging Face's tokenizers on every recorded text",
    arguments: [
      "clip", "clip-old", "bert", "bert-cased", "unigram", "unigram-bytes", "bpe", "bpe-unknown",
    ])
  func texts(_ name: String) throws {
    let recorded = try Recorded.ids()
    let expected = try #require(recorded.ids[name])
    try #require(recorded.texts.count >= 60 && expected.count == recorded.texts.count)
    let tokenizer = try TextTokenizer(json: Recorded.data(name), name: name)
    for (text, ids) in zip(recorded.texts, expected) {
      #expect(tokenizer.ids(of: text) == ids, "\(visible(text))")
      #expect(ids.allSatisfy { $0 <= tokenizer.largestToken })
    }
  }

  @Test("every kind of normalizer, pre-tokenizer and pattern agrees")
  func steps() throws {
    let all = try JSONSerialization.jsonObject(with: Recorded.data("steps"))
    let steps = try #require(all as? [String: Any])
    let texts = try #require(steps["texts"] as? [String])
    let cases = try #require(steps["cases"] as? [[String: Any]])
    try #require(cases.count >= 60)
    for var step in cases {
      let expected = try #require(step.removeValue(forKey: "ids") as? [[Int]])
      let name = "\(step)"
      step["model"] = steps["model"]
      let json = try JSONSerialization.data(withJSONObject: step)
      let tokenizer = try TextTokenizer(json: json, name: name)
      for (text, ids) in zip(texts, expected) {
        let found = tokenizer.ids(of: text).map { Int($0) }
        #expect(found == ids, "\(name), \(text.debugDescription)")
      }
    }
  }

  @Test("tokens have the right ranges")
  func places() throws {
    func words(_ text: String, _ name: String) throws -> [String] {
      try TextTokenizer(json: Recorded.data(name), name: name).tokens(of: text)
        .map { String(text[$0.range]) }
    }
    // The sign before a word is at the start of the word.
    #expect(
      try words("  a red \u{FB01}\u{FB01}", "unigram") == [
        "a", "red", "\u{FB01}", "\u{FB01}", "\u{FB01}",
      ])
    #expect(try words("Ó [MASK]apple", "bert") == ["Ó", "[MASK]", "apple"])
    #expect(try words("one  <two>  apple", "bpe").contains("  <two>  "))
    #expect(try words("日 a", "unigram-bytes").first == "日")
  }

  @Test("cuts and pads around the template's tokens")
  func cut() throws {
    let tokenizer = try TextTokenizer(json: Recorded.data("unigram"), name: "unigram")
    #expect(tokenizer.id(of: "<pad>") == 0 && tokenizer.id(of: "no such token") == nil)
    let whole = tokenizer.ids(of: "a red apple")
    #expect(whole.count == 4 && whole.last == 1)
    let padded = tokenizer.encode("a red apple", limit: 6, padding: 0)
    #expect(padded.ids == whole + [0, 0] && padded.count == 4)
    #expect(padded.mask == [true, true, true, true, false, false])
    let cut = tokenizer.encode("a red apple", limit: 3, padding: 0)
    #expect(cut.ids == [whole[0], whole[1], 1] && cut.count == 4)
    #expect(tokenizer.encode("a red apple", limit: 1, padding: 0).ids == [1])
  }

  @Test("the time for long texts is proportional to their length")
  func longTexts() throws {
    let clock = ContinuousClock()
    let began = clock.now
    for name in ["clip", "bert", "unigram", "unigram-bytes", "bpe", "bpe-unknown"] {
      let tokenizer = try TextTokenizer(json: Recorded.data(name), name: name)
      #expect(!tokenizer.ids(of: String(repeating: "apple ", count: 3000)).isEmpty)
      #expect(!tokenizer.ids(of: String(repeating: "ab", count: 10_000)).isEmpty)
      #expect(!tokenizer.ids(of: String(repeating: "a\u{301}日 ", count: 3000)).isEmpty)
    }
    #expect(clock.now - began < .seconds(60))
  }

  // MARK: CLIP's and BERT's own tokenizers

  @Test(
    "a folder with only CLIP's tokenizer.json gives the same tokens",
    arguments: ["clip", "clip-old"])
  func clip(_ name: String) throws {
    let recorded = try Recorded.ids()
    try withTokenizer(Recorded.data(name)) { folder in
      let tokenizer = try CLIPTokenizer(folder: folder)
      for (text, ids) in zip(recorded.texts, try #require(recorded.ids[name])) {
        let found = tokenizer.tokens(of: text).map(\.id)
        #expect(found == Array(ids.dropFirst().dropLast()), "\(visible(text))")
      }
      let encoding = tokenizer.encode("a", limit: 4).ids
      let whole = try TextTokenizer(json: Recorded.data(name), name: name).ids(of: "a")
      let end = try #require(whole.last)
      #expect(encoding == whole + [end])
    }
  }

  @Test("a tokenizer.json with BERT's vocabulary gives the same tokens")
  func bert() throws {
    let recorded = try Recorded.ids()
    try withTokenizer(Recorded.data("bert")) { folder in
      let tokenizer = try WordPieceTokenizer(
        vocabulary: folder.appendingPathComponent("tokenizer.json"))
      for (text, ids) in zip(recorded.texts, try #require(recorded.ids["bert"])) {
        let found = tokenizer.encode(text, limit: ids.count).ids
        #expect(found == ids, "\(visible(text))")
      }
    }
    try withTokenizer(Recorded.data("bert-cased")) { folder in
      let refused = #expect(throws: CheckpointError.self) {
        try WordPieceTokenizer(vocabulary: folder.appendingPathComponent("tokenizer.json"))
      }
      #expect(refused?.kind == .unsupported && refused?.key == "normalizer.lowercase")
    }
  }

  @Test("the whole of CLIP's vocabulary opens fast and agrees with the embedded one")
  func wholeCLIP() throws {
    let json = try MadeTokenizerFile.publishedCLIP()
    #expect(json.count > 1 << 20)
    try withTokenizer(json) { folder in
      let clock = ContinuousClock()
      let began = clock.now
      let tokenizer = try CLIPTokenizer(folder: folder)
      let duration = clock.now - began
      print("tokenizer.json of \(json.count) bytes: \(duration)")
      // A tenth of a second with optimisation.
      #expect(duration < .seconds(5))
      #expect(tokenizer.largestToken == 49_407)
      let embedded = try CLIPTokenizer()
      for pair in try TokenFixture.load("clip-tokens").texts {
        #expect(tokenizer.encode(pair.text) == embedded.encode(pair.text))
      }
    }
  }

  @Test("the whole of BERT's vocabulary agrees with vocab.txt")
  func wholeBERT() throws {
    let model = try #require(DefaultModel.folder)
    let words = model.appendingPathComponent("tokenizer/vocab.txt")
    try withTokenizer(try MadeTokenizerFile.bert(words)) { folder in
      let tokenizer = try WordPieceTokenizer(
        vocabulary: folder.appendingPathComponent("tokenizer.json"))
      let expected = try WordPieceTokenizer(vocabulary: words)
      #expect(tokenizer.vocabularySize == expected.vocabularySize)
      for pair in try TokenFixture.load("tokens").texts {
        #expect(tokenizer.tokens(of: pair.text) == expected.tokens(of: pair.text))
      }
    }
  }

  @Test("the padding character is ordinary text in a prompt")
  func padding() throws {
    let text = String(decoding: try Recorded.data("clip"), as: UTF8.self)
    let added = #""added_tokens":["#
    let sign =
      #"{"id":0,"content":"!","single_word":false,"lstrip":false,"rstrip":false,"normalized":false,"special":true},"#
    let json = Data(text.replacingOccurrences(of: added, with: added + sign).utf8)
    // As the file has it, the sign is a token of its own.
    let plain = try TextTokenizer(json: Data(text.utf8), name: "clip").ids(of: "a!")
    let special = try TextTokenizer(json: json, name: "clip").ids(of: "a!")
    #expect(special != plain && special[2] == 0)
    try withTokenizer(json) { folder in
      try Data(#"{"pad_token": "!"}"#.utf8)
        .write(to: folder.appendingPathComponent("tokenizer_config.json"))
      let tokenizer = try CLIPTokenizer(folder: folder)
      #expect(tokenizer.encode("a!", limit: 6).ids == plain + [0, 0])
    }
  }

  @Test("an error lists the tokenizer files that a folder may have")
  func missing() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let refused = #expect(throws: CheckpointError.self) { try CLIPTokenizer(folder: folder) }
    #expect(refused?.kind == .missing)
    #expect(refused?.expected == "vocab.json and merges.txt, or tokenizer.json")
  }

  @Test(
    "what is not CLIP's is named",
    arguments: [
      (#""NFC""#, #""NFD""#, "normalizer"), (#""Lowercase""#, #""StripAccents""#, "normalizer"),
      (#"[\\p{N}]|"#, #"[\\p{N}]+|"#, "pre_tokenizer"),
      (
        #""add_prefix_space":false,"trim_offsets":true"#, #""add_prefix_space":true"#,
        "pre_tokenizer"
      ),
      (#"</w>","fuse_unk":false"#, #"","fuse_unk":false"#, "model.end_of_word_suffix"),
      (#""byte_fallback":false"#, #""byte_fallback":true"#, "model.byte_fallback"),
      (#""ignore_merges":false"#, #""ignore_merges":true"#, "model.ignore_merges"),
      (#""cls":["<|startoftext|>",592]"#, #""cls":["<|startoftext|>",593]"#, "post_processor"),
    ])
  func otherThanCLIP(_ old: String, _ new: String, _ key: String) throws {
    let text = String(decoding: try Recorded.data("clip"), as: UTF8.self)
    try #require(text.contains(old))
    let json = Data(text.replacingOccurrences(of: old, with: new).utf8)
    _ = try TextTokenizer(json: json, name: "clip")
    try withTokenizer(json) { folder in
      let refused = #expect(throws: CheckpointError.self) { try CLIPTokenizer(folder: folder) }
      #expect(refused?.kind == .unsupported && refused?.key == key)
    }
  }

  // MARK: Models

  @Test(
    "Stable Diffusion with only tokenizer.json reads prompts as before",
    arguments: ["tiny-sd", "tiny-sdxl"])
  func stableDiffusion(_ name: String) async throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try manager.copyItem(at: try Fixtures.url(name), to: folder)
    defer { try? manager.removeItem(at: folder) }
    let prompts = [
      "", "a photo of a red apple, 4k", "wow!!! (red:1.3) apple", "an apple BREAK a pear",
    ]
    let before = try Pipeline(contentsOf: folder, precision: .f32)
    for part in ["tokenizer", "tokenizer_2"] {
      let part = folder.appendingPathComponent(part)
      guard manager.fileExists(atPath: part.path) else { continue }
      try MadeTokenizerFile.clip(part).write(to: part.appendingPathComponent("tokenizer.json"))
      for old in ["vocab.json", "merges.txt"] {
        try manager.removeItem(at: part.appendingPathComponent(old))
      }
    }
    let after = try Pipeline(contentsOf: folder, precision: .f32)
    for prompt in prompts {
      let expected = try await before.encode(prompt)
      let found = try await after.encode(prompt)
      #expect(found.tokens == expected.tokens && found.states == expected.states)
      #expect(found.pooled == expected.pooled)
    }
  }

  @Test("a tokenizer with more tokens than the text encoder is refused")
  func tooManyTokens() throws {
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try manager.copyItem(at: try Fixtures.url("tiny-sd"), to: folder)
    defer { try? manager.removeItem(at: folder) }
    let tokenizer = folder.appendingPathComponent("tokenizer")
    try Recorded.data("clip").write(to: tokenizer.appendingPathComponent("tokenizer.json"))
    try manager.removeItem(at: tokenizer.appendingPathComponent("merges.txt"))
    let refused = #expect(throws: CheckpointError.self) {
      try Pipeline(contentsOf: folder, precision: .f32)
    }
    #expect(refused?.key == "vocab_size")
  }

  @Test("a model of this project with only tokenizer.json reads prompts as before")
  func ownModel() async throws {
    let model = try #require(DefaultModel.folder)
    let manager = FileManager.default
    let folder = manager.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    let tokenizer = folder.appendingPathComponent("tokenizer")
    try manager.createDirectory(at: tokenizer, withIntermediateDirectories: true)
    defer { try? manager.removeItem(at: folder) }
    for part in ["unet", "text_encoder", "scheduler"] {
      let source = model.appendingPathComponent(part)
      let copy = folder.appendingPathComponent(part)
      try manager.createDirectory(at: copy, withIntermediateDirectories: true)
      for file in try manager.contentsOfDirectory(atPath: source.path) {
        try manager.createSymbolicLink(
          at: copy.appendingPathComponent(file),
          withDestinationURL: source.appendingPathComponent(file))
      }
    }
    try manager.copyItem(
      at: model.appendingPathComponent("model_index.json"),
      to: folder.appendingPathComponent("model_index.json"))
    try MadeTokenizerFile.bert(model.appendingPathComponent("tokenizer/vocab.txt"))
      .write(to: tokenizer.appendingPathComponent("tokenizer.json"))
    let expected = try await Pipeline(folder: model).encode("A red apple, naïve")
    let found = try await Pipeline(folder: folder).encode("A red apple, naïve")
    #expect(found.tokens == expected.tokens && found.states == expected.states)
  }

  /// A folder with a `tokenizer.json` that lasts as long as the body.
  private func withTokenizer(_ json: Data, _ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try json.write(to: folder.appendingPathComponent("tokenizer.json"))
    try body(folder)
  }
}

/// A `tokenizer.json` as transformers 5 writes it, put together from an older tokenizer's files.
enum MadeTokenizerFile {
  /// From the `vocab.json` and `merges.txt` of a folder.
  static func clip(_ folder: URL) throws -> Data {
    let vocabulary = try JSONDecoder().decode(
      [String: Int].self, from: Data(contentsOf: folder.appendingPathComponent("vocab.json")))
    let merges = try lines(folder.appendingPathComponent("merges.txt")).dropFirst()
    return clip(
      words: vocabulary.sorted { $0.value < $1.value }.map(\.key), merges: Array(merges))
  }

  /// From the merges that travel with the program.
  static func publishedCLIP() throws -> Data {
    let top = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let merges = try lines(
      top.appendingPathComponent("Sources/Models/CLIPVocabulary/merges.txt")
    ).dropFirst()
    let printable = Array(0x21...0x7E) + Array(0xA1...0xAC) + Array(0xAE...0xFF)
    let others = Array(0x100..<(0x100 + 256 - printable.count))
    let letters = (printable + others).compactMap { Unicode.Scalar(UInt32($0)) }.map { String($0) }
    return clip(
      words: letters + letters.map { $0 + "</w>" } + merges.map { $0.replacing(" ", with: "") }
        + ["<|startoftext|>", "<|endoftext|>"],
      merges: Array(merges))
  }

  private static func clip(words: [String], merges: [String]) -> Data {
    let (start, end) = (words.count - 2, words.count - 1)
    let pairs = merges.map { merge in
      "[" + merge.split(separator: " ").map { quoted(String($0)) }.joined(separator: ",") + "]"
    }
    return Data(
      #"""
      {"version":"1.0","truncation":null,"padding":null,
       "added_tokens":[\#(special(start, "<|startoftext|>")),\#(special(end, "<|endoftext|>"))],
       "normalizer":{"type":"Sequence","normalizers":[{"type":"NFC"},
        {"type":"Replace","pattern":{"Regex":"\\s+"},"content":" "},{"type":"Lowercase"}]},
       "pre_tokenizer":{"type":"Sequence","pretokenizers":[
        {"type":"Split","behavior":"Removed","invert":true,"pattern":{"Regex":
         "<\\|startoftext\\|>|<\\|endoftext\\|>|'s|'t|'re|'ve|'m|'ll|'d|[\\p{L}]+|[\\p{N}]|[^\\s\\p{L}\\p{N}]+"}},
        {"type":"ByteLevel","add_prefix_space":false,"trim_offsets":true,"use_regex":true}]},
       "post_processor":{"type":"RobertaProcessing","sep":["<|endoftext|>",\#(end)],
        "cls":["<|startoftext|>",\#(start)],"trim_offsets":false,"add_prefix_space":false},
       "decoder":{"type":"ByteLevel","add_prefix_space":true,"trim_offsets":true,"use_regex":true},
       "model":{"type":"BPE","dropout":null,"unk_token":"<|endoftext|>","continuing_subword_prefix":"",
        "end_of_word_suffix":"</w>","fuse_unk":false,"byte_fallback":false,"ignore_merges":false,
        "vocab":{\#(numbered(words))},"merges":[\#(pairs.joined(separator: ","))]}}
      """#.utf8)
  }

  /// From a `vocab.txt`.
  static func bert(_ vocabulary: URL) throws -> Data {
    let words = try lines(vocabulary)
    let names = ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"]
    func id(_ name: String) throws -> Int { try #require(words.firstIndex(of: name)) }
    let added = try names.map { special(try id($0), $0) }.joined(separator: ",")
    return Data(
      #"""
      {"version":"1.0","truncation":null,"padding":null,"added_tokens":[\#(added)],
       "normalizer":{"type":"BertNormalizer","clean_text":true,"handle_chinese_chars":true,
        "strip_accents":null,"lowercase":true},
       "pre_tokenizer":{"type":"BertPreTokenizer"},
       "post_processor":{"type":"TemplateProcessing","single":[{"SpecialToken":{"id":"[CLS]","type_id":0}},
         {"Sequence":{"id":"A","type_id":0}},{"SpecialToken":{"id":"[SEP]","type_id":0}}],"pair":[],
        "special_tokens":{"[CLS]":{"id":"[CLS]","ids":[\#(try id("[CLS]"))],"tokens":["[CLS]"]},
         "[SEP]":{"id":"[SEP]","ids":[\#(try id("[SEP]"))],"tokens":["[SEP]"]}}},
       "decoder":{"type":"WordPiece","prefix":"##","cleanup":true},
       "model":{"type":"WordPiece","unk_token":"[UNK]","continuing_subword_prefix":"##",
        "max_input_chars_per_word":100,"vocab":{\#(numbered(words))}}}
      """#.utf8)
  }

  private static func lines(_ url: URL) throws -> [String] {
    try Data(contentsOf: url).split(separator: UInt8(ascii: "\n"))
      .map { String(decoding: $0, as: UTF8.self) }
  }

  private static func numbered(_ words: [String]) -> String {
    words.enumerated().map { "\(quoted($0.element)):\($0.offset)" }.joined(separator: ",")
  }

  private static func special(_ id: Int, _ content: String) -> String {
    #"{"id":\#(id),"content":"\#(content)","single_word":false,"lstrip":false,"rstrip":false,"#
      + #""normalized":false,"special":true}"#
  }

  private static func quoted(_ text: String) -> String {
    var result = "\""
    for scalar in text.unicodeScalars {
      if scalar == "\"" || scalar == "\\" { result += "\\" }
      result.unicodeScalars.append(scalar)
    }
    return result + "\""
  }
}

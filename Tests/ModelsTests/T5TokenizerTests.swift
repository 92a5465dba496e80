import Checkpoints
import Foundation
import Models
import Testing

@Suite("T5's tokenizer")
struct T5TokenizerTests {
  @Test("samples", arguments: T5Fixture.names)
  func samples(_ name: String) throws {
    let tokenizer = try T5Fixture.tokenizer(name)
    let samples = try T5Fixture.load().samples
    try #require(samples.count >= 7)
    for sample in samples {
      #expect(tokenizer.ids(of: sample.text) == sample.ids[name], "\(sample.text)")
    }
  }

  @Test("agrees with sentencepiece and transformers on every text", arguments: T5Fixture.names)
  func texts(_ name: String) throws {
    let tokenizer = try T5Fixture.tokenizer(name)
    let texts = try TokenFixture.load("clip-tokens").texts.map(\.text)
    let digests = Array(try #require(try T5Fixture.load().digests[name]).texts)
    try #require(texts.count >= 465 && digests.count == 4 * texts.count)
    for (number, text) in texts.enumerated() {
      let found = T5Fixture.digest(tokenizer.ids(of: text)).prefix(4)
      let expected = String(digests[(4 * number)..<(4 * number + 4)])
      #expect(found == expected, "\(text.prefix(20).unicodeScalars.map(\.value))")
    }
  }

  @Test("agrees on every character of Unicode 14", arguments: ["pieces", "fast", "older"])
  func allOfUnicode(_ name: String) throws {
    let tokenizer = try T5Fixture.tokenizer(name)
    let blocks = try #require(try T5Fixture.load().digests[name]?.blocks)
    try #require(blocks.count == 0x44)
    let left: [Unicode.GeneralCategory] = [.unassigned, .privateUse, .surrogate]
    for (number, expected) in blocks.enumerated() {
      let chosen = (UInt32(number * 16_384)..<UInt32((number + 1) * 16_384)).compactMap {
        value -> Unicode.Scalar? in
        guard let scalar = Unicode.Scalar(value), let age = scalar.properties.age,
          (age.major, age.minor) <= (14, 0), !left.contains(scalar.properties.generalCategory)
        else { return nil }
        return scalar
      }
      let found =
        chosen.isEmpty
        ? "" : T5Fixture.digest(chosen.lazy.flatMap { tokenizer.ids(of: "a\($0)b") })
      #expect(found == expected, "block \(String(number * 16_384, radix: 16))")
    }
  }

  @Test("cuts and pads like the reference, and keeps the end", arguments: ["pieces", "fast"])
  func cut(_ name: String) throws {
    let tokenizer = try T5Fixture.tokenizer(name)
    #expect(tokenizer.end == 1 && tokenizer.padding == 0)
    for cut in try T5Fixture.load().cut {
      let encoding = tokenizer.encode(cut.text, length: cut.limit)
      #expect(encoding.ids == cut.ids, "\(cut.text) at \(cut.limit)")
      #expect(encoding.count == tokenizer.ids(of: cut.text).count)
      #expect(encoding.mask.filter { $0 }.count == min(encoding.count, cut.limit))
    }
  }

  @Test("tokens have the right ranges", arguments: T5Fixture.names)
  func places(_ name: String) throws {
    let text = "a  red\u{301} \u{FB01}g, 日本\n"
    let tokens = try T5Fixture.tokenizer(name).tokens(of: text)
    let starts = tokens.map(\.range.lowerBound)
    #expect(starts == starts.sorted() && starts.first == text.startIndex)
    for token in tokens { #expect(!token.range.isEmpty) }
    let last = try #require(tokens.last { text[$0.range].contains("本") })
    #expect(text[last.range].contains("日") || name == "bytes")
  }

  @Test("a folder's tokenizer.json takes precedence over its spiece.model")
  func folder() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let refused = #expect(throws: CheckpointError.self) { try T5Tokenizer(folder: folder) }
    #expect(refused?.kind == .missing && refused?.expected == "tokenizer.json or spiece.model")
    try T5Fixture.pieces().write(to: folder.appendingPathComponent("spiece.model"))
    // Only a tokenizer.json has this sign as a token.
    let text = "a </s> b"
    let pieces = try T5Tokenizer(folder: folder)
    #expect(pieces.ids(of: text) == (try T5Fixture.tokenizer("pieces")).ids(of: text))
    try T5Fixture.json().write(to: folder.appendingPathComponent("tokenizer.json"))
    let file = try T5Tokenizer(folder: folder)
    #expect(file.ids(of: text).filter { $0 == 1 }.count == 2)
    #expect(file.largestToken == 221 && pieces.largestToken == 219)
  }

  @Test("another model's tokenizer is refused")
  func others() throws {
    for (name, kind) in [
      ("clip", CheckpointError.Kind.malformed), ("bert", .malformed), ("bpe", .malformed),
    ] {
      let json = try Data(contentsOf: Fixtures.url("tokenizers/\(name).json"))
      let refused = #expect(throws: CheckpointError.self) {
        try T5Tokenizer(json: json, name: name)
      }
      #expect(refused?.kind == kind, "\(name)")
    }
    let text = String(decoding: try T5Fixture.json(), as: UTF8.self)
    let template = try #require(text.range(of: #""post_processor":{"#))
    let json = text.replacingCharacters(
      in: template, with: #""post_processor":null,"truncation":{"#)
    let refused = #expect(throws: CheckpointError.self) {
      try T5Tokenizer(
        json: Data(json.replacingOccurrences(of: #""truncation":null,"#, with: "").utf8),
        name: "tokenizer.json")
    }
    #expect(refused?.key == "post_processor", "\(refused?.description ?? "")")
  }

  @Test("the time for long texts is proportional to their length")
  func longTexts() throws {
    let clock = ContinuousClock()
    let began = clock.now
    for name in T5Fixture.names {
      let tokenizer = try T5Fixture.tokenizer(name)
      for part in ["apple ", "ab", "a\u{301}日 ", "   "] {
        #expect(!tokenizer.ids(of: String(repeating: part, count: 5000)).isEmpty)
      }
    }
    #expect(clock.now - began < .seconds(60))
  }
}

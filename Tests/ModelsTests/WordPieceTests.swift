import Checkpoints
import DefaultModel
import Foundation
import Models
import Testing

@Suite("WordPiece tokenizer")
struct WordPieceTests {
  private let tokenizer: WordPieceTokenizer

  init() throws {
    let folder = try #require(DefaultModel.folder)
    tokenizer = try WordPieceTokenizer(
      vocabulary: folder.appendingPathComponent("tokenizer/vocab.txt"))
  }

  private func ids(_ text: String) -> [Int32] {
    [101] + tokenizer.tokens(of: text).map(\.id) + [102]
  }

  @Test("a red apple")
  func redApple() {
    #expect(ids("a red apple") == [101, 1037, 2417, 6207, 102])
    #expect(tokenizer.vocabularySize == 30_522)
  }

  @Test("agrees with Hugging Face's tokenizers on every recorded text")
  func texts() throws {
    let fixture = try TokenFixture.load("tokens")
    #expect(fixture.texts.count >= 250)
    for pair in fixture.texts {
      #expect(ids(pair.text) == pair.ids, "\(pair.text.unicodeScalars.map(\.value))")
    }
  }

  @Test("agrees on every code point of Unicode")
  func allOfUnicode() throws {
    let blocks = try TokenFixture.load("tokens").blocks
    try #require(blocks.count == 0x110)
    for (number, expected) in blocks.enumerated() {
      var state: UInt64 = 0xCBF2_9CE4_8422_2325
      for value in UInt32(number * 4096)..<UInt32((number + 1) * 4096) {
        guard let scalar = Unicode.Scalar(value) else { continue }
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
    for cut in try TokenFixture.load("tokens").cut {
      let encoding = tokenizer.encode(cut.text, limit: cut.limit)
      #expect(encoding.ids == cut.ids, "\(cut.text.prefix(20)) at \(cut.limit)")
      #expect(encoding.mask.count == cut.limit)
      let whole = tokenizer.tokens(of: cut.text).count + 2
      #expect(encoding.count == whole)
      #expect(encoding.mask.filter { $0 }.count == min(whole, cut.limit))
    }
  }

  @Test("says which part of the text is left out")
  func ignoredTail() throws {
    let text = "a red apple on a table"
    #expect(tokenizer.ignoredTail(of: text, limit: 24) == nil)
    #expect(tokenizer.ignoredTail(of: text, limit: 8) == nil)
    let tail = try #require(tokenizer.ignoredTail(of: text, limit: 5))
    #expect(text[tail...] == "on a table")
    let all = try #require(tokenizer.ignoredTail(of: "  red", limit: 2))
    #expect("  red"[all...] == "red")
    // Marks and dropped characters belong to the token that contains them.
    let accents = "cafe\u{301} au lait"
    let second = try #require(tokenizer.ignoredTail(of: accents, limit: 3))
    #expect(accents[second...] == "au lait")
  }

  @Test("tokens have the right ranges")
  func places() {
    let text = "An [MASK] Ówl\u{200d}s!"
    let words = tokenizer.tokens(of: text).map { String(text[$0.range]) }
    #expect(words == ["An", "[MASK]", "Ówl\u{200d}s", "!"])
  }

  @Test("a vocabulary that is missing or lacks BERT's tokens is rejected")
  func badVocabulary() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let file = folder.appendingPathComponent("vocab.txt")
    let missing = #expect(throws: CheckpointError.self) {
      try WordPieceTokenizer(vocabulary: file)
    }
    #expect(missing?.kind == .missing)
    try Data("[PAD]\n[UNK]\n[CLS]\nword\n".utf8).write(to: file)
    let lacking = #expect(throws: CheckpointError.self) {
      try WordPieceTokenizer(vocabulary: file)
    }
    #expect(lacking?.key == "[SEP]")
  }

  @Test("the time for a very long text is proportional to its length")
  func longText() {
    let text = String(repeating: "antidisestablishmentarianism ", count: 20_000)
    let clock = ContinuousClock()
    let began = clock.now
    #expect(tokenizer.tokens(of: text).count == 20_000 * 8)
    #expect(clock.now - began < .seconds(5))
  }
}

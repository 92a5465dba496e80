import Foundation
import Models
import Testing

/// What `Tests/Reference/t5.py` wrote.
struct T5Fixture: Decodable {
  /// Digests of token ids: of the texts in clip-tokens.json, four digits each, and of blocks of 16384 code points.
  struct Digests: Decodable {
    let texts: String
    let blocks: [String]?
  }

  /// A text and its ids, those of the tokenizer NAME under its name.
  struct Sample: Decodable {
    let text: String
    let ids: [String: [Int32]]

    init(from decoder: any Decoder) throws {
      let values = try decoder.container(keyedBy: Key.self)
      text = try values.decode(String.self, forKey: Key(stringValue: "text"))
      var ids: [String: [Int32]] = [:]
      for key in values.allKeys where key.stringValue != "text" {
        ids[key.stringValue] = try values.decode([Int32].self, forKey: key)
      }
      self.ids = ids
    }

    private struct Key: CodingKey {
      let stringValue: String
      var intValue: Int? { nil }
      init(stringValue: String) { self.stringValue = stringValue }
      init?(intValue: Int) { nil }
    }
  }

  let charsmap: [Int]
  let digests: [String: Digests]
  let samples: [Sample]
  let cut: [TokenFixture.Cut]

  static func load() throws -> T5Fixture {
    try JSONDecoder().decode(
      T5Fixture.self, from: Data(contentsOf: Fixtures.url("t5/tokens.json")))
  }

  /// The parts of the fixture that have no type of their own.
  static func raw() throws -> [String: Any] {
    try #require(try Fixtures.json("t5/tokens.json") as? [String: Any])
  }

  static let names = ["pieces", "bytes", "fast", "older"]

  static func pieces() throws -> Data {
    try Data(contentsOf: Fixtures.url("tiny-t5/spiece.model"))
  }

  /// The `tokenizer.json` that transformers makes of `spiece.model`, or as it made it before version 5.
  static func json(older isOld: Bool = false) throws -> Data {
    let place = try load().charsmap
    let table = try pieces().dropFirst(place[0]).prefix(place[1])
    var file = try #require(try Fixtures.json("t5/tokenizer.json") as? [String: Any])
    if isOld {
      let older = try #require(try raw()["older"] as? [String: Any])
      file.merge(older) { $1 }
    }
    let text = String(decoding: try JSONSerialization.data(withJSONObject: file), as: UTF8.self)
    let empty = #""precompiled_charsmap":"""#
    try #require(text.contains(empty))
    let full = #""precompiled_charsmap":"\#(Data(table).base64EncodedString())""#
    return Data(text.replacingOccurrences(of: empty, with: full).utf8)
  }

  static func tokenizer(_ name: String) throws -> T5Tokenizer {
    switch name {
    case "pieces": try T5Tokenizer(pieces: pieces(), name: name)
    case "bytes":
      try T5Tokenizer(pieces: Data(contentsOf: Fixtures.url("t5/bytes.model")), name: name)
    default: try T5Tokenizer(json: json(older: name == "older"), name: name)
    }
  }

  /// FNV-1a (64 bits, hexadecimal) over ids of four bytes each, little-endian.
  static func digest(_ ids: some Sequence<Int32>) -> String {
    var state: UInt64 = 0xCBF2_9CE4_8422_2325
    for id in ids {
      for shift in stride(from: Int32(0), to: 32, by: 8) {
        state = (state ^ UInt64(UInt8(truncatingIfNeeded: id >> shift))) &* 0x100_0000_01B3
      }
    }
    let digits = String(state, radix: 16)
    return String(repeating: "0", count: 16 - digits.count) + digits
  }
}

import Foundation
import Testing

/// The output of `Tests/Reference/tokens.py` and `clip_tokens.py`.
struct TokenFixture: Decodable {
  let texts: [Pair]
  let cut: [Cut]
  let blocks: [String]

  struct Pair: Decodable {
    let text: String
    let ids: [Int32]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      text = try values.decode(String.self)
      ids = try values.decode([Int32].self)
    }
  }

  struct Cut: Decodable {
    let text: String
    let limit: Int
    let ids: [Int32]

    init(from decoder: any Decoder) throws {
      var values = try decoder.unkeyedContainer()
      text = try values.decode(String.self)
      limit = try values.decode(Int.self)
      ids = try values.decode([Int32].self)
    }
  }

  static func load(_ name: String) throws -> TokenFixture {
    let url = try #require(
      Bundle.module.url(forResource: "Fixtures/\(name)", withExtension: "json"))
    return try JSONDecoder().decode(TokenFixture.self, from: Data(contentsOf: url))
  }
}

import Foundation

/// One line of a captions file.
struct CaptionRow: Decodable {
  /// The picture's file, if it has its own.
  var file: String?
  /// The picture's number, if it is a tile of an atlas.
  var number: Int?
  /// What it shows.
  var name: String?
  /// Its captions.
  var captions: [String]
  var group: String?
  var style: String?
  var isOpaque: Bool?
  var isFlippable: Bool?

  private enum Key: String, CodingKey {
    case file
    // The name in the metadata.jsonl of image folders in Hugging Face's datasets.
    case fileName = "file_name"
    case number = "i"
    case name, captions, caption, text, group, style
    case isOpaque = "opaque"
    case isFlippable = "flippable"
  }

  /// A text, or a list of them.
  private enum Texts: Decodable {
    case one(String)
    case many([String])

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let text = try? container.decode(String.self) {
        self = .one(text)
      } else {
        self = .many(try container.decode([String].self))
      }
    }

    var all: [String] {
      switch self {
      case .one(let text): [text]
      case .many(let texts): texts
      }
    }
  }

  init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    func value<Value: Decodable>(_ key: Key, as type: Value.Type = Value.self) throws -> Value? {
      try values.decodeIfPresent(type, forKey: key)
    }
    file = try value(.file) ?? value(.fileName)
    do {
      number = try value(.number)
    } catch {
      // A fraction is reported without its key.
      throw DecodingError.typeMismatch(
        Int.self, .init(codingPath: [Key.number], debugDescription: "no whole number"))
    }
    name = try value(.name)
    group = try value(.group)
    style = try value(.style)
    isOpaque = try value(.isOpaque)
    isFlippable = try value(.isFlippable)
    captions = try [.captions, .caption, .text].flatMap { try value($0, as: Texts.self)?.all ?? [] }
  }

  /// Why a line is invalid, as the end of a sentence.
  static func explain(_ error: any Error) -> String {
    guard let error = error as? DecodingError else { return "it cannot be read" }
    func wrong(_ path: [any CodingKey]) -> String? {
      guard let key = path.first(where: { $0.intValue == nil }) else { return nil }
      switch Key(rawValue: key.stringValue) {
      case .captions, .caption, .text:
        return "its \"\(key.stringValue)\" is neither text nor a list of texts, in UTF-8"
      case .number: return "its \"i\" is not a whole number"
      case .isOpaque, .isFlippable: return "its \"\(key.stringValue)\" is neither true nor false"
      default: return "its \"\(key.stringValue)\" is not text"
      }
    }
    let notOne = "it is not a JSON object; each line must contain one"
    switch error {
    case .typeMismatch(_, let context), .valueNotFound(_, let context),
      .dataCorrupted(let context):
      return wrong(context.codingPath) ?? notOne
    default: return notOne
    }
  }
}

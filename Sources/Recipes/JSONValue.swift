/// A JSON value that a picture's file holds.
///
/// Numbers stay text, so that a seed of 64 bits loses nothing. `NaN` and `Infinity`, which Python writes, are read as
/// null.
enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(String)
  case string(String)
  case array([JSONValue])
  case object([String: JSONValue])

  /// The deepest nesting that is read.
  static let deepest = 64
  /// The longest text that is read, in bytes.
  static let longest = 8 << 20

  /// The value of a text; `nil` where it is not JSON, or nested too deeply.
  init?(_ text: String) {
    guard text.utf8.count <= Self.longest else { return nil }
    var reader = JSONReader(bytes: Array(text.utf8))
    guard let value = reader.value() else { return nil }
    reader.skipBlanks()
    guard reader.place == reader.bytes.count else { return nil }
    self = value
  }

  /// The member of an object.
  subscript(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members[key]
  }

  /// The first of these members of an object that is there and not null.
  func first(_ keys: String...) -> JSONValue? {
    keys.lazy.compactMap { self[$0] }.first { $0 != .null }
  }

  /// A string, a number or a truth value as text.
  var text: String? {
    switch self {
    case .string(let text), .number(let text): text
    case .bool(let value): value ? "true" : "false"
    case .null, .array, .object: nil
    }
  }

  /// The text of a string.
  var string: String? {
    if case .string(let text) = self { text } else { nil }
  }

  /// The values of an array; none for other values.
  var items: [JSONValue] {
    if case .array(let items) = self { items } else { [] }
  }

  /// The members of an object; none for other values.
  var members: [String: JSONValue] {
    if case .object(let members) = self { members } else { [:] }
  }

  /// Whether it is an object.
  var isObject: Bool {
    if case .object = self { true } else { false }
  }

  /// Whether it is the number 0, false, null or an empty text.
  var isNothing: Bool {
    switch self {
    case .null: true
    case .bool(let value): !value
    case .number(let text): Double(text) == 0
    case .string(let text): text.isEmpty
    case .array(let items): items.isEmpty
    case .object(let members): members.isEmpty
    }
  }
}

/// Reads JSON (RFC 8259) from bytes, wherever in them it begins.
struct JSONReader {
  let bytes: [UInt8]
  var place = 0

  /// The value at the place, which moves behind it; `nil` where there is none.
  mutating func value(depth: Int = 0) -> JSONValue? {
    guard depth < JSONValue.deepest else { return nil }
    skipBlanks()
    switch current {
    case UInt8(ascii: "{"): return object(depth)
    case UInt8(ascii: "["): return array(depth)
    case UInt8(ascii: "\""): return string().map(JSONValue.string)
    default: return word()
    }
  }

  mutating func skipBlanks() {
    while let byte = current, [0x20, 0x09, 0x0a, 0x0d].contains(byte) { place += 1 }
  }

  private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func take(_ byte: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard current == UInt8(ascii: byte) else { return false }
    place += 1
    return true
  }

  private mutating func object(_ depth: Int) -> JSONValue? {
    place += 1
    var members: [String: JSONValue] = [:]
    if take("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard current == UInt8(ascii: "\""), let key = string(), take(":"),
        let value = value(depth: depth + 1)
      else { return nil }
      members[key] = value
    } while take(",")
    return take("}") ? .object(members) : nil
  }

  private mutating func array(_ depth: Int) -> JSONValue? {
    place += 1
    var items: [JSONValue] = []
    if take("]") { return .array(items) }
    repeat {
      guard let value = value(depth: depth + 1) else { return nil }
      items.append(value)
    } while take(",")
    return take("]") ? .array(items) : nil
  }

  private mutating func word() -> JSONValue? {
    let start = place
    let signs = Array("+-._".utf8)
    while let byte = current,
      (0x30...0x39).contains(byte) || (0x41...0x5a).contains(byte) || (0x61...0x7a).contains(byte)
        || signs.contains(byte)
    {
      place += 1
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    switch text {
    case "null", "NaN", "Infinity", "-Infinity": return .null
    case "true": return .bool(true)
    case "false": return .bool(false)
    default:
      guard let first = text.utf8.first, first == 0x2d || (0x30...0x39).contains(first),
        let number = Double(text), number.isFinite
      else { return nil }
      return .number(text)
    }
  }

  /// The string whose opening quote is at the place. Raw line breaks are allowed in it: other programs write them.
  private mutating func string() -> String? {
    place += 1
    var text: [UInt8] = []
    while let byte = current {
      place += 1
      switch byte {
      case UInt8(ascii: "\""): return String(decoding: text, as: UTF8.self)
      case UInt8(ascii: "\\"):
        guard let scalar = escaped() else { return nil }
        text.append(contentsOf: Array(String(Character(scalar)).utf8))
      default: text.append(byte)
      }
    }
    return nil
  }

  private mutating func escaped() -> Unicode.Scalar? {
    guard let byte = current else { return nil }
    place += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{c}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"): return codePoint()
    default: return nil
    }
  }

  /// A code point of one or two UTF-16 units; half a pair becomes U+FFFD.
  private mutating func codePoint() -> Unicode.Scalar? {
    guard let unit = unit() else { return nil }
    if (0xd800..<0xdc00).contains(unit), current == UInt8(ascii: "\\"), place + 1 < bytes.count,
      bytes[place + 1] == UInt8(ascii: "u")
    {
      let before = place
      place += 2
      if let low = self.unit(), (0xdc00..<0xe000).contains(low) {
        return Unicode.Scalar(0x10000 + (unit - 0xd800) << 10 + (low - 0xdc00))
      }
      place = before
    }
    return Unicode.Scalar(unit) ?? "\u{fffd}"
  }

  private mutating func unit() -> UInt32? {
    guard place + 4 <= bytes.count else { return nil }
    let digits = String(decoding: bytes[place..<(place + 4)], as: UTF8.self)
    guard digits.utf8.count == 4, let unit = UInt32(digits, radix: 16) else { return nil }
    place += 4
    return unit
  }
}

import Checkpoints

/// A JSON value (RFC 8259) of a tokenizer's file.
///
/// Text is kept as bytes, because `String` compares by canonical equivalence and a vocabulary may hold `é` both as one
/// character and as two. An object keeps all its members in order, including those with equal keys.
enum TokenizerJSON: Sendable {
  case null
  case bool(Bool)
  case number(Double)
  case text([UInt8])
  case list([TokenizerJSON])
  case object([Member])

  /// A member of an object.
  struct Member: Sendable {
    let key: [UInt8]
    let value: TokenizerJSON
  }

  /// Reads the bytes of a file.
  ///
  /// - Throws: `CheckpointError` when they are not UTF-8, not JSON, or nested too deeply.
  init(_ bytes: [UInt8], file: String) throws {
    var reader = TokenizerJSONReader(bytes: bytes, file: file)
    self = try reader.read()
  }

  /// The first member of an object with this key.
  func member(_ key: String) -> TokenizerJSON? {
    guard case .object(let members) = self else { return nil }
    return members.first { $0.key.elementsEqual(key.utf8) }?.value
  }
}

/// One pass over the bytes of a file.
private struct TokenizerJSONReader {
  /// The deepest nesting that is read; tokenizers need fewer than ten levels.
  private static let deepest = 64

  let bytes: [UInt8]
  let file: String
  private var place = 0

  init(bytes: [UInt8], file: String) { (self.bytes, self.file) = (bytes, file) }

  mutating func read() throws -> TokenizerJSON {
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw CheckpointError(
        .malformed, file: file, expected: "text in UTF-8", found: "bytes that are not",
        advice: TokenizerEntry.copyAgain)
    }
    let result = try value(depth: 0)
    skipBlanks()
    guard place == bytes.count else { throw problem("the end of the file") }
    return result
  }

  private func problem(_ expected: String) -> CheckpointError {
    CheckpointError(
      .malformed, file: file, expected: expected,
      found: place < bytes.count ? "something else at byte \(place)" : "the end of the file",
      advice: TokenizerEntry.copyAgain)
  }

  private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

  private mutating func skipBlanks() {
    while let byte = current, byte == 0x20 || byte == 0x0A || byte == 0x0D || byte == 0x09 {
      place += 1
    }
  }

  private mutating func take(_ sign: Unicode.Scalar) -> Bool {
    skipBlanks()
    guard current == UInt8(ascii: sign) else { return false }
    place += 1
    return true
  }

  private mutating func value(depth: Int) throws -> TokenizerJSON {
    guard depth < Self.deepest else {
      throw problem("at most \(Self.deepest) nested values")
    }
    skipBlanks()
    switch current {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try list(depth)
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    default: return .number(try number())
    }
  }

  private mutating func object(_ depth: Int) throws -> TokenizerJSON {
    place += 1
    var members: [TokenizerJSON.Member] = []
    if take("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard current == UInt8(ascii: "\"") else { throw problem("a key in quotes") }
      let key = try text()
      guard take(":") else { throw problem("a colon after the key") }
      members.append(TokenizerJSON.Member(key: key, value: try value(depth: depth + 1)))
    } while take(",")
    guard take("}") else { throw problem("a comma or the end of the object") }
    return .object(members)
  }

  private mutating func list(_ depth: Int) throws -> TokenizerJSON {
    place += 1
    var values: [TokenizerJSON] = []
    if take("]") { return .list(values) }
    repeat { values.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw problem("a comma or the end of the list") }
    return .list(values)
  }

  private mutating func word(_ text: StaticString, _ value: TokenizerJSON) throws -> TokenizerJSON {
    let expected = text.description.utf8
    guard bytes[place...].starts(with: expected) else { throw problem("a JSON value") }
    place += expected.count
    return value
  }

  private mutating func number() throws -> Double {
    let start = place
    if current == UInt8(ascii: "-") { place += 1 }
    let digits = place
    var whole = 0
    while let byte = current, (0x30...0x39).contains(byte) {
      // Up to this length the result is exact; longer ones are read below.
      if place - digits < 15 { whole = whole * 10 + Int(byte - 0x30) }
      place += 1
    }
    guard place > digits else { throw problem("a JSON value") }
    let isWhole = place - digits <= 15
    let fraction = place
    while let byte = current,
      (0x30...0x39).contains(byte) || byte == UInt8(ascii: ".") || byte == UInt8(ascii: "-")
        || byte == UInt8(ascii: "+") || byte | 0x20 == UInt8(ascii: "e")
    {
      place += 1
    }
    if isWhole, place == fraction { return Double(digits > start ? -whole : whole) }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    guard let value = Double(text), value.isFinite else { throw problem("a number in range") }
    return value
  }

  /// The text whose opening quote is at the place.
  private mutating func text() throws -> [UInt8] {
    place += 1
    var start = place
    var result: [UInt8] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        defer { place += 1 }
        // Most have no escapes.
        return result.isEmpty ? Array(bytes[start..<place]) : result + bytes[start..<place]
      case UInt8(ascii: "\\"):
        result += bytes[start..<place]
        result += Array(String(try escaped()).utf8)
        start = place
      case 0..<0x20: throw problem("text without control characters")
      default: place += 1
      }
    }
    throw problem("a closing quote")
  }

  private mutating func escaped() throws -> Unicode.Scalar {
    place += 1
    guard let byte = current else { throw problem("a closing quote") }
    place += 1
    switch byte {
    case UInt8(ascii: "n"): return "\n"
    case UInt8(ascii: "t"): return "\t"
    case UInt8(ascii: "r"): return "\r"
    case UInt8(ascii: "b"): return "\u{8}"
    case UInt8(ascii: "f"): return "\u{C}"
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): return Unicode.Scalar(byte)
    case UInt8(ascii: "u"): return try codePoint()
    default: throw problem("a valid JSON escape")
    }
  }

  /// A code point of one or two UTF-16 units.
  private mutating func codePoint() throws -> Unicode.Scalar {
    let unit = try unit()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard unit < 0xDC00, bytes[place...].starts(with: "\\u".utf8) else {
      throw problem("both halves of a character")
    }
    place += 2
    let low = try self.unit()
    guard (0xDC00..<0xE000).contains(low),
      let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
    else { throw problem("both halves of a character") }
    return scalar
  }

  private mutating func unit() throws -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Character(Unicode.Scalar(byte)).hexDigitValue else {
        throw problem("four hexadecimal digits")
      }
      unit = unit << 4 | UInt32(digit)
      place += 1
    }
    return unit
  }
}

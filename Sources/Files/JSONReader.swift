/// Reads JSON (RFC 8259) from bytes, starting at any position.
///
/// The bytes must be UTF-8; ``JSONValue`` checks that.
package struct JSONReader: Sendable {
  /// How closely the text must follow the RFC.
  package enum Style: Sendable {
    /// Exactly.
    case strict
    /// Also accepts what some programs write: raw line breaks and other control characters in text; half of a surrogate
    /// pair, which becomes U+FFFD; `NaN` and `Infinity`, which become null; and numbers with leading zeros.
    case lenient
  }

  /// The maximum depth of nesting. Reading is recursive, and must not overflow the stack.
  package static let deepest = 64

  private let bytes: [UInt8]
  private let style: Style
  /// The position of the next value, in bytes.
  package private(set) var place: Int

  package init(bytes: [UInt8], place: Int = 0, style: Style) {
    (self.bytes, self.place, self.style) = (bytes, max(0, place), style)
  }

  /// Reads the value at ``place`` and moves past it.
  ///
  /// - Throws: ``JSONError`` if there is none, or it is nested too deeply.
  package mutating func value() throws(JSONError) -> JSONValue { try value(depth: 0) }

  /// Checks that only white space follows.
  ///
  /// - Throws: ``JSONError`` if something else does.
  package mutating func end() throws(JSONError) {
    skipBlanks()
    guard place >= bytes.count else { throw problem("the end of the file") }
  }

  // MARK: Values

  private var current: UInt8? { place < bytes.count ? bytes[place] : nil }

  private func problem(_ expected: String) -> JSONError {
    JSONError(
      expected: expected,
      found: place < bytes.count ? "something else at byte \(place)" : "the end of the file")
  }

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

  private mutating func value(depth: Int) throws(JSONError) -> JSONValue {
    guard depth < Self.deepest else { throw problem("at most \(Self.deepest) nested values") }
    skipBlanks()
    switch current {
    case UInt8(ascii: "{"): return try object(depth)
    case UInt8(ascii: "["): return try list(depth)
    case UInt8(ascii: "\""): return .text(try text())
    case UInt8(ascii: "t"): return try word("true", .bool(true))
    case UInt8(ascii: "f"): return try word("false", .bool(false))
    case UInt8(ascii: "n"): return try word("null", .null)
    case UInt8(ascii: "N") where style == .lenient: return try word("NaN", .null)
    case UInt8(ascii: "I") where style == .lenient: return try word("Infinity", .null)
    default: return try number()
    }
  }

  private mutating func object(_ depth: Int) throws(JSONError) -> JSONValue {
    place += 1
    var members: [JSONValue.Member] = []
    if take("}") { return .object(members) }
    repeat {
      skipBlanks()
      guard current == UInt8(ascii: "\"") else { throw problem("a key in quotes") }
      let key = try text()
      guard take(":") else { throw problem("a colon after the key") }
      members.append(JSONValue.Member(key: key, value: try value(depth: depth + 1)))
    } while take(",")
    guard take("}") else { throw problem("a comma or the end of the object") }
    return .object(members)
  }

  private mutating func list(_ depth: Int) throws(JSONError) -> JSONValue {
    place += 1
    var values: [JSONValue] = []
    if take("]") { return .list(values) }
    repeat { values.append(try value(depth: depth + 1)) } while take(",")
    guard take("]") else { throw problem("a comma or the end of the list") }
    return .list(values)
  }

  private mutating func word(_ text: String, _ value: JSONValue) throws(JSONError) -> JSONValue {
    guard bytes[place...].starts(with: text.utf8) else { throw problem("a JSON value") }
    place += text.utf8.count
    return value
  }

  private mutating func number() throws(JSONError) -> JSONValue {
    let start = place
    if current == UInt8(ascii: "-") { place += 1 }
    if current == UInt8(ascii: "I"), style == .lenient { return try word("Infinity", .null) }
    let whole = place
    let digits = skipDigits()
    guard digits > 0 else { throw problem("a JSON value") }
    if style == .strict, digits > 1, bytes[whole] == UInt8(ascii: "0") {
      place = whole
      throw problem("a number that does not begin with 0")
    }
    if current == UInt8(ascii: ".") {
      place += 1
      guard skipDigits() > 0 else { throw problem("a digit after the point") }
    }
    if let byte = current, byte | 0x20 == UInt8(ascii: "e") {
      place += 1
      if current == UInt8(ascii: "+") || current == UInt8(ascii: "-") { place += 1 }
      guard skipDigits() > 0 else { throw problem("a digit of the exponent") }
    }
    let text = String(decoding: bytes[start..<place], as: UTF8.self)
    // A whole number with this few digits is always in range.
    let isShort = place - start <= 15 && place == whole + digits
    guard isShort || Double(text)?.isFinite == true else { throw problem("a number in range") }
    return .number(text)
  }

  /// Skips digits and counts them.
  private mutating func skipDigits() -> Int {
    let start = place
    while let byte = current, (0x30...0x39).contains(byte) { place += 1 }
    return place - start
  }

  // MARK: Text

  /// Reads the text whose opening quote is at ``place``.
  private mutating func text() throws(JSONError) -> [UInt8] {
    place += 1
    var start = place
    var result: [UInt8] = []
    while let byte = current {
      switch byte {
      case UInt8(ascii: "\""):
        let end = place
        place += 1
        // Most texts have no escapes.
        return result.isEmpty ? Array(bytes[start..<end]) : result + bytes[start..<end]
      case UInt8(ascii: "\\"):
        result += bytes[start..<place]
        result += Array(String(try escaped()).utf8)
        start = place
      case 0..<0x20 where style == .strict: throw problem("text without control characters")
      default: place += 1
      }
    }
    throw problem("a closing quote")
  }

  private mutating func escaped() throws(JSONError) -> Unicode.Scalar {
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
  private mutating func codePoint() throws(JSONError) -> Unicode.Scalar {
    let unit = try unit()
    if let scalar = Unicode.Scalar(unit) { return scalar }
    let behind = place
    if unit < 0xDC00, bytes[place...].starts(with: "\\u".utf8) {
      place += 2
      let low = try self.unit()
      if (0xDC00..<0xE000).contains(low),
        let scalar = Unicode.Scalar(0x10000 + (unit - 0xD800) << 10 + (low - 0xDC00))
      {
        return scalar
      }
    }
    guard style == .lenient else { throw problem("both halves of a character") }
    place = behind
    return "\u{FFFD}"
  }

  private mutating func unit() throws(JSONError) -> UInt32 {
    var unit: UInt32 = 0
    for _ in 0..<4 {
      guard let byte = current, let digit = Self.digit(byte) else {
        throw problem("four hexadecimal digits")
      }
      unit = unit << 4 | digit
      place += 1
    }
    return unit
  }

  /// The value of a hexadecimal digit.
  private static func digit(_ byte: UInt8) -> UInt32? {
    switch byte {
    case 0x30...0x39: UInt32(byte - 0x30)
    case 0x41...0x46: UInt32(byte - 0x41 + 10)
    case 0x61...0x66: UInt32(byte - 0x61 + 10)
    default: nil
    }
  }
}

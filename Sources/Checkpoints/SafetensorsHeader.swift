/// A tensor's description in the header of a safetensors file.
public struct TensorEntry: Sendable, Hashable {
  /// The number format of the elements.
  public let type: ElementType
  /// The sizes of the dimensions, the fastest last; empty for a single number.
  public let shape: [Int]
  /// Where the elements are, in bytes after the header.
  public let range: Range<Int>

  /// The number of elements.
  public var count: Int { range.count / type.byteCount }
}

/// The number formats that a safetensors file may contain.
public enum ElementType: String, Sendable, Hashable, CaseIterable {
  case f64 = "F64"
  case f32 = "F32"
  case f16 = "F16"
  case bf16 = "BF16"
  case f8e4m3 = "F8_E4M3"
  case f8e5m2 = "F8_E5M2"
  case c64 = "C64"
  case i64 = "I64"
  case i32 = "I32"
  case i16 = "I16"
  case i8 = "I8"
  case u64 = "U64"
  case u32 = "U32"
  case u16 = "U16"
  case u8 = "U8"
  case bool = "BOOL"

  /// Bytes in one element.
  public var byteCount: Int {
    switch self {
    case .f64, .i64, .u64, .c64: 8
    case .f32, .i32, .u32: 4
    case .f16, .bf16, .i16, .u16: 2
    case .i8, .u8, .bool, .f8e4m3, .f8e5m2: 1
    }
  }
}

/// The header's content: tensors by name, and the file's metadata.
struct SafetensorsHeader {
  var entries: [String: TensorEntry] = [:]
  var metadata: [String: String] = [:]
}

/// Reads the JSON of a safetensors header.
///
/// General JSON parsers silently keep one of two equal keys, and the format forbids equal keys. This one therefore
/// accepts exactly the grammar that the format allows, and checks it while reading.
struct SafetensorsHeaderReader {
  private let bytes: [UInt8]
  private let file: String
  private var position = 0

  /// A reader of the header's bytes, without the 8 bytes of its length.
  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// Reads the whole header.
  ///
  /// - Throws: ``CheckpointError`` if the text is not JSON in the required form.
  mutating func read() throws -> SafetensorsHeader {
    var header = SafetensorsHeader()
    guard bytes.first == UInt8(ascii: "{") else {
      throw malformed("a JSON object that begins at byte 8", foundHere())
    }
    var hasMetadata = false
    try readObject { reader, name in
      if name == "__metadata__" {
        guard !hasMetadata else {
          throw reader.malformed("one \"__metadata__\"", "two", key: name)
        }
        hasMetadata = true
        try reader.readMetadata(into: &header)
      } else {
        let entry = try reader.readEntry(of: name)
        guard header.entries.updateValue(entry, forKey: name) == nil else {
          throw reader.malformed("each tensor name once", "this name twice", key: name)
        }
      }
    }
    skipSpace()
    guard position == bytes.count else {
      throw malformed("nothing but spaces after the JSON object", foundHere())
    }
    return header
  }

  // MARK: The format's objects

  private mutating func readMetadata(into header: inout SafetensorsHeader) throws {
    var metadata: [String: String] = [:]
    try readObject { reader, key in
      metadata[key] = try reader.readString()
    }
    header.metadata = metadata
  }

  private mutating func readEntry(of name: String) throws -> TensorEntry {
    var type: ElementType?
    var shape: [Int]?
    var offsets: [Int]?
    try readObject { reader, key in
      switch key {
      case "dtype" where type == nil:
        let text = try reader.readString()
        type = ElementType(rawValue: text)
        if type == nil {
          throw CheckpointError(
            .unsupported, file: reader.file, key: name,
            expected: "one of the number formats \(ElementType.listed)",
            found: CheckpointError.quoted(text),
            advice: "Convert the weights to F32, F16 or BF16")
        }
      case "shape" where shape == nil: shape = try reader.readCounts(of: name)
      case "data_offsets" where offsets == nil: offsets = try reader.readCounts(of: name)
      default:
        throw reader.malformed(
          "\"dtype\", \"shape\" and \"data_offsets\", once each",
          "the key \(CheckpointError.quoted(key))", key: name)
      }
    }
    guard let type, let shape, let offsets else {
      throw malformed(
        "\"dtype\", \"shape\" and \"data_offsets\"", "not all three of them", key: name)
    }
    guard offsets.count == 2, offsets[0] <= offsets[1] else {
      throw malformed("two data offsets, the first not above the second", "\(offsets)", key: name)
    }
    let entry = TensorEntry(type: type, shape: shape, range: offsets[0]..<offsets[1])
    try check(entry, name: name)
    return entry
  }

  /// The range between the offsets must have exactly the shape's size.
  private func check(_ entry: TensorEntry, name: String) throws {
    guard let size = ([entry.type.byteCount] + entry.shape).soundProduct else {
      throw malformed("a shape that fits into memory", "\(entry.shape)", key: name)
    }
    guard size == entry.range.count else {
      throw malformed(
        "\(size) bytes for \(entry.type.rawValue) of shape \(entry.shape)",
        "\(entry.range.count) bytes between its data offsets", key: name)
    }
  }

  // MARK: JSON

  private mutating func readObject(
    _ member: (inout SafetensorsHeaderReader, String) throws -> Void
  ) throws {
    try expect("{")
    skipSpace()
    if take("}") { return }
    repeat {
      skipSpace()
      let key = try readString()
      skipSpace()
      try expect(":")
      skipSpace()
      try member(&self, key)
      skipSpace()
    } while take(",")
    try expect("}")
  }

  private mutating func readCounts(of name: String) throws -> [Int] {
    try expect("[")
    skipSpace()
    if take("]") { return [] }
    var counts: [Int] = []
    repeat {
      skipSpace()
      counts.append(try readCount(of: name))
      skipSpace()
      // No network has tensors with more dimensions; the limit makes it cheap to reject a hostile header.
      guard counts.count <= 32 else {
        throw malformed("at most 32 dimensions", "more", key: name)
      }
    } while take(",")
    try expect("]")
    return counts
  }

  private mutating func readCount(of name: String) throws -> Int {
    let start = position
    var value = 0
    while position < bytes.count, case UInt8(ascii: "0")...UInt8(ascii: "9") = bytes[position] {
      let (tens, tooBig) = value.multipliedReportingOverflow(by: 10)
      let (sum, overflow) = tens.addingReportingOverflow(Int(bytes[position] & 15))
      guard !tooBig, !overflow else {
        throw malformed("whole numbers below 2^63", "a larger one", key: name)
      }
      value = sum
      position += 1
    }
    let digits = position - start
    guard digits > 0, digits == 1 || bytes[start] != UInt8(ascii: "0") else {
      throw malformed("a whole number, 0 or more", foundHere(), key: name)
    }
    return value
  }

  private mutating func readString() throws -> String {
    try expect("\"")
    var text: [UInt8] = []
    while position < bytes.count {
      let byte = bytes[position]
      position += 1
      switch byte {
      case UInt8(ascii: "\""):
        guard let string = String(validating: text, as: UTF8.self) else {
          throw malformed("UTF-8 in a name", "invalid bytes")
        }
        return string
      case UInt8(ascii: "\\"): try readEscape(into: &text)
      case 0..<0x20: throw malformed("no control characters in a name", "byte \(byte)")
      default: text.append(byte)
      }
    }
    throw malformed("a closing quotation mark", "the end of the header")
  }

  private mutating func readEscape(into text: inout [UInt8]) throws {
    guard position < bytes.count else {
      throw malformed("an escaped character", "the end of the header")
    }
    let byte = bytes[position]
    position += 1
    switch byte {
    case UInt8(ascii: "\""), UInt8(ascii: "\\"), UInt8(ascii: "/"): text.append(byte)
    case UInt8(ascii: "b"): text.append(8)
    case UInt8(ascii: "f"): text.append(12)
    case UInt8(ascii: "n"): text.append(10)
    case UInt8(ascii: "r"): text.append(13)
    case UInt8(ascii: "t"): text.append(9)
    case UInt8(ascii: "u"):
      let unit = try readHexadecimal()
      var scalar = UInt32(unit)
      if case 0xD800..<0xDC00 = unit, take("\\"), take("u") {
        let low = try readHexadecimal()
        guard case 0xDC00..<0xE000 = low else {
          throw malformed("the second half of a surrogate pair", foundHere())
        }
        scalar = 0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(low) - 0xDC00)
      }
      guard let character = Unicode.Scalar(scalar) else {
        throw malformed("a Unicode character", "half of a surrogate pair")
      }
      text.append(contentsOf: String(character).utf8)
    default: throw malformed("a JSON escape", "a backslash before byte \(byte)")
    }
  }

  private mutating func readHexadecimal() throws -> UInt16 {
    let digits = bytes[position...].prefix(4)
    // The initializer would also accept a sign.
    guard digits.count == 4, digits.first != UInt8(ascii: "+"), digits.first != UInt8(ascii: "-"),
      let value = UInt16(String(decoding: digits, as: UTF8.self), radix: 16)
    else { throw malformed("four hexadecimal digits", foundHere()) }
    position += 4
    return value
  }

  private mutating func skipSpace() {
    while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) {
      position += 1
    }
  }

  private mutating func take(_ character: Unicode.Scalar) -> Bool {
    guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
    position += 1
    return true
  }

  private mutating func expect(_ character: Unicode.Scalar) throws {
    guard take(character) else { throw malformed("'\(character)'", foundHere()) }
  }

  // MARK: Errors

  private func foundHere() -> String {
    guard position < bytes.count else { return "the end of the header" }
    let byte = bytes[position]
    let shown = (0x21...0x7E).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
    return "\(shown) at byte \(position + 8)"
  }

  private func malformed(_ expected: String, _ found: String, key: String? = nil)
    -> CheckpointError
  {
    CheckpointError(
      .malformed, file: file, key: key, expected: expected, found: found,
      advice: CheckpointError.downloadAgain)
  }
}

extension ElementType {
  /// All names, for messages.
  static var listed: String { allCases.map(\.rawValue).joined(separator: ", ") }
}

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A value of a GGUF file's metadata.
public enum GGUFValue: Sendable, Hashable {
  /// An unsigned number of any width.
  case unsigned(UInt64)
  /// A signed number of any width.
  case signed(Int64)
  /// A floating-point number of either width.
  case number(Double)
  /// True or false.
  case flag(Bool)
  /// Text.
  case text(String)
  /// A list of values of one type.
  case list([GGUFValue])
  /// A list too long to keep, such as a vocabulary, with its length.
  case longList(Int)

  /// The text, if it is one.
  public var text: String? { if case .text(let text) = self { text } else { nil } }

  /// The whole number, if it is one and fits.
  public var integer: Int? {
    switch self {
    case .unsigned(let value): Int(exactly: value)
    case .signed(let value): Int(exactly: value)
    default: nil
    }
  }
}

/// Reads the values of a GGUF file in sequence, never past its end.
struct GGUFReader {
  /// Lists up to this length are kept; no setting of an image model needs a longer list.
  private static let longestList = 4096
  /// The maximum depth of nested lists: the format allows any depth, but no file needs more.
  private static let deepest = 4

  /// The file's name for messages.
  let fileName: String
  private let data: Data
  /// Bytes read so far.
  private(set) var position = 0

  init(_ data: Data, file: String) {
    self.data = data
    fileName = file
  }

  private var remaining: Int { data.count - position }

  mutating func word(_ what: String) throws -> UInt32 { UInt32(try bits(4, what)) }

  mutating func long(_ what: String) throws -> UInt64 { try bits(8, what) }

  /// The number of items that follow, each of which takes at least `size` bytes.
  ///
  /// The file cannot contain more items than that, so a false count is detected before any memory is allocated.
  mutating func count(_ what: String, ofSize size: Int) throws -> Int {
    let claimed = try long(what)
    guard claimed <= UInt64(remaining / size), let count = Int(exactly: claimed) else {
      throw malformed(
        "\(what) that fits in the file", "\(claimed), with \(remaining) bytes left")
    }
    return count
  }

  /// Text: its length in 8 bytes, and UTF-8.
  mutating func text(_ what: String) throws -> String {
    let length = try count("a length of \(what)", ofSize: 1)
    guard let text = String(validating: try take(length, what), as: UTF8.self) else {
      throw malformed("UTF-8 in \(what)", "invalid bytes")
    }
    return text
  }

  /// The value of a metadata key, preceded by its type.
  mutating func value(of key: String) throws -> GGUFValue {
    try value(type: try word("the type of a value"), key: key, depth: 0)
  }

  private mutating func value(type: UInt32, key: String, depth: Int) throws -> GGUFValue {
    let what = "a value"
    switch type {
    case 0: return .unsigned(try bits(1, what))
    case 1: return .signed(Int64(Int8(truncatingIfNeeded: try bits(1, what))))
    case 2: return .unsigned(try bits(2, what))
    case 3: return .signed(Int64(Int16(truncatingIfNeeded: try bits(2, what))))
    case 4: return .unsigned(try bits(4, what))
    case 5: return .signed(Int64(Int32(truncatingIfNeeded: try bits(4, what))))
    case 6: return .number(Double(Float(bitPattern: UInt32(try bits(4, what)))))
    case 7:
      let byte = try bits(1, what)
      guard byte <= 1 else { throw malformed("0 or 1 for false or true", "\(byte)", key: key) }
      return .flag(byte == 1)
    case 8: return .text(try text("a value"))
    case 9: return try list(key: key, depth: depth)
    case 10: return .unsigned(try bits(8, what))
    case 11: return .signed(Int64(bitPattern: try bits(8, what)))
    case 12: return .number(Double(bitPattern: try bits(8, what)))
    default: throw malformed("a type of value from 0 to 12", "\(type)", key: key)
    }
  }

  private mutating func list(key: String, depth: Int) throws -> GGUFValue {
    guard depth < Self.deepest else {
      throw malformed("lists nested at most \(Self.deepest) deep", "deeper nesting", key: key)
    }
    let type = try word("the type of a list")
    let length = try count("a length of a list", ofSize: Self.smallest(type))
    var kept: [GGUFValue] = []
    for _ in 0..<length {
      let value = try value(type: type, key: key, depth: depth + 1)
      if length <= Self.longestList { kept.append(value) }
    }
    return length <= Self.longestList ? .list(kept) : .longList(length)
  }

  /// The minimum number of bytes that a value of a type takes.
  private static func smallest(_ type: UInt32) -> Int {
    switch type {
    case 2, 3: 2
    case 4, 5, 6: 4
    case 8, 10, 11, 12: 8
    case 9: 12
    default: 1
    }
  }

  private mutating func bits(_ size: Int, _ what: String) throws -> UInt64 {
    let start = try advance(size, what)
    // A file may have millions of numbers to skip; creating a slice for each would take seconds.
    return data.withUnsafeBytes { bytes in
      bytes[start..<start + size].reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    }
  }

  private mutating func take(_ size: Int, _ what: String) throws -> Data {
    let start = data.startIndex + (try advance(size, what))
    return data[start..<start + size]
  }

  /// Skips bytes that must exist, and returns where they begin.
  private mutating func advance(_ size: Int, _ what: String) throws -> Int {
    guard size <= remaining else {
      throw malformed("\(what) at byte \(position)", "a file that ends at byte \(data.count)")
    }
    defer { position += size }
    return position
  }

  func malformed(_ expected: String, _ found: String, key: String? = nil) -> CheckpointError {
    CheckpointError(
      .malformed, file: fileName, key: key, expected: expected, found: found,
      advice: CheckpointError.downloadAgain)
  }
}

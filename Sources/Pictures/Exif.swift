import Foundation

/// The Exif 2.3 data of a picture's file: directories of entries in a TIFF structure.
struct Exif {
  private let bytes: [UInt8]
  private let isLittle: Bool

  private enum Tag {
    static let description = 0x010e
    static let make = 0x010f
    static let model = 0x0110
    static let orientation = 0x0112
    static let directory = 0x8769
    static let userComment = 0x9286
  }

  /// A TIFF structure; `nil` if the bytes do not begin like one.
  init?(_ bytes: [UInt8]) {
    // In other formats too, some programs write the name of the JPEG segment before it.
    let name = Array("Exif\0\0".utf8)
    let tiff = bytes.starts(with: name) ? Array(bytes.dropFirst(name.count)) : bytes
    isLittle = tiff.starts(with: [0x49, 0x49, 42, 0])
    guard isLittle || tiff.starts(with: [0x4d, 0x4d, 0, 42]) else { return nil }
    self.bytes = tiff
  }

  /// The rotation that the picture needs; upright if the value is missing or invalid.
  var orientation: Orientation {
    number(at: 4, bytes: 4)
      .flatMap { place(of: Tag.orientation, in: $0) }
      .flatMap { number(at: $0 + 8, bytes: 2) }
      .flatMap(Orientation.init(rawValue:)) ?? .upright
  }

  /// The comment, and the text that ComfyUI writes as the camera's name.
  var texts: [TextChunk] {
    guard let first = number(at: 4, bytes: 4) else { return [] }
    var texts: [TextChunk] = []
    if let place = place(of: Tag.directory, in: first),
      let second = number(at: place + 8, bytes: 4),
      let comment = value(of: Tag.userComment, in: second),
      let text = comment.isEmpty ? nil : text(comment)
    {
      texts.append(TextChunk(keyword: PictureTexts.commentKeyword, text: text))
    }
    for tag in [Tag.description, Tag.make, Tag.model] {
      guard let value = value(of: tag, in: first) else { continue }
      let text = Self.plain(value)
      let mark = "prompt:"
      guard text.lowercased().hasPrefix(mark) else { continue }
      texts.append(TextChunk(keyword: "prompt", text: String(text.dropFirst(mark.count))))
    }
    return texts
  }

  // MARK: Entries

  private func number(at offset: Int, bytes count: Int) -> Int? {
    guard offset >= 0, offset <= bytes.count - count else { return nil }
    let field = bytes[offset..<(offset + count)]
    return isLittle
      ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
  }

  /// The start of a tag's entry in the directory at an offset: tag, type, count, and the value or its offset.
  private func place(of tag: Int, in directory: Int) -> Int? {
    guard let count = number(at: directory, bytes: 2) else { return nil }
    return (0..<count).lazy.map { directory + 2 + $0 * 12 }
      .prefix { $0 <= bytes.count - 12 }
      .first { number(at: $0, bytes: 2) == tag }
  }

  /// The bytes of an entry of single bytes; `nil` if they are not inside the structure.
  private func value(of tag: Int, in directory: Int) -> [UInt8]? {
    guard let place = place(of: tag, in: directory), let type = number(at: place + 2, bytes: 2),
      let count = number(at: place + 4, bytes: 4)
    else { return nil }
    // Bytes, ASCII, and bytes of any kind.
    guard [1, 2, 7].contains(type) else { return nil }
    guard let start = count <= 4 ? place + 8 : number(at: place + 8, bytes: 4), start >= 0,
      start <= bytes.count, count <= bytes.count - start
    else { return nil }
    return Array(bytes[start..<(start + count)])
  }

  // MARK: Text

  /// A comment: eight bytes for its encoding, then the text.
  private func text(_ comment: [UInt8]) -> String? {
    let (code, rest) = (comment.prefix(8), Array(comment.dropFirst(8)))
    if code.elementsEqual(Array("UNICODE\0".utf8)) { return utf16(rest) }
    if code.elementsEqual(Array("ASCII\0\0\0".utf8)) { return Self.plain(rest) }
    if code.elementsEqual([UInt8](repeating: 0, count: 8)) {
      // No encoding is given: every other byte of UTF-16 is zero for Latin letters.
      return rest.dropLast().contains(0) ? utf16(rest) : Self.plain(rest)
    }
    if code.elementsEqual(Array("JIS\0\0\0\0\0".utf8)) { return nil }
    return Self.plain(comment)
  }

  /// UTF-16 in either byte order: according to its mark, or else in the order that gives more ASCII, since settings are
  /// ASCII.
  private func utf16(_ bytes: [UInt8]) -> String {
    let pairs = stride(from: 0, to: bytes.count - 1, by: 2).map {
      (UInt16(bytes[$0]), UInt16(bytes[$0 + 1]))
    }
    let big = pairs.map { $0 << 8 | $1 }
    let little = pairs.map { $1 << 8 | $0 }
    let mark: UInt16 = 0xfeff
    let isLittle: Bool
    if big.first == mark || little.first == mark {
      isLittle = little.first == mark
    } else {
      func ascii(_ units: [UInt16]) -> Int { units.count { (1..<0x80).contains($0) } }
      let (bigs, littles) = (ascii(big), ascii(little))
      isLittle = bigs == littles ? self.isLittle : littles > bigs
    }
    let units = (isLittle ? little : big).filter { $0 != mark && $0 != 0 }
    return String(decoding: units, as: UTF16.self)
  }

  private static func plain(_ bytes: [UInt8]) -> String {
    SingleByteText.string(bytes.filter { $0 != 0 })
  }
}

/// Texts in formats whose standard encoding is Latin-1, and which many programs write as UTF-8.
enum SingleByteText {
  /// UTF-8 if the bytes are valid, otherwise Latin-1.
  static func string(_ bytes: [UInt8]) -> String {
    if let text = String(validating: bytes, as: UTF8.self) { return text }
    var scalars = String.UnicodeScalarView()
    scalars.append(contentsOf: bytes.lazy.map { Unicode.Scalar($0) })
    return String(scalars)
  }

  /// The bytes in Latin-1; `nil` if it lacks a letter, or if ``string(_:)`` would decode them differently.
  static func latin1(_ text: String) -> [UInt8]? {
    guard text.unicodeScalars.allSatisfy({ $0.value < 256 }) else { return nil }
    let bytes = text.unicodeScalars.map { UInt8($0.value) }
    let isRead = bytes.allSatisfy { $0 < 0x80 } || String(validating: bytes, as: UTF8.self) == nil
    return isRead ? bytes : nil
  }
}

extension Exif {
  /// A big-endian TIFF structure with only a comment.
  static func tiff(comment: String) -> [UInt8] {
    func entry(_ tag: Int, type: Int, count: Int, value: Int) -> [UInt8] {
      number(tag, 2) + number(type, 2) + number(count, 4) + number(value, 4)
    }
    func number(_ value: Int, _ count: Int) -> [UInt8] {
      (0..<count).reversed().map { UInt8(truncatingIfNeeded: value >> ($0 * 8)) }
    }
    let text = Array("UNICODE\0".utf8) + comment.utf16.flatMap { number(Int($0), 2) }
    // Each directory is a count, one entry and no link to another: 18 bytes.
    let (first, second) = (8, 26)
    return [0x4d, 0x4d] + number(42, 2) + number(first, 4)
      + number(1, 2) + entry(Tag.directory, type: 4, count: 1, value: second) + number(0, 4)
      + number(1, 2) + entry(Tag.userComment, type: 7, count: text.count, value: second + 18)
      + number(0, 4) + text
  }
}

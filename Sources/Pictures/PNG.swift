import CPNG
import Files
import Foundation

/// A text stored in a PNG under a keyword.
public struct TextChunk: Sendable, Hashable {
  /// 1 to 79 Latin-1 characters, such as `parameters`.
  public var keyword: String
  /// The text. Latin-1 goes into a `tEXt` chunk, unless it could be mistaken for UTF-8; any other text goes into an
  /// `iTXt` chunk.
  public var text: String

  /// A text under a keyword.
  public init(keyword: String, text: String) {
    self.keyword = keyword
    self.text = text
  }
}

/// A PNG that cannot be read or written.
public struct PNGError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file, or its name in messages.
  public let file: String
  /// The reason.
  public let reason: String
  /// Whether it failed while writing instead of reading.
  public let isWriting: Bool

  init(file: String, reason: String, isWriting: Bool = false) {
    self.file = file
    self.reason = reason
    self.isWriting = isWriting
  }

  /// A sentence for people.
  public var description: String {
    "\(file) cannot be \(isWriting ? "written" : "read") as a PNG picture: \(reason)"
  }
}

/// PNG files (ISO/IEC 15948), through libpng.
public enum PNG {
  /// The maximum width and height to read.
  public static let largestSide = 16384

  /// The bytes of a PNG file.
  ///
  /// - Throws: ``PNGError`` when memory runs out.
  public static func encode(_ picture: Picture, text: [TextChunk] = []) throws -> Data {
    var bytes = hl_png_bytes()
    var message = [CChar](repeating: 0, count: 200)
    // A zero byte would end a C string early; no text contains one.
    let plain = text.map { chunk in chunk.text.filter { $0 != "\0" } }
    let latin = plain.map(SingleByteText.latin1)
    let contents = zip(plain, latin).map { text, latin in (latin ?? Array(text.utf8)) + [0] }
    let keywords = text.map { Array($0.keyword.utf8.prefix(79)) + [0] }
    let failed = withPointers(keywords) { keywords in
      withPointers(contents) { contents in
        hl_png_write(
          picture.pixels, UInt32(picture.width), UInt32(picture.height), keywords, contents,
          latin.map { $0 == nil ? 0 : 1 }, Int32(text.count), &bytes, &message, message.count)
      }
    }
    defer { free(bytes.bytes) }
    guard failed == 0, let start = bytes.bytes else {
      throw PNGError(file: "the picture", reason: string(message), isWriting: true)
    }
    return Data(bytes: start, count: bytes.count)
  }

  /// The picture and the texts in a PNG file's bytes; transparent parts are placed on white.
  ///
  /// The first 128 texts are read; texts over 1 MiB, and those beyond 8 MiB in total, are left out.
  ///
  /// - Parameters:
  ///   - data: The bytes.
  ///   - name: The file's name in messages.
  /// - Throws: ``PNGError`` when it is not a PNG, or is broken, cut short or too large.
  public static func decode(_ data: Data, name: String) throws -> (
    picture: Picture, text: [TextChunk]
  ) {
    guard data.starts(with: signature) else {
      throw PNGError(
        file: name, reason: data.isEmpty ? "the file is empty" : "it has no PNG signature")
    }
    var image = try read(data, name: name, keepsAlpha: false)
    defer { hl_png_free(&image) }
    let count = Int(image.width) * Int(image.height) * 3
    let pixels = Array(UnsafeBufferPointer(start: image.pixels, count: count))
    let chunks = (0..<Int(image.text_count)).compactMap { index -> TextChunk? in
      guard let keyword = image.keywords[index], let text = image.texts[index] else { return nil }
      // Both are decoded in the same way, because many programs write UTF-8 instead of Latin-1.
      return TextChunk(keyword: string(at: keyword), text: string(at: text + 1))
    }
    return (
      Picture(width: Int(image.width), height: Int(image.height), pixels: pixels), chunks
    )
  }

  static let signature: [UInt8] = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a]

  /// The picture in a PNG file's bytes, with its transparency.
  ///
  /// - Throws: ``PNGError`` when it is broken, cut short or too large.
  static func decodeCutout(_ data: Data, name: String) throws(PNGError) -> Cutout {
    var image = try read(data, name: name, keepsAlpha: true)
    defer { hl_png_free(&image) }
    let count = Int(image.width) * Int(image.height) * 4
    return Cutout(
      width: Int(image.width), height: Int(image.height),
      pixels: Array(UnsafeBufferPointer(start: image.pixels, count: count)))
  }

  /// The caller must free the image.
  private static func read(
    _ data: Data, name: String, keepsAlpha: Bool
  ) throws(PNGError) -> hl_png_image {
    var image = hl_png_image()
    var message = [CChar](repeating: 0, count: 200)
    let failed = data.withUnsafeBytes { bytes in
      hl_png_read(
        bytes.baseAddress, bytes.count, UInt32(largestSide), keepsAlpha ? 1 : 0, &image, &message,
        message.count)
    }
    guard failed == 0 else { throw PNGError(file: name, reason: string(message)) }
    return image
  }

  /// The picture and the texts of a PNG file.
  ///
  /// - Throws: ``PNGError`` when it is not a valid PNG, ``FileError`` when it cannot be read.
  public static func read(contentsOf url: URL) throws -> (picture: Picture, text: [TextChunk]) {
    // A file that is not a PNG may be gigabytes, so its beginning is checked first.
    let head = try SafeFile.read(url, first: signature.count)
    let isOne = head.starts(with: signature)
    return try decode(isOne ? try SafeFile.read(url) : head, name: url.path)
  }

  private static func string(at text: UnsafePointer<CChar>) -> String {
    var bytes: [UInt8] = []
    var place = text
    while place.pointee != 0 {
      bytes.append(UInt8(bitPattern: place.pointee))
      place += 1
    }
    return SingleByteText.string(bytes)
  }

  private static func string(_ message: [CChar]) -> String {
    String(decoding: message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  /// Calls `body` with C strings that are valid during the call.
  private static func withPointers<R>(
    _ strings: [[UInt8]], _ body: ([UnsafePointer<CChar>?]) -> R
  ) -> R {
    let joined = strings.flatMap { $0 }
    return joined.withUnsafeBytes { buffer in
      var offset = 0
      let pointers = strings.map { string -> UnsafePointer<CChar>? in
        defer { offset += string.count }
        return buffer.baseAddress.map { ($0 + offset).assumingMemoryBound(to: CChar.self) }
      }
      return body(pointers)
    }
  }
}

import Files
import Foundation

/// The texts in a picture's file of any kind, besides its pixels.
public enum PictureTexts {
  /// The keyword for Adobe's XMP, as in PNG.
  package static let xmpKeyword = "XML:com.adobe.xmp"
  /// The keyword for the Exif comment.
  package static let commentKeyword = "UserComment"
  /// The maximum size of a part of a file in bytes.
  static let longestPart = 8 << 20

  /// The texts in a picture's file of any supported kind.
  ///
  /// - Throws: `PNGError` when it is a broken PNG, ``PictureFileError`` when it is none of these kinds, `FileError`
  ///   when it cannot be read.
  public static func read(contentsOf url: URL) throws -> [TextChunk] {
    // A file that is not a picture may be gigabytes, so its beginning is checked first.
    let head = try SafeFile.read(url, first: UnreadFormat.headBytes)
    let isPicture = PictureFile.Format(head) != nil
    let data = isPicture ? try SafeFile.read(url, limit: PictureFile.longestFile) : head
    return try read(data, name: url.path)
  }

  /// The texts in a file's bytes.
  ///
  /// - Parameters:
  ///   - data: The bytes.
  ///   - name: The file's name in messages.
  /// - Throws: Like ``read(contentsOf:)``.
  public static func read(_ data: Data, name: String) throws -> [TextChunk] {
    guard let format = PictureFile.Format(data) else {
      throw PictureFileError(unknown: data, file: name)
    }
    var texts = format == .png ? try PNG.decode(data, name: name).text : []
    let parts = FileParts(data, format)
    texts += parts.exif.flatMap(Exif.init)?.texts ?? []
    if let xmp = parts.xmp, format != .png {
      texts.append(TextChunk(keyword: xmpKeyword, text: SingleByteText.string(xmp)))
    }
    if let comment = parts.comment {
      texts.append(TextChunk(keyword: commentKeyword, text: SingleByteText.string(comment)))
    }
    return texts
  }
}

/// The parts of a picture's file that are neither pixels nor needed to decode them.
struct FileParts {
  /// The Exif part.
  private(set) var exif: [UInt8]?
  /// Adobe's XMP, an XML document.
  private(set) var xmp: [UInt8]?
  /// A GIF's comment.
  private(set) var comment: [UInt8]?

  /// The first parts of each kind; a part that extends beyond the file ends the search.
  init(_ data: Data, _ format: PictureFile.Format) {
    switch format {
    case .png: readPNG(data)
    case .jpeg: readJPEG([UInt8](data.prefix(1 << 20)))
    case .webp: readWebP(data)
    case .gif: readGIF(data)
    case .bmp: break
    }
  }

  private mutating func readPNG(_ data: Data) {
    var place = PNG.signature.count
    while let head = Self.bytes(data, place, 8) {
      let length = head[..<4].reduce(0) { $0 << 8 | Int($1) }
      if exif == nil, head[4...].elementsEqual(Array("eXIf".utf8)) {
        exif = Self.bytes(data, place + 8, length)
      }
      place += 12 + length
    }
  }

  private mutating func readWebP(_ data: Data) {
    var place = 12
    while let head = Self.bytes(data, place, 8) {
      let length = head[4...].reversed().reduce(0) { $0 << 8 | Int($1) }
      if exif == nil, head[..<4].elementsEqual(Array("EXIF".utf8)) {
        exif = Self.bytes(data, place + 8, length)
      } else if xmp == nil, head[..<4].elementsEqual(Array("XMP ".utf8)) {
        xmp = Self.bytes(data, place + 8, length)
      }
      place += 8 + length + length % 2
    }
  }

  /// Reads the blocks before the first frame, where AUTOMATIC1111 and others write their settings.
  private mutating func readGIF(_ data: Data) {
    guard let screen = Self.bytes(data, 6, 7) else { return }
    var place = 13 + (screen[4] & 0x80 == 0 ? 0 : 3 << (Int(screen[4] & 7) + 1))
    while let head = Self.bytes(data, place, 2), head[0] == 0x21 {
      place += 2
      var text: [UInt8] = []
      while let length = Self.bytes(data, place, 1)?.first, length > 0 {
        if head[1] == 0xfe, text.count < PictureTexts.longestPart {
          text += Self.bytes(data, place + 1, Int(length)) ?? []
        }
        place += 1 + Int(length)
      }
      place += 1
      if head[1] == 0xfe, comment == nil, !text.isEmpty { comment = text }
    }
  }

  private mutating func readJPEG(_ bytes: [UInt8]) {
    let (exifName, xmpName) = (Array("Exif\0\0".utf8), Array("http://ns.adobe.com/xap/1.0/\0".utf8))
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xff {
      let marker = bytes[place + 1]
      if marker == 0xff {
        place += 1
        continue
      }
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      let end = place + 2 + length
      guard marker != 0xda, length >= 2, end <= bytes.count else { return }
      let segment = bytes[(place + 4)..<end]
      if marker == 0xe1, exif == nil, segment.starts(with: exifName) {
        exif = Array(segment.dropFirst(exifName.count))
      } else if marker == 0xe1, xmp == nil, segment.starts(with: xmpName) {
        xmp = Array(segment.dropFirst(xmpName.count))
      }
      place = end
    }
  }

  private static func bytes(_ data: Data, _ offset: Int, _ count: Int) -> [UInt8]? {
    guard count <= PictureTexts.longestPart, offset <= data.count - count else { return nil }
    let start = data.startIndex + offset
    return [UInt8](data[start..<(start + count)])
  }
}

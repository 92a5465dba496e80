import Files
import Foundation

/// A picture file that cannot be used.
public struct PictureFileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file.
  public let file: String
  /// What was expected.
  public let expected: String
  /// What was found instead.
  public let found: String
  /// What to do next.
  public let advice: String

  /// One sentence with the file and what was expected and found, and one with what to do.
  public var description: String { "\(file): expected \(expected), found \(found). \(advice)." }
}

extension PictureFileError {
  /// A file in no supported picture format.
  init(unknown data: Data, file: String) {
    let other = UnreadFormat(data)
    self.init(
      file: file, expected: "a \(PictureFile.kinds) picture",
      found: data.isEmpty
        ? "an empty file"
        : other.map { "\($0.article) \($0.rawValue) picture" }
          ?? "an unknown format",
      advice: other.map { "\($0.rawValue) is not supported: convert it to PNG" }
        ?? "Convert it to one of these, or remove it")
  }
}

/// Picture files of all supported kinds, detected by their first bytes and not by their names.
public enum PictureFile {
  /// The kinds of files that can be read.
  public enum Format: String, Sendable, Hashable, CaseIterable {
    case png = "PNG"
    case jpeg = "JPEG"
    case webp = "WebP"
    case gif = "GIF"
    case bmp = "BMP"

    /// The kind that begins with these bytes, or `nil` if there is none.
    public init?(_ data: Data) {
      if data.starts(with: PNG.signature) {
        self = .png
      } else if data.starts(with: [0xff, 0xd8, 0xff]) {
        self = .jpeg
      } else if data.starts(with: Array("RIFF".utf8)),
        data.dropFirst(8).starts(with: Array("WEBP".utf8))
      {
        self = .webp
      } else if ["GIF87a", "GIF89a"].contains(where: { data.starts(with: Array($0.utf8)) }) {
        self = .gif
      } else if BMP.isOne(data) {
        self = .bmp
      } else {
        return nil
      }
    }
  }

  /// The kinds as a list that ends in "or".
  public static let kinds = "PNG, JPEG, WebP, GIF or BMP"
  /// The extensions of these kinds, in lower case.
  public static let extensions: Set = ["png", "jpg", "jpeg", "webp", "gif", "bmp"]

  /// The maximum width and height to read.
  public static let largestSide = PNG.largestSide
  /// The maximum number of pixels of a picture: 256 MiB of memory.
  public static let mostPixels = 1 << 26
  /// Whether a picture of this size is read.
  public static func reads(width: Int, height: Int) -> Bool {
    let sides = 1...largestSide
    return sides.contains(width) && sides.contains(height) && width * height <= mostPixels
  }

  /// The maximum size of a file in bytes.
  public static let longestFile = 256 << 20

  /// The picture in a file, with its alpha, turned as its Exif orientation says; of an animation, the first frame.
  ///
  /// - Throws: ``PictureFileError`` when it is not a picture, or is broken, cut short or too large, which is checked
  ///   before any memory is allocated for it; `FileError` when the file cannot be read.
  public static func read(contentsOf url: URL) throws -> Cutout {
    try decode(try SafeFile.read(url, limit: longestFile), name: url.path)
  }

  /// The picture of a file's bytes, with its alpha, turned as its Exif orientation says; of an animation, the first
  /// frame.
  ///
  /// - Parameters:
  ///   - data: The bytes.
  ///   - name: The file's name in messages.
  /// - Throws: ``PictureFileError`` when it is not a picture, or is broken, cut short or too large.
  public static func decode(_ data: Data, name: String) throws(PictureFileError) -> Cutout {
    guard let format = Format(data) else {
      throw PictureFileError(unknown: data, file: name)
    }
    do {
      let (width, height) = try size(data, format)
      guard reads(width: width, height: height) else {
        throw PictureFileError(
          file: name,
          expected: "1 to \(largestSide) pixels a side and \(mostPixels) in all",
          found: "\(width)x\(height)", advice: "Make the picture smaller, or remove it")
      }
      let stored =
        switch format {
        case .png: try PNG.decodeCutout(data, name: name)
        case .jpeg: try JPEG.decode(data, width: width, height: height)
        case .webp: try WebP.decode(data, width: width, height: height)
        case .gif: try GIF.decode(data, width: width, height: height)
        case .bmp: try BMP.decode(data)
        }
      return stored.upright(from: Orientation(of: data, format))
    } catch let error as PictureFileError {
      throw error
    } catch {
      let reason = (error as? CodecFailure)?.reason ?? (error as? PNGError)?.reason ?? "\(error)"
      throw PictureFileError(
        file: name, expected: "a whole \(format.rawValue) picture",
        found: "one that cannot be read: \(reason)",
        advice: "Copy or save the picture again, or remove it")
    }
  }

  private static func size(
    _ data: Data, _ format: Format
  ) throws(CodecFailure) -> (width: Int, height: Int) {
    switch format {
    case .png:
      let header = data.dropFirst(PNG.signature.count)
      guard header.count >= 16, header.dropFirst(4).starts(with: Array("IHDR".utf8)) else {
        throw CodecFailure(reason: "the file ends too early")
      }
      let number = { (place: Int) in
        header.dropFirst(place).prefix(4).reduce(0) { $0 << 8 | Int($1) }
      }
      return (number(8), number(12))
    case .jpeg: return try JPEG.size(data)
    case .webp: return try WebP.size(data)
    case .gif: return try GIF.size(data)
    case .bmp: return try BMP.size(data)
    }
  }
}

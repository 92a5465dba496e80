import Foundation

/// Picture formats that are recognised by their first bytes but not supported.
enum UnreadFormat: String, CaseIterable {
  case avif = "AVIF"
  case heic = "HEIC"
  case jpegXL = "JPEG XL"
  case svg = "SVG"
  case tiff = "TIFF"

  /// How many of a file's first bytes are read.
  static let headBytes = 1024

  /// The kind that begins with these bytes, or `nil` if there is none.
  init?(_ data: Data) {
    let head = [UInt8](data.prefix(Self.headBytes))
    if head.starts(with: [0x49, 0x49, 42, 0]) || head.starts(with: [0x4d, 0x4d, 0, 42]) {
      self = .tiff
    } else if head.starts(with: [0xff, 0x0a])
      || head.starts(with: [0, 0, 0, 12] + Array("JXL ".utf8))
    {
      self = .jpegXL
    } else if head.dropFirst(4).starts(with: Array("ftyp".utf8)) {
      // ISO base media files (ISO/IEC 14496-12): a brand, a version, then all brands of the file.
      let length = head.prefix(4).reduce(0) { $0 << 8 | Int($1) }
      let end = max(12, min(length, head.count))
      let brands = stride(from: 8, to: end, by: 4).map {
        String(decoding: head.dropFirst($0).prefix(4), as: UTF8.self)
      }
      if brands.contains(where: ["avif", "avis"].contains) {
        self = .avif
      } else if brands.contains(where: ["heic", "heix", "hevc", "hevx", "heim", "heis"].contains) {
        self = .heic
      } else {
        return nil
      }
    } else if String(decoding: head, as: UTF8.self).contains("<svg") {
      self = .svg
    } else {
      return nil
    }
  }

  /// The article before the name.
  var article: String { self == .avif || self == .svg ? "an" : "a" }
}

import CWebP
import Foundation

/// WebP files, with and without loss, through libwebp.
enum WebP {
  private static let codec = Codec(size: hl_webp_size, read: hl_webp_read)

  /// The size that a file's header says.
  static func size(_ data: Data) throws(CodecFailure) -> (width: Int, height: Int) {
    try codec.size(of: data)
  }

  /// The picture as it is stored, whose size must be what ``size(_:)`` says.
  static func decode(_ data: Data, width: Int, height: Int) throws(CodecFailure) -> Cutout {
    try codec.decode(data, width: width, height: height)
  }
}

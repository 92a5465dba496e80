import CWebP
import Foundation

/// WebP files, with and without loss, through libwebp.
enum WebP {
  /// The size that a file's header says.
  static func size(_ data: Data) throws(CodecFailure) -> (width: Int, height: Int) {
    var (width, height) = (UInt32(0), UInt32(0))
    try CodecFailure.check { message, length in
      data.withUnsafeBytes {
        hl_webp_size($0.baseAddress, $0.count, &width, &height, message, length)
      }
    }
    return (Int(width), Int(height))
  }

  /// The picture, whose size must be what ``size(_:)`` says.
  static func decode(
    _ data: Data, width: Int, height: Int
  ) throws(CodecFailure) -> Cutout {
    var pixels = [UInt8](repeating: 0, count: width * height * 4)
    try CodecFailure.check { message, length in
      data.withUnsafeBytes {
        hl_webp_read(
          $0.baseAddress, $0.count, UInt32(width), UInt32(height), &pixels, message, length)
      }
    }
    return Cutout(width: width, height: height, pixels: pixels)
  }
}

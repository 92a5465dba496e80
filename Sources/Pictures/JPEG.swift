import CJPEG
import Foundation

/// JPEG files, through libjpeg.
enum JPEG {
  private static let codec = Codec(size: hl_jpeg_size, read: hl_jpeg_read)

  /// The size in a file's header.
  static func size(_ data: Data) throws(CodecFailure) -> (width: Int, height: Int) {
    try codec.size(of: data)
  }

  /// The picture as stored, whose size must equal ``size(_:)``.
  static func decode(_ data: Data, width: Int, height: Int) throws(CodecFailure) -> Cutout {
    try codec.decode(data, width: width, height: height)
  }
}

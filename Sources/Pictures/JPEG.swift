import CJPEG
import Foundation

/// JPEG files, through libjpeg.
enum JPEG {
  /// The size that a file's header says, before it is turned upright.
  static func size(_ data: Data) throws(CodecFailure) -> (width: Int, height: Int) {
    var (width, height) = (UInt32(0), UInt32(0))
    try CodecFailure.check { message, length in
      data.withUnsafeBytes {
        hl_jpeg_size($0.baseAddress, $0.count, &width, &height, message, length)
      }
    }
    return (Int(width), Int(height))
  }

  /// The picture upright, whose size must be what ``size(_:)`` says.
  static func decode(
    _ data: Data, width: Int, height: Int
  ) throws(CodecFailure) -> Cutout {
    var pixels = [UInt8](repeating: 0, count: width * height * 4)
    try CodecFailure.check { message, length in
      data.withUnsafeBytes {
        hl_jpeg_read(
          $0.baseAddress, $0.count, UInt32(width), UInt32(height), &pixels, message, length)
      }
    }
    return Cutout(width: width, height: height, pixels: pixels)
      .upright(from: Orientation(ofJPEG: data))
  }
}

/// What a library says against a file.
struct CodecFailure: Error {
  var reason: String

  /// Calls a C function that returns 0, or another number and a message.
  static func check(
    _ body: (_ message: UnsafeMutablePointer<CChar>?, _ length: Int) -> Int32
  ) throws(CodecFailure) {
    var message = [CChar](repeating: 0, count: 256)
    let failed = message.withUnsafeMutableBufferPointer { body($0.baseAddress, $0.count) }
    guard failed != 0 else { return }
    let bytes = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
    throw CodecFailure(reason: String(decoding: bytes, as: UTF8.self))
  }
}

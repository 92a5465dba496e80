import Foundation

/// A library that reads pictures, through two C functions that return 0 on success, and otherwise an error number and a
/// message.
struct Codec: Sendable {
  /// Reads the width and height from a file's header.
  typealias Size =
    @Sendable (
      _ bytes: UnsafePointer<UInt8>?, _ count: Int, _ width: UnsafeMutablePointer<UInt32>?,
      _ height: UnsafeMutablePointer<UInt32>?, _ message: UnsafeMutablePointer<CChar>?,
      _ length: Int
    ) -> Int32
  /// Decodes `(height, width, 4)` into memory of that size.
  typealias Read =
    @Sendable (
      _ bytes: UnsafePointer<UInt8>?, _ count: Int, _ width: UInt32, _ height: UInt32,
      _ pixels: UnsafeMutablePointer<UInt8>?, _ message: UnsafeMutablePointer<CChar>?,
      _ length: Int
    ) -> Int32

  let size: Size
  let read: Read

  /// The size in a file's header.
  func size(of data: Data) throws(CodecFailure) -> (width: Int, height: Int) {
    var (width, height) = (UInt32(0), UInt32(0))
    try CodecFailure.check { message, length in
      data.withUnsafeBytes { bytes in
        bytes.withMemoryRebound(to: UInt8.self) {
          size($0.baseAddress, $0.count, &width, &height, message, length)
        }
      }
    }
    return (Int(width), Int(height))
  }

  /// The picture, whose size must equal ``size(of:)``.
  func decode(_ data: Data, width: Int, height: Int) throws(CodecFailure) -> Cutout {
    var pixels = [UInt8](repeating: 0, count: width * height * 4)
    try CodecFailure.check { message, length in
      data.withUnsafeBytes { bytes in
        bytes.withMemoryRebound(to: UInt8.self) {
          read($0.baseAddress, $0.count, UInt32(width), UInt32(height), &pixels, message, length)
        }
      }
    }
    return Cutout(width: width, height: height, pixels: pixels)
  }
}

/// A library's error message about a file.
struct CodecFailure: Error {
  var reason: String

  /// Calls a C function that returns 0 on success, and otherwise an error number and a message.
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

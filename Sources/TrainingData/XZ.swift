import CLZMA
import Foundation

/// Files compressed by `xz`, through liblzma.
enum XZ {
  /// The uncompressed bytes of a file.
  ///
  /// - Parameters:
  ///   - name: The file's name in messages.
  ///   - limit: The maximum plausible size in bytes, so that a small file cannot fill the memory.
  /// - Throws: ``TrainingDataError`` when it is damaged, cut short or larger than the limit.
  static func unpack(_ data: Data, name: String, limit: Int) throws(TrainingDataError) -> Data {
    var result: UnsafeMutablePointer<UInt8>?
    var (count, message) = (0, [CChar](repeating: 0, count: 256))
    let failed = data.withUnsafeBytes {
      hl_xz_unpack($0.baseAddress, $0.count, limit, &result, &count, &message, message.count)
    }
    guard failed == 0, let result else {
      let bytes = message.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }
      throw TrainingDataError(
        file: name, expected: "a whole .xz file of at most \(limit >> 20) MiB once unpacked",
        found: String(decoding: bytes, as: UTF8.self),
        advice: "Copy or download the file again")
    }
    return Data(bytesNoCopy: result, count: count, deallocator: .free)
  }
}

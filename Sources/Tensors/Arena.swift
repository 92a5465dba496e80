#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A block of memory aligned for vectors, given back when the last user lets go.
final class Arena {
  let base: UnsafeMutableRawPointer
  let bytes: Int

  init(bytes: Int) throws {
    var pointer: UnsafeMutableRawPointer?
    guard bytes >= 0, posix_memalign(&pointer, 64, max(64, bytes)) == 0, let pointer else {
      throw EngineError(operation: "reserving \(bytes) bytes", status: EngineError.noMemory)
    }
    base = pointer
    self.bytes = bytes
  }

  convenience init(_ values: [Float]) throws {
    try self.init(bytes: values.count * 4)
    values.withUnsafeBytes { source in
      if let from = source.baseAddress { base.copyMemory(from: from, byteCount: source.count) }
    }
  }

  /// `count` floats of zero.
  convenience init(zeros count: Int) throws {
    try self.init(bytes: count * 4)
    floats.update(repeating: 0, count: count)
  }

  deinit { free(base) }

  var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}

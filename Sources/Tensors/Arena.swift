#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A block of memory aligned for vectors, given back when the last user lets go.
///
/// A large one is mapped for itself, in large pages where the system has them: they are there at once, and a network's
/// weights need few entries in the processor's table of pages.
final class Arena {
  let base: UnsafeMutableRawPointer
  let bytes: Int
  /// Bytes of the mapping; 0 for a block of the heap.
  private let mapped: Int

  /// From here on a block is mapped for itself.
  private static let large = 2 << 20

  init(bytes: Int) throws {
    func failure() -> EngineError {
      EngineError(operation: "reserving \(bytes) bytes", status: EngineError.noMemory)
    }
    guard bytes >= 0 else { throw failure() }
    self.bytes = bytes
    if bytes >= Arena.large {
      let size = (bytes + 4095) & ~4095
      guard let block = LargePages.map(size) else { throw failure() }
      (base, mapped) = (block, size)
    } else {
      var pointer: UnsafeMutableRawPointer?
      guard posix_memalign(&pointer, 64, max(64, bytes)) == 0, let pointer else {
        throw failure()
      }
      (base, mapped) = (pointer, 0)
    }
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

  deinit {
    if mapped > 0 { munmap(base, mapped) } else { free(base) }
  }

  /// Forgets what is in a large block, and gives its memory back until it is written to again.
  func discard() {
    if mapped > 0 { LargePages.discard(base, mapped) }
  }

  var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}

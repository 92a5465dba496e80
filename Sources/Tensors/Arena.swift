#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A block of memory aligned for vectors, freed when its last user releases it.
///
/// A large block is mapped separately, in large pages if the system has them: these are available immediately, and a
/// network's weights need only a few entries in the page table.
final class Arena {
  let base: UnsafeMutableRawPointer
  let bytes: Int
  /// The size of the mapping in bytes; 0 for a block on the heap.
  private let mapped: Int

  /// Blocks of at least this size are mapped separately.
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

  /// `count` zero floats.
  convenience init(zeros count: Int) throws {
    try self.init(bytes: count * 4)
    floats.update(repeating: 0, count: count)
  }

  deinit {
    if mapped > 0 { munmap(base, mapped) } else { free(base) }
  }

  /// Discards the contents of a large block, and releases its memory until the block is written to again.
  func discard() {
    if mapped > 0 { LargePages.discard(base, mapped) }
  }

  var floats: UnsafeMutablePointer<Float> { base.assumingMemoryBound(to: Float.self) }
}

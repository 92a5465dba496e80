import CKernels

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Memory obtained directly from the system, in pages of 2 MB if it has them.
enum LargePages {
  private static let page = 2 << 20

  /// Zeroed memory that begins at a large page; `nil` if there is not enough.
  static func map(_ bytes: Int) -> UnsafeMutableRawPointer? {
    let whole = bytes + page
    let access = PROT_READ | PROT_WRITE
    guard let start = mmap(nil, whole, access, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
      start != MAP_FAILED
    else { return nil }
    let before = -Int(bitPattern: start) & (page - 1)
    let base = start + before
    if before > 0 { munmap(start, before) }
    if whole - before > bytes { munmap(base + bytes, whole - before - bytes) }
    hl_prefer_large_pages(base, bytes)
    return base
  }

  /// Releases memory; it is zero when it is used again.
  static func discard(_ base: UnsafeMutableRawPointer, _ bytes: Int) {
    #if os(Linux)
      madvise(base, bytes, MADV_DONTNEED)
    #endif
  }
}

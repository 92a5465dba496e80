import CKernels
import Foundation

/// Memory-mapped files, which use the system's cache instead of a copy.
enum FileMapping {
  /// The mapped bytes of a file; they stay mapped until the last copy of the data is released.
  ///
  /// If another program truncates the file, reading the missing part ends the process with a sentence that names the
  /// file (``CrashHandler``).
  ///
  /// - Throws: `CocoaError` when it cannot be opened or mapped, or is not a regular file.
  static func data(of url: URL) throws -> Data {
    // Opening a pipe would wait forever if nobody writes to it.
    let file = open(url.path, O_RDONLY | O_CLOEXEC | O_NONBLOCK)
    guard file >= 0 else { throw CocoaError(.fileReadUnknown) }
    defer { close(file) }
    var facts = stat()
    guard fstat(file, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG, facts.st_size >= 0 else {
      throw CocoaError(.fileReadUnknown)
    }
    let count = Int(facts.st_size)
    guard count > 0 else { return Data() }
    guard let base = mmap(nil, count, PROT_READ, MAP_PRIVATE, file, 0), base != MAP_FAILED else {
      throw CocoaError(.fileReadUnknown)
    }
    hl_mapping_add(base, count, plain(url.path))
    return Data(
      bytesNoCopy: base, count: count,
      deallocator: .custom { base, count in
        hl_mapping_remove(base)
        munmap(base, count)
      })
  }

  /// A path with a placeholder for each control character.
  private static func plain(_ path: String) -> String {
    let commands: [Unicode.GeneralCategory] = [
      .control, .format, .lineSeparator, .paragraphSeparator,
    ]
    return path.unicodeScalars.reduce(into: "") { plain, scalar in
      let isCommand = commands.contains(scalar.properties.generalCategory)
      plain.unicodeScalars.append(isCommand ? "\u{fffd}" : scalar)
    }
  }

  /// Identifies a file and changes with it: its location, its size, and the times in nanoseconds when its content and
  /// its directory entry last changed; `nil` if unknown.
  static func identity(of url: URL) -> String? {
    var facts = stat()
    guard stat(url.path, &facts) == 0, let path = realpath(url.path, nil) else { return nil }
    defer { free(path) }
    #if canImport(Darwin)
      let (content, entry) = (facts.st_mtimespec, facts.st_ctimespec)
    #else
      let (content, entry) = (facts.st_mtim, facts.st_ctim)
    #endif
    return """
      \(String(cString: path)) \(facts.st_dev) \(facts.st_ino) \(facts.st_size) \
      \(content.tv_sec).\(content.tv_nsec) \(entry.tv_sec).\(entry.tv_nsec)
      """
  }

  /// Releases pages that were read, so that they no longer count as the process's memory; they can be read again.
  ///
  /// - Parameter bytes: A slice of the data that ``data(of:)`` returned; no other data is allowed.
  static func release(_ bytes: Data) {
    let page = Int(sysconf(Int32(_SC_PAGESIZE)))
    bytes.withUnsafeBytes { bytes in
      guard let base = bytes.baseAddress else { return }
      let start = (Int(bitPattern: base) + page - 1) / page * page
      let end = (Int(bitPattern: base) + bytes.count) / page * page
      if end > start, let first = UnsafeMutableRawPointer(bitPattern: start) {
        madvise(first, end - start, MADV_DONTNEED)
      }
    }
  }
}

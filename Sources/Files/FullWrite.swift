import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writing to file descriptors.
public enum FullWrite {
  /// Writes everything, in as many pieces as the system accepts, and waits if a pipe is full.
  ///
  /// - Returns: 0, or the error number (`errno`) that prevented writing the rest.
  public static func write(_ data: Data, to descriptor: Int32) -> Int32 {
    data.withUnsafeBytes { buffer in
      guard let base = buffer.baseAddress else { return 0 }
      var written = 0
      while written < buffer.count {
        let count = systemWrite(descriptor, base + written, buffer.count - written)
        if count > 0 {
          written += count
          continue
        }
        // A regular file that accepts no bytes has no room for them.
        guard count < 0 else { return ENOSPC }
        switch errno {
        case EINTR: continue
        case EAGAIN:
          var ready = pollfd(fd: descriptor, events: Int16(POLLOUT), revents: 0)
          _ = poll(&ready, 1, -1)
        case let number: return number
        }
      }
      return 0
    }
  }
}

private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
  #if canImport(Glibc)
    Glibc.write(descriptor, base, count)
  #elseif canImport(Musl)
    Musl.write(descriptor, base, count)
  #else
    Darwin.write(descriptor, base, count)
  #endif
}

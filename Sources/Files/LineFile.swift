import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A text file to which several processes append lines, and which each of them may shorten.
///
/// Both happen under a lock on the file, so that no line is lost. The file is private to the user (mode 0600) unless
/// the user has changed its mode, which is kept.
public struct LineFile: Sendable {
  /// Its location; it need not exist yet.
  public let url: URL

  /// The maximum number of bytes to read.
  private static let longest = 64 << 20
  /// How long to wait for a lock that another process holds.
  private let patience: Duration

  /// The file at a location.
  ///
  /// - Parameter patience: How long to wait for a lock that another process holds; an interface is blocked meanwhile.
  public init(_ url: URL, patience: Duration = .milliseconds(500)) {
    (self.url, self.patience) = (url, patience)
  }

  /// Its lines; none if it does not exist.
  ///
  /// - Throws: ``FileError`` when it cannot be read.
  public func lines() throws -> [String] {
    do {
      return Self.lines(in: try SafeFile.read(url, limit: Self.longest))
    } catch let error as FileError where error.kind == .missing {
      return []
    }
  }

  /// Appends a line; line breaks in it become spaces.
  ///
  /// - Throws: ``FileError``, leaving no part of the line behind.
  public func add(_ line: String) throws(FileError) {
    let (descriptor, isLocked) = try opened(creating: true)
    defer { close(descriptor) }
    let end = isLocked ? lseek(descriptor, 0, SEEK_END) : 0
    // A program that was killed while it appended a line may have left part of the line.
    let start = endsWithLine(at: end) ? "" : "\n"
    let text = start + Self.flat(line) + "\n"
    let number = FullWrite.write(Data(text.utf8), to: descriptor)
    guard number != 0 else { return }
    // Part of the line may have been written, if the disk is full. Without a lock, other lines may follow it.
    if isLocked { _ = ftruncate(descriptor, end) }
    throw FileError(path: url.path, number: number)
  }

  /// Whether the bytes up to this position end with a complete line.
  private func endsWithLine(at end: off_t) -> Bool {
    guard end > 0, let file = try? FileHandle(forReadingFrom: url) else { return true }
    defer { try? file.close() }
    guard (try? file.seek(toOffset: UInt64(end - 1))) != nil,
      let last = try? file.read(upToCount: 1)
    else { return true }
    return last == Data("\n".utf8)
  }

  /// Replaces the lines with those to keep, including lines that other processes have added in the meantime.
  ///
  /// A link is kept: the file that it leads to is replaced. If the file cannot be locked, nothing is done.
  ///
  /// - Parameter keep: Returns the lines to keep.
  /// - Throws: ``FileError``, leaving the file unchanged.
  public func shorten(_ keep: ([String]) -> [String]) throws {
    let (descriptor, isLocked) = try opened(creating: false)
    defer { close(descriptor) }
    guard isLocked else { return }
    let kept = keep(Self.lines(in: try SafeFile.read(url, limit: Self.longest)))
    let text = kept.map { $0 + "\n" }.joined()
    try SafeFile.write(Data(text.utf8), to: url.resolvingSymlinksInPath(), force: true)
  }

  /// The lines in the bytes of such a file; empty lines are left out.
  package static func lines(in data: Data) -> [String] {
    // Swift reads the line breaks of Windows as one character.
    String(decoding: data, as: UTF8.self).split { $0 == "\n" || $0 == "\r\n" }.map(String.init)
  }

  /// A line with spaces for line breaks.
  private static func flat(_ line: String) -> String {
    String(line.map { $0 == "\n" || $0 == "\r" || $0 == "\r\n" ? " " : $0 })
  }

  /// Opens the file for appending and locks it, if it is a regular file and the file system supports locks.
  ///
  /// A line appended without a lock can be lost only while another process shortens the file.
  private func opened(creating: Bool) throws(FileError) -> (descriptor: Int32, isLocked: Bool) {
    let flags = O_WRONLY | O_APPEND | O_NONBLOCK | O_CLOEXEC | (creating ? O_CREAT : 0)
    let end = ContinuousClock.now + patience
    while true {
      let descriptor = open(url.path, flags, 0o600)
      guard descriptor >= 0 else { throw FileError(path: url.path, number: errno) }
      var (own, named) = (stat(), stat())
      guard fstat(descriptor, &own) == 0, own.st_mode & S_IFMT == S_IFREG else {
        return (descriptor, false)
      }
      while flock(descriptor, LOCK_EX | LOCK_NB) != 0 {
        guard errno == EWOULDBLOCK || errno == EINTR, ContinuousClock.now < end else {
          return (descriptor, false)
        }
        usleep(1000)
      }
      // The process that held the lock may have replaced the file; the one opened here then no longer has a name.
      if stat(url.path, &named) == 0, named.st_ino == own.st_ino, named.st_dev == own.st_dev {
        return (descriptor, true)
      }
      close(descriptor)
    }
  }
}

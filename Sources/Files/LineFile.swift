import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A text file that several processes add lines to, and that each of them may shorten.
///
/// Both happen under a lock on the file, so that no line is lost. It is for the user alone (mode 0600) unless the user
/// has given it another mode, which is kept.
public struct LineFile: Sendable {
  /// Where it is; it need not be there yet.
  public let url: URL

  /// The most bytes that are read.
  private static let longest = 64 << 20
  /// How long to wait for a lock that another process holds.
  private let patience: Duration

  /// The file at a place.
  ///
  /// - Parameter patience: How long to wait for a lock that another process holds; an interface waits for it.
  public init(_ url: URL, patience: Duration = .milliseconds(500)) {
    (self.url, self.patience) = (url, patience)
  }

  /// Its lines; none where it is not there.
  ///
  /// - Throws: ``FileError`` when it cannot be read.
  public func lines() throws -> [String] {
    do {
      return Self.lines(try SafeFile.read(url, limit: Self.longest))
    } catch let error as FileError where error.kind == .missing {
      return []
    }
  }

  /// Adds a line; line breaks in it become spaces.
  ///
  /// - Throws: ``FileError``.
  public func add(_ line: String) throws(FileError) {
    let (descriptor, _) = try opened(creating: true)
    defer { close(descriptor) }
    let text = line.replacing("\n", with: " ") + "\n"
    let number = FullWrite.write(Data(text.utf8), to: descriptor)
    if number != 0 { throw FileError(path: url.path, number: number) }
  }

  /// Replaces the lines by what is to be left of them, with those that other processes have added until now.
  ///
  /// A link stays one: the file that it leads to is replaced. Where the file cannot be locked, nothing is done.
  ///
  /// - Parameter keep: What is left of all lines.
  /// - Throws: ``FileError``; then the file is as it was.
  public func shorten(_ keep: ([String]) -> [String]) throws {
    let (descriptor, isLocked) = try opened(creating: false)
    defer { close(descriptor) }
    guard isLocked else { return }
    let kept = keep(Self.lines(try SafeFile.read(url, limit: Self.longest)))
    let text = kept.map { $0 + "\n" }.joined()
    try SafeFile.write(Data(text.utf8), to: url.resolvingSymlinksInPath(), force: true)
  }

  private static func lines(_ data: Data) -> [String] {
    String(decoding: data, as: UTF8.self).split(separator: "\n").map(String.init)
  }

  /// Opens the file at its end and locks it, where it is a regular file and the file system has locks.
  ///
  /// A line that is added without a lock can be lost only while another process shortens the file.
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
      // Whoever held the lock may have replaced the file: then this one has no name any more.
      if stat(url.path, &named) == 0, named.st_ino == own.st_ino, named.st_dev == own.st_dev {
        return (descriptor, true)
      }
      close(descriptor)
    }
  }
}

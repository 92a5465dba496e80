import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file being written under another name beside its place, which it takes once it is whole.
///
/// Where it is let go before that, nothing of it is left behind. Where the program is killed before that, the next
/// program that writes a file in that folder removes what is left (``UnfinishedFiles``).
public final class PendingFile {
  /// Where it is to be.
  public let path: String
  private let temporary: String
  /// Locked as long as it is open, which tells others that its writer lives.
  private let descriptor: Int32
  /// Whether everything is on the disk.
  private var isFinished = false
  /// Whether a file that is there may be replaced, so that its mode and owner are kept.
  private let canReplace: Bool

  static let prefix = ".halflight-"

  /// What the user takes off the permissions of new files.
  ///
  /// The system's own way of asking sets it, for a moment and for all threads; Linux tells it too.
  private static let mask: mode_t = {
    let status = (try? String(contentsOfFile: "/proc/self/status", encoding: .utf8)) ?? ""
    let line = status.split(separator: "\n").first { $0.hasPrefix("Umask:") }
    if let digits = line?.dropFirst(6).filter({ !$0.isWhitespace }),
      let mask = mode_t(digits, radix: 8)
    {
      return mask
    }
    let mask = umask(0)
    umask(mask)
    return mask
  }()

  /// Whether a file's name is that of one being written, or of one whose writer was killed.
  public static func isUnfinished(_ name: String) -> Bool {
    name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 6
  }

  /// A file without bytes yet.
  ///
  /// - Parameter url: Where it is to be.
  /// - Throws: ``FileError`` when nothing can be written there, or a folder or a device is there.
  public convenience init(standingFor url: URL) throws {
    try SafeFile.refuseSpecial(url.path)
    try self.init(in: url.deletingLastPathComponent(), standingFor: url.path, canReplace: true)
  }

  init(in folder: URL, standingFor path: String, canReplace: Bool = false) throws {
    UnfinishedFiles.removeStale(in: folder)
    // Its name owes nothing to the file's, which may be as long as names can be.
    var template = Array((folder.path + "/\(Self.prefix)XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError(path: path, number: errno) }
    // Should the file system have no locks, others leave the file alone.
    flock(descriptor, LOCK_EX | LOCK_NB)
    _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    self.path = path
    self.descriptor = descriptor
    self.canReplace = canReplace
    temporary = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
  }

  deinit {
    close(descriptor)
    unlink(temporary)
  }

  /// Writes bytes behind those that are there.
  ///
  /// - Throws: ``FileError``, of kind `full` where the disk is.
  public func append(_ data: Data) throws(FileError) {
    let failure = FullWrite.write(data, to: descriptor)
    if failure != 0 { throw FileError(path: path, number: failure) }
  }

  /// Waits until all bytes are on the disk; nothing can be appended after it.
  ///
  /// - Throws: ``FileError``.
  public func finish() throws(FileError) {
    guard !isFinished else { return }
    takePermissions()
    guard fsync(descriptor) == 0 else { throw FileError(path: path, number: errno) }
    isFinished = true
  }

  /// A new file can be read as the user's other files can; one that replaces another has its mode, and its owner and
  /// group where the system allows it.
  private func takePermissions() {
    var old = stat()
    guard canReplace, lstat(path, &old) == 0, old.st_mode & S_IFMT == S_IFREG else {
      fchmod(descriptor, 0o666 & ~Self.mask)
      return
    }
    var mode = old.st_mode & 0o777
    // Only root may give files away.
    if fchown(descriptor, old.st_uid, old.st_gid) != 0,
      fchown(descriptor, uid_t.max, old.st_gid) != 0
    {
      // What the old group may do is not for another group: it may do what all others may.
      mode = mode & ~0o070 | (mode & 0o007) << 3
    }
    fchmod(descriptor, mode)
  }

  /// Takes its place, whole and on the disk.
  ///
  /// - Parameter force: Whether to replace a file that is there.
  /// - Throws: ``FileError``; then a file that was there is as it was.
  public func takeName(force: Bool) throws(FileError) {
    try finish()
    let status = force ? rename(temporary, path) : takeUnused(path)
    if status != 0 { throw FileError(path: path, number: errno) }
  }

  /// Gives the file a name, and fails with `EEXIST` where that is taken, which a rename alone would not.
  func takeUnused(_ path: String) -> Int32 {
    if link(temporary, path) == 0 { return 0 }
    guard [EPERM, EOPNOTSUPP, ENOSYS, EMLINK].contains(errno) else { return -1 }
    // FAT and some network folders have no links: an empty file takes the name, and is replaced.
    let claim = open(path, O_CREAT | O_EXCL | O_WRONLY, 0o666)
    guard claim >= 0 else { return -1 }
    close(claim)
    guard rename(temporary, path) != 0 else { return 0 }
    let reason = errno
    unlink(path)
    errno = reason
    return -1
  }
}

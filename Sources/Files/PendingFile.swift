import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file being written under a temporary name in the same folder, to be renamed once it is complete.
///
/// If this object is released before that, nothing of the file is left behind. If the program is killed before that,
/// the next program that writes a file in the folder removes the rest (``UnfinishedFiles``).
public final class PendingFile {
  /// Its final location.
  public let path: String
  private let temporary: String
  /// Locked while it is open, which shows other processes that its writer is alive.
  private let descriptor: Int32
  /// Whether everything is on the disk.
  private var isFinished = false
  /// Whether an existing file may be replaced, so that its mode and owner are kept.
  private let canReplace: Bool

  static let prefix = ".halflight-"

  /// The permissions that the user removes from new files (umask).
  ///
  /// The system call that reads it also sets it, for a moment and for all threads; Linux also provides it in a file.
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

  /// Whether a file name belongs to a file being written, or to one whose writer was killed.
  public static func isUnfinished(_ name: String) -> Bool {
    name.hasPrefix(prefix) && name.utf8.count == prefix.utf8.count + 6
  }

  /// A file without bytes yet.
  ///
  /// - Parameter url: Its final location.
  /// - Throws: ``FileError`` when nothing can be written there, or when a folder or a device exists there.
  public convenience init(standingFor url: URL) throws {
    try SafeFile.refuseSpecial(url.path)
    try self.init(in: url.deletingLastPathComponent(), standingFor: url.path, canReplace: true)
  }

  init(in folder: URL, standingFor path: String, canReplace: Bool = false) throws {
    UnfinishedFiles.removeStale(in: folder)
    // Its name does not contain the file's, which may have the maximum length.
    var template = Array((folder.path + "/\(Self.prefix)XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError(path: path, number: errno) }
    // If the file system has no locks, other processes never remove the file.
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

  /// Appends bytes.
  ///
  /// - Throws: ``FileError``, of kind `full` if the disk is full.
  public func append(_ data: Data) throws(FileError) {
    let failure = FullWrite.write(data, to: descriptor)
    if failure != 0 { throw FileError(path: path, number: failure) }
  }

  /// Waits until all bytes are on the disk; nothing can be appended afterwards.
  ///
  /// - Throws: ``FileError``.
  public func finish() throws(FileError) {
    guard !isFinished else { return }
    takePermissions()
    guard fsync(descriptor) == 0 else { throw FileError(path: path, number: errno) }
    isFinished = true
  }

  /// A new file has the usual permissions; a file that replaces another has its mode, and its owner and group if the
  /// system allows it.
  private func takePermissions() {
    var old = stat()
    guard canReplace, lstat(path, &old) == 0, old.st_mode & S_IFMT == S_IFREG else {
      fchmod(descriptor, 0o666 & ~Self.mask)
      return
    }
    var mode = old.st_mode & 0o777
    // Only root may change the owner.
    if fchown(descriptor, old.st_uid, old.st_gid) != 0,
      fchown(descriptor, uid_t.max, old.st_gid) != 0
    {
      // The old group's permissions must not apply to a different group, which gets those of all others.
      mode = mode & ~0o070 | (mode & 0o007) << 3
    }
    fchmod(descriptor, mode)
  }

  /// Renames it to its final name, complete and on the disk.
  ///
  /// - Parameter force: Whether to replace an existing file.
  /// - Throws: ``FileError``, leaving an existing file unchanged.
  public func takeName(force: Bool) throws(FileError) {
    try finish()
    let status = force ? rename(temporary, path) : takeUnused(path)
    if status != 0 { throw FileError(path: path, number: errno) }
  }

  /// Gives the file a name, and fails with `EEXIST` if the name is taken, which a rename alone would not.
  func takeUnused(_ path: String) -> Int32 {
    if link(temporary, path) == 0 { return 0 }
    guard [EPERM, ENOTSUP, EOPNOTSUPP, ENOSYS, EMLINK].contains(errno) else { return -1 }
    // FAT and some network folders have no links, but most of them can rename without replacing.
    if Renaming.toUnused(temporary, path) == 0 { return 0 }
    guard Renaming.isUnsupported(errno) else { return -1 }
    // An empty file reserves the name, and is replaced.
    let claim = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0o666)
    guard claim >= 0 else { return -1 }
    close(claim)
    guard rename(temporary, path) != 0 else { return 0 }
    let reason = errno
    unlink(path)
    errno = reason
    return -1
  }
}

import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files that programs were writing when they were killed.
enum UnfinishedFiles {
  /// A file that was changed less long ago may belong to a program that has yet to lock it, in seconds.
  private static let leastAge = 60

  /// The folders that were looked through: once is enough for each, and large ones take a while.
  private static let known = Mutex<Set<String>>([])

  /// Removes files of ``PendingFile`` whose writers are gone, where this process has not done so yet.
  ///
  /// A writer that lives holds a lock on its file. Files of other users are left alone.
  static func removeStale(in folder: URL) {
    let path = folder.path
    guard known.withLock({ $0.insert(path).inserted }),
      let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    else { return }
    for name in names where PendingFile.isUnfinished(name) { removeIfStale(path + "/" + name) }
  }

  private static func removeIfStale(_ path: String) {
    // Writable, since some network file systems need that for a lock; a pipe must not keep it waiting.
    let descriptor = open(path, O_RDWR | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC)
    guard descriptor >= 0 else { return }
    defer { close(descriptor) }
    var facts = stat()
    guard fstat(descriptor, &facts) == 0, facts.st_mode & S_IFMT == S_IFREG,
      facts.st_uid == geteuid(), time(nil) - changed(facts) >= leastAge,
      flock(descriptor, LOCK_EX | LOCK_NB) == 0
    else { return }
    unlink(path)
  }

  /// When its content was last changed, in seconds since 1970.
  private static func changed(_ facts: stat) -> Int {
    #if canImport(Darwin)
      facts.st_mtimespec.tv_sec
    #else
      facts.st_mtim.tv_sec
    #endif
  }
}

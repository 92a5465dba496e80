import Foundation
import Synchronization

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files left by programs that were killed while writing.
enum UnfinishedFiles {
  /// The minimum age in seconds: a file that was changed more recently may belong to a program that has not locked it
  /// yet.
  private static let leastAge = 60

  /// The folders that were already searched: each is searched only once, because large ones take a while.
  private static let known = Mutex<Set<String>>([])

  /// Removes files of ``PendingFile`` whose writers are gone, if this process has not done so yet.
  ///
  /// A living writer holds a lock on its file. Other users' files are left alone.
  static func removeStale(in folder: URL) {
    let path = folder.path
    guard known.withLock({ $0.insert(path).inserted }),
      let names = try? FileManager.default.contentsOfDirectory(atPath: path)
    else { return }
    for name in names where PendingFile.isUnfinished(name) { removeIfStale(path + "/" + name) }
  }

  private static func removeIfStale(_ path: String) {
    // It is opened for writing, because some network file systems require that for a lock; a pipe must not block this.
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

  /// When its contents last changed, in seconds since 1970.
  private static func changed(_ facts: stat) -> Int {
    #if canImport(Darwin)
      facts.st_mtimespec.tv_sec
    #else
      facts.st_mtim.tv_sec
    #endif
  }
}

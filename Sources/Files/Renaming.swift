import CRename
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Renaming in one step, so that even if the program is killed, everything has either its old name or its new one.
package enum Renaming {
  /// Exchanges the names of two files or folders.
  ///
  /// - Returns: Whether the file system can do this; if not, nothing has changed.
  /// - Throws: ``FileError``.
  package static func exchange(_ one: URL, _ other: URL) throws(FileError) -> Bool {
    if hl_rename_exchange(one.path, other.path) == 0 { return true }
    if isUnsupported(errno) { return false }
    throw FileError(path: other.path, number: errno)
  }

  /// Renames a file, and fails with `EEXIST` if the new name is taken.
  ///
  /// - Returns: 0, or -1 with the cause in `errno`.
  static func toUnused(_ from: String, _ to: String) -> Int32 { hl_rename_unused(from, to) }

  /// Whether an error means that the file system cannot rename in this way.
  static func isUnsupported(_ number: Int32) -> Bool {
    [EINVAL, ENOSYS, ENOTSUP, EOPNOTSUPP, EXDEV].contains(number)
  }
}

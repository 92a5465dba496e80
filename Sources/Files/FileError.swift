import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A file that could not be read or written.
public struct FileError: Error, Sendable, Hashable, CustomStringConvertible {
  /// What stood in the way.
  public enum Kind: Sendable, Hashable {
    /// There is a file already.
    case exists
    /// There is no such file.
    case missing
    /// There is no such folder.
    case noFolder
    /// It may not be read or written.
    case notAllowed
    /// It is a folder or a device, which cannot be read as a file.
    case noFile
    /// The disk is full.
    case full
    /// Anything else.
    case other
  }

  /// What stood in the way.
  public let kind: Kind
  /// The file.
  public let path: String
  /// The system's own words.
  public let reason: String

  /// A failure of this kind.
  public init(_ kind: Kind, path: String, reason: String = "") {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  init(path: String, number: Int32) {
    let kind: Kind =
      switch number {
      case EEXIST: .exists
      case ENOENT, ENOTDIR: .noFolder
      case EACCES, EPERM, EROFS: .notAllowed
      case ENOSPC, EDQUOT, EFBIG: .full
      default: .other
      }
    self.init(kind, path: path, reason: String(cString: strerror(number)))
  }

  /// A sentence for people.
  public var description: String {
    switch kind {
    case .exists: "\(path) already exists; choose another name, or replace it with --force"
    case .missing: "\(path): not found; check the name"
    case .noFolder:
      "\(path) cannot be written: its folder does not exist; create it first (mkdir -p)"
    case .notAllowed:
      "\(path) cannot be used: permission denied; choose another folder"
    case .noFile: "\(path) is a folder or a device; name a file instead"
    case .full: "\(path) cannot be written: the disk is full; nothing was left behind"
    case .other: "\(path) cannot be used: \(reason)"
    }
  }
}

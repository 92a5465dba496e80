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
  /// The cause.
  public enum Kind: Sendable, Hashable {
    /// The file already exists.
    case exists
    /// The file does not exist.
    case missing
    /// The folder does not exist.
    case noFolder
    /// Permission was denied.
    case notAllowed
    /// It is a folder or a device, which cannot be read as a file.
    case noFile
    /// The disk is full.
    case full
    /// Anything else.
    case other
  }

  /// The cause.
  public let kind: Kind
  /// The file.
  public let path: String
  /// The system's own message.
  public let reason: String

  /// A failure of this kind.
  public init(_ kind: Kind, path: String, reason: String = "") {
    self.kind = kind
    self.path = path
    self.reason = reason
  }

  /// A failure with the system's error number (`errno`).
  package init(path: String, number: Int32) {
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

  /// A failure that Foundation reports for a folder, or for a file that it copies, moves or removes.
  package init(_ error: any Error, path: String) {
    if let error = error as? FileError {
      self = error
      return
    }
    let cause = (error as? CocoaError)?.underlying ?? error
    switch (cause as? POSIXError)?.code {
    case .EEXIST, .ENOTDIR:
      self.init(.notAllowed, path: path, reason: "There is a file where a folder is needed")
    case let code?: self.init(path: path, number: code.rawValue)
    case nil: self.init(.notAllowed, path: path)
    }
  }

  /// A sentence for people.
  public var description: String {
    switch kind {
    case .exists: "\(path) already exists; choose another name, or replace it with --force"
    case .missing: "\(path): not found; check the name"
    case .noFolder:
      "\(path) cannot be written: its folder does not exist; create it first (mkdir -p)"
    case .notAllowed:
      "\(path) cannot be used: \(cause(else: "permission denied")); choose another folder"
    case .noFile: "\(path) is a folder or a device; name a file instead"
    case .full:
      "\(path) cannot be written: \(fullness); nothing was left behind"
    case .other: "\(path) cannot be used: \(reason)"
    }
  }

  /// The system's message, worded for use within a sentence.
  private func cause(else usual: String) -> String {
    reason.isEmpty ? usual : reason.prefix(1).lowercased() + reason.dropFirst()
  }

  /// A write can also fail on a disk that is not full: because of a quota or the maximum size of a file.
  private var fullness: String {
    let cause = cause(else: "")
    return cause.isEmpty || reason == String(cString: strerror(ENOSPC)) ? "the disk is full" : cause
  }
}

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
    case .exists: "\(path) is there already; choose another name, or give --force to replace it"
    case .missing: "\(path) is not there; look whether the name is right"
    case .noFolder:
      "\(path) cannot be written: its folder is not there; make it first (mkdir -p)"
    case .notAllowed:
      "\(path) cannot be used: you may not read or write there; choose another folder"
    case .full: "\(path) cannot be written: the disk is full; nothing was left behind"
    case .other: "\(path) cannot be used: \(reason)"
    }
  }
}

/// Files that are there whole or not at all.
public enum SafeFile {
  /// Writes a file: first under another name beside it, then, once it is on the disk, under its own.
  ///
  /// - Parameters:
  ///   - data: What is to be in it.
  ///   - url: Where.
  ///   - force: Whether to replace a file that is there.
  /// - Throws: ``FileError``; then nothing is left behind, and a file that was there is as it was.
  public static func write(_ data: Data, to url: URL, force: Bool = false) throws {
    let path = url.path
    try refuseSpecial(path)
    var template = Array((path + ".XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError(path: path, number: errno) }
    let temporary = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var failure: Int32 = 0
    if !writeAll(data, to: descriptor) || fsync(descriptor) != 0 { failure = errno }
    // Files of the user's are readable as the user's other files are.
    let mask = umask(0)
    _ = umask(mask)
    fchmod(descriptor, 0o666 & ~mask)
    close(descriptor)
    if failure == 0 {
      // A link fails where there is a file, which a rename would replace.
      let status = force ? rename(temporary, path) : link(temporary, path)
      if status != 0 { failure = errno }
    }
    unlink(temporary)
    if failure != 0 { throw FileError(path: path, number: failure) }
  }

  /// Throws unless a file could be written there: before hours of work, not after.
  public static func check(_ url: URL, force: Bool) throws {
    let path = url.path
    var folder = stat()
    let parent = url.deletingLastPathComponent().path
    guard stat(parent, &folder) == 0, folder.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(.noFolder, path: path)
    }
    try refuseSpecial(path)
    guard access(parent, W_OK) == 0 else { throw FileError(.notAllowed, path: path) }
    if !force, access(path, F_OK) == 0 { throw FileError(.exists, path: path) }
  }

  /// A folder or a device must not be replaced by a picture, not even by force.
  private static func refuseSpecial(_ path: String) throws {
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT != S_IFREG else { return }
    throw FileError(.other, path: path, reason: "it is a folder or a device, not a file")
  }

  /// The first of `NAME.png`, `NAME-2.png`, `NAME-3.png`… that is not there.
  public static func unused(_ name: String, in folder: URL, extension suffix: String) -> URL {
    var url = folder.appendingPathComponent("\(name).\(suffix)")
    var number = 2
    while access(url.path, F_OK) == 0 {
      url = folder.appendingPathComponent("\(name)-\(number).\(suffix)")
      number += 1
    }
    return url
  }

  /// Writes a file under the first of `NAME.png`, `NAME-2.png`, `NAME-3.png`… that is not there, even where several
  /// programs do so at once.
  ///
  /// - Returns: The file.
  /// - Throws: ``FileError``; then nothing is left behind.
  public static func writeUnused(
    _ data: Data, name: String, in folder: URL, extension suffix: String
  ) throws -> URL {
    // A name may have 255 bytes, of which a number and a temporary ending need some.
    var name = name.replacing("/", with: "-")
    while name.utf8.count > 200 { name.removeLast() }
    while true {
      let url = unused(name, in: folder, extension: suffix)
      do {
        try write(data, to: url)
        return url
      } catch let error as FileError where error.kind == .exists {
        continue
      }
    }
  }

  /// All bytes of a file.
  ///
  /// - Throws: ``FileError`` when it is not there, may not be read or is a folder.
  public static func read(_ url: URL) throws -> Data {
    let path = url.path
    guard access(path, F_OK) == 0 else { throw FileError(.missing, path: path) }
    guard access(path, R_OK) == 0 else { throw FileError(.notAllowed, path: path) }
    do {
      return try Data(contentsOf: url)
    } catch {
      throw FileError(.other, path: path, reason: "it is no file that can be read")
    }
  }

  private static func writeAll(_ data: Data, to descriptor: Int32) -> Bool {
    data.withUnsafeBytes { buffer in
      var written = 0
      while written < buffer.count {
        guard let base = buffer.baseAddress else { return true }
        let count = write(descriptor, base + written, buffer.count - written)
        if count < 0 && errno == EINTR { continue }
        if count <= 0 { return false }
        written += count
      }
      return true
    }
  }

  private static func write(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
    #if canImport(Glibc)
      Glibc.write(descriptor, base, count)
    #elseif canImport(Musl)
      Musl.write(descriptor, base, count)
    #else
      Darwin.write(descriptor, base, count)
    #endif
  }
}

import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Writes files completely or not at all.
public enum SafeFile {
  /// Writes a file under a temporary name beside it, and renames it once it is on the disk.
  ///
  /// - Parameters:
  ///   - data: Its contents.
  ///   - url: Its location.
  ///   - force: Whether to replace an existing file; its mode is kept, and its owner if the system allows it.
  /// - Throws: ``FileError``, leaving nothing behind and an existing file unchanged.
  public static func write(_ data: Data, to url: URL, force: Bool = false) throws {
    let file = try PendingFile(standingFor: url)
    try file.append(data)
    try file.takeName(force: force)
  }

  /// Writes a file under the first unused name of `NAME.png`, `NAME-2.png`, `NAME-3.png`….
  ///
  /// No file is replaced, not even one that another program creates at the same moment.
  ///
  /// - Parameters:
  ///   - data: Its contents.
  ///   - name: Its name; slashes become hyphens, and a name that is too long is cut.
  ///   - folder: Its folder.
  ///   - suffix: The extension, such as `png`.
  /// - Returns: The file.
  /// - Throws: ``FileError``, leaving nothing behind.
  public static func writeUnused(
    _ data: Data, name: String, in folder: URL, extension suffix: String
  ) throws -> URL {
    func file(_ number: Int) -> URL {
      folder.appendingPathComponent(fileName(name, number: number, extension: suffix))
    }
    let pending = try PendingFile(in: folder, standingFor: file(1).path)
    try pending.append(data)
    try pending.finish()
    var number = 1
    while pending.takeUnused(file(number).path) != 0 {
      guard errno == EEXIST else { throw FileError(path: file(number).path, number: errno) }
      number += 1
    }
    return file(number)
  }

  /// `NAME.png`, or `NAME-2.png` for number 2, within the 255 bytes of a name.
  ///
  /// - Parameters:
  ///   - name: Slashes in it become hyphens, and a name that is too long is cut.
  ///   - number: Included in the name if it is not 1.
  ///   - suffix: The extension, such as `png`.
  public static func fileName(
    _ name: String, number: Int = 1, extension suffix: String
  ) -> String {
    let end = (number == 1 ? "" : "-\(number)") + "." + suffix
    var base = name.replacing("/", with: "-").replacing("\0", with: "")
    // Whole characters are removed, so that none is split.
    while base.utf8.count > max(0, longestName - end.utf8.count) { base.removeLast() }
    return base + end
  }

  /// The maximum length of a file's name in bytes on all common file systems.
  private static let longestName = 255

  /// Throws unless a file could be written there, so that this is detected before hours of work, not after them.
  public static func check(_ url: URL, force: Bool) throws {
    let path = url.path
    var folder = stat()
    let parent = url.deletingLastPathComponent().path
    guard stat(parent, &folder) == 0, folder.st_mode & S_IFMT == S_IFDIR else {
      throw FileError(.noFolder, path: path)
    }
    try refuseSpecial(path)
    guard access(parent, W_OK) == 0 else { throw FileError(.notAllowed, path: path) }
    if access(path, F_OK) == 0 {
      if !force { throw FileError(.exists, path: path) }
    } else if errno == ENAMETOOLONG {
      // The file does not exist, and it cannot exist.
      throw FileError(path: path, number: ENAMETOOLONG)
    }
  }

  /// A folder or a device must not be replaced by a picture, not even with force.
  static func refuseSpecial(_ path: String) throws(FileError) {
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT != S_IFREG else { return }
    throw FileError(.other, path: path, reason: "it is a folder or a device, not a file")
  }

  /// The first unused name among `NAME.png`, `NAME-2.png`, `NAME-3.png`…, each made by
  /// ``fileName(_:number:extension:)``.
  public static func unused(_ name: String, in folder: URL, extension suffix: String) -> URL {
    func file(_ number: Int) -> URL {
      folder.appendingPathComponent(fileName(name, number: number, extension: suffix))
    }
    var number = 1
    while access(file(number).path, F_OK) == 0 { number += 1 }
    return file(number)
  }

  /// The bytes of a file.
  ///
  /// - Parameters:
  ///   - count: How many bytes from its beginning, for files of any size; `nil` for all.
  ///   - limit: The largest plausible size if all bytes are read.
  /// - Throws: ``FileError`` when it does not exist, is not readable, is a folder or a device, or is larger.
  public static func read(_ url: URL, first count: Int? = nil, limit: Int = 1 << 30) throws -> Data
  {
    let path = url.path
    var info = stat()
    if stat(path, &info) == 0 {
      // A pipe may never end, and neither may a device.
      guard info.st_mode & S_IFMT == S_IFREG else { throw FileError(.noFile, path: path) }
      guard count != nil || info.st_size <= limit else {
        throw FileError(
          .other, path: path, reason: "it has \(info.st_size) bytes; the limit is \(limit)")
      }
    }
    guard access(path, F_OK) == 0 else { throw FileError(.missing, path: path) }
    guard access(path, R_OK) == 0 else { throw FileError(.notAllowed, path: path) }
    do {
      guard let count else { return try Data(contentsOf: url) }
      let file = try FileHandle(forReadingFrom: url)
      defer { try? file.close() }
      return try file.read(upToCount: count) ?? Data()
    } catch {
      throw FileError(.other, path: path, reason: "it is not a readable file")
    }
  }
}

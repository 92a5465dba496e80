import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// Files that are there whole or not at all.
public enum SafeFile {
  /// Writes a file: first under another name beside it, then, once it is on the disk, under its own.
  ///
  /// - Parameters:
  ///   - data: What is to be in it.
  ///   - url: Where.
  ///   - force: Whether to replace a file that is there; its mode is kept, and its owner where the system allows it.
  /// - Throws: ``FileError``; then nothing is left behind, and a file that was there is as it was.
  public static func write(_ data: Data, to url: URL, force: Bool = false) throws {
    let file = try PendingFile(standingFor: url)
    try file.append(data)
    try file.takeName(force: force)
  }

  /// Writes a file under the first of `NAME.png`, `NAME-2.png`, `NAME-3.png`… that is not there.
  ///
  /// No file is replaced, not even one that another program makes at the same moment.
  ///
  /// - Parameters:
  ///   - data: What is to be in it.
  ///   - name: Its name; slashes become hyphens, and what is too long for a file's name is cut.
  ///   - folder: Where.
  ///   - suffix: The extension, such as `png`.
  /// - Returns: The file.
  /// - Throws: ``FileError``; then nothing is left behind.
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

  /// `NAME.png`, or `NAME-2.png` for number 2, in the 255 bytes that a name may have.
  ///
  /// - Parameters:
  ///   - name: Slashes in it become hyphens, and what is too long is cut.
  ///   - number: Told in the name where it is not 1.
  ///   - suffix: The extension, such as `png`.
  public static func fileName(
    _ name: String, number: Int = 1, extension suffix: String
  ) -> String {
    let end = (number == 1 ? "" : "-\(number)") + "." + suffix
    var base = name.replacing("/", with: "-").replacing("\0", with: "")
    // Whole characters go, so that no half of one is left.
    while base.utf8.count > max(0, longestName - end.utf8.count) { base.removeLast() }
    return base + end
  }

  /// The most bytes in a file's name on all usual file systems.
  private static let longestName = 255

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
    if access(path, F_OK) == 0 {
      if !force { throw FileError(.exists, path: path) }
    } else if errno == ENAMETOOLONG {
      // It is not there, and cannot be.
      throw FileError(path: path, number: ENAMETOOLONG)
    }
  }

  /// A folder or a device must not be replaced by a picture, not even by force.
  static func refuseSpecial(_ path: String) throws(FileError) {
    var info = stat()
    guard stat(path, &info) == 0, info.st_mode & S_IFMT != S_IFREG else { return }
    throw FileError(.other, path: path, reason: "it is a folder or a device, not a file")
  }

  /// The first of `NAME.png`, `NAME-2.png`, `NAME-3.png`… that is not there, each as ``fileName(_:number:extension:)``
  /// has it.
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
  ///   - count: How many from its beginning, of files of any size; `nil` for all.
  ///   - limit: The most bytes that make sense where all are read.
  /// - Throws: ``FileError`` when it is not there, may not be read, is a folder or a device, or is larger.
  public static func read(_ url: URL, first count: Int? = nil, limit: Int = 1 << 30) throws -> Data
  {
    let path = url.path
    var info = stat()
    if stat(path, &info) == 0 {
      // A pipe would never end, and a device may not.
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

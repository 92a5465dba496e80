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
  ///   - force: Whether to replace a file that is there.
  /// - Throws: ``FileError``; then nothing is left behind, and a file that was there is as it was.
  public static func write(_ data: Data, to url: URL, force: Bool = false) throws {
    let path = url.path
    try refuseSpecial(path)
    let temporary = try writeTemporary(
      data, in: url.deletingLastPathComponent().path, standingFor: path)
    defer { unlink(temporary) }
    let status = force ? rename(temporary, path) : name(temporary, path)
    if status != 0 { throw FileError(path: path, number: errno) }
  }

  /// Gives a file another name, and fails with `EEXIST` where that is taken, which a rename alone would not.
  private static func name(_ temporary: String, _ path: String) -> Int32 {
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
    let temporary = try writeTemporary(data, in: folder.path, standingFor: file(1).path)
    defer { unlink(temporary) }
    var number = 1
    while self.name(temporary, file(number).path) != 0 {
      guard errno == EEXIST else { throw FileError(path: file(number).path, number: errno) }
      number += 1
    }
    return file(number)
  }

  /// `NAME.png`, or `NAME-2.png` for number 2, in the 255 bytes that a name may have.
  static func fileName(_ name: String, number: Int, extension suffix: String) -> String {
    let end = (number == 1 ? "" : "-\(number)") + "." + suffix
    var base = name.replacing("/", with: "-").replacing("\0", with: "")
    // Whole characters go, so that no half of one is left.
    while base.utf8.count > max(0, longestName - end.utf8.count) { base.removeLast() }
    return base + end
  }

  /// The most bytes in a file's name on all usual file systems.
  private static let longestName = 255

  /// A new file with these bytes, on the disk, readable as the user's other files are.
  private static func writeTemporary(
    _ data: Data, in folder: String, standingFor path: String
  ) throws -> String {
    // Its name owes nothing to the file's, which may be as long as names can be.
    var template = Array((folder + "/.halflight-XXXXXX").utf8CString)
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw FileError(path: path, number: errno) }
    let temporary = String(
      decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    var failure: Int32 = 0
    if !writeAll(data, to: descriptor) || fsync(descriptor) != 0 { failure = errno }
    let mask = umask(0)
    _ = umask(mask)
    fchmod(descriptor, 0o666 & ~mask)
    close(descriptor)
    if failure != 0 {
      unlink(temporary)
      throw FileError(path: path, number: failure)
    }
    return temporary
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

  /// All bytes of a file.
  ///
  /// - Parameter limit: The most bytes that make sense.
  /// - Throws: ``FileError`` when it is not there, may not be read, is a folder or a device, or is larger.
  public static func read(_ url: URL, limit: Int = 1 << 30) throws -> Data {
    let path = url.path
    // A pipe would never end, and a device may not.
    try refuseSpecial(path)
    var info = stat()
    if stat(path, &info) == 0, info.st_size > limit {
      throw FileError(
        .other, path: path, reason: "it has \(info.st_size) bytes; at most \(limit) are read")
    }
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

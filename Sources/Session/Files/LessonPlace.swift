import Files
import Foundation

/// The lesson that the tour continues with, kept from session to session: a number in the file `tour`.
package enum LessonPlace {
  /// The lesson that was left, from 0; the first where none is known.
  ///
  /// - Parameter folder: Where the file is.
  package static func read(in folder: URL? = UserFolders.state) -> Int {
    guard let file = folder.map(file(in:)), let data = try? SafeFile.read(file, limit: 64) else {
      return 0
    }
    return Int(String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }) ?? 0
  }

  /// Keeps a lesson. That it could not be kept is no reason to disturb anyone.
  package static func write(_ lesson: Int, in folder: URL? = UserFolders.state) {
    guard let folder else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? SafeFile.write(Data("\(lesson)\n".utf8), to: file(in: folder), force: true)
  }

  private static func file(in folder: URL) -> URL { folder.appendingPathComponent("tour") }
}

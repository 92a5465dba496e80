import Files
import Foundation

/// The lesson that the tour goes on with, kept from session to session: a number in `tour` in the user's state folder.
enum LessonPlace {
  private static var file: URL? { UserFolders.state?.appendingPathComponent("tour") }

  /// The lesson that was left, from 0; the first where none is known.
  static func read() -> Int {
    guard let file, let data = try? SafeFile.read(file, limit: 64) else { return 0 }
    return Int(String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }) ?? 0
  }

  /// Keeps a lesson. That it could not be kept is no reason to disturb anyone.
  static func write(_ lesson: Int) {
    guard let file else { return }
    try? FileManager.default.createDirectory(
      at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
    try? SafeFile.write(Data("\(lesson)\n".utf8), to: file, force: true)
  }
}

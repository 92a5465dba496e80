import Files
import Foundation

/// The lesson at which the tour can be resumed, kept between sessions as a number in the file `tour`.
package enum LessonPlace {
  /// The index of the lesson that was left; the first if unknown.
  ///
  /// - Parameter folder: The folder of the file.
  package static func read(in folder: URL? = UserFolders.state) -> Int {
    guard let file = folder.map(file(in:)), let data = try? SafeFile.read(file, limit: 64) else {
      return 0
    }
    return lesson(in: data)
  }

  /// The index in the bytes of the file; the first if they are not a number.
  package static func lesson(in data: Data) -> Int {
    Int(String(decoding: data, as: UTF8.self).filter { !$0.isWhitespace }) ?? 0
  }

  /// Saves a lesson. A failure is ignored, since it is not worth interrupting the user.
  package static func write(_ lesson: Int, in folder: URL? = UserFolders.state) {
    guard let folder else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    try? SafeFile.write(Data("\(lesson)\n".utf8), to: file(in: folder), force: true)
  }

  private static func file(in folder: URL) -> URL { folder.appendingPathComponent("tour") }
}

import Cells
import Files
import Foundation

/// The most recently chosen theme and glyphs, kept between sessions as two lines in the file `display`.
package enum DisplayFile {
  /// The choices; `nil` if there are none.
  ///
  /// - Parameter folder: The folder of the file.
  package static func read(
    in folder: URL? = UserFolders.state
  ) -> (theme: String?, glyphs: GlyphSet?) {
    guard let file = folder.map(file(in:)), let data = try? SafeFile.read(file, limit: 4096) else {
      return (nil, nil)
    }
    return choices(in: data)
  }

  /// The choices in the bytes of the file.
  package static func choices(in data: Data) -> (theme: String?, glyphs: GlyphSet?) {
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    func value(_ key: String) -> String? {
      lines.first { $0.hasPrefix(key + " ") }.map { String($0.dropFirst(key.count + 1)) }
    }
    return (value("theme"), value("glyphs").flatMap(GlyphSet.init))
  }

  /// Saves a choice. A failure is ignored, since it is not worth interrupting the user.
  package static func write(
    theme: String, glyphs: GlyphSet, in folder: URL? = UserFolders.state
  ) {
    guard let folder else { return }
    try? FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let name = theme.replacing("\n", with: " ")
    try? SafeFile.write(
      Data("theme \(name)\nglyphs \(glyphs.rawValue)\n".utf8), to: file(in: folder), force: true)
  }

  private static func file(in folder: URL) -> URL { folder.appendingPathComponent("display") }
}

import Cells
import Files
import Foundation

/// The theme and the glyphs that were chosen last, kept from session to session: two lines in the file `display`.
package enum DisplayFile {
  /// The choices; `nil` where none were made.
  ///
  /// - Parameter folder: Where the file is.
  package static func read(
    in folder: URL? = UserFolders.state
  ) -> (theme: String?, glyphs: GlyphSet?) {
    guard let file = folder.map(file(in:)), let data = try? SafeFile.read(file, limit: 4096) else {
      return (nil, nil)
    }
    let lines = String(decoding: data, as: UTF8.self).split(separator: "\n")
    func value(_ key: String) -> String? {
      lines.first { $0.hasPrefix(key + " ") }.map { String($0.dropFirst(key.count + 1)) }
    }
    return (value("theme"), value("glyphs").flatMap(GlyphSet.init))
  }

  /// Keeps a choice. That it could not be kept is no reason to disturb anyone.
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

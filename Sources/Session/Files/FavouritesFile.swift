import Files
import Foundation
import Recipes

/// The favourite runs, kept between sessions in the file `favourites` of the data folder. Each line has the settings of
/// one run as JSON, as in saved pictures.
package enum FavouritesFile {
  /// The maximum number of favourites to keep.
  package static let limit = 1000

  /// The favourites, the newest first. Unreadable lines are skipped.
  ///
  /// - Parameter folder: The folder of the file.
  package static func read(in folder: URL? = UserFolders.data) -> [Recipe] {
    guard let file = folder.map(file(in:)), let lines = try? file.lines() else { return [] }
    if lines.count > 2 * limit { try? file.shorten { Array($0.suffix(limit)) } }
    return recipes(in: lines)
  }

  /// The favourites among the lines of the file, the newest first.
  package static func recipes(in lines: [String]) -> [Recipe] {
    lines.suffix(limit).reversed().compactMap(recipe)
  }

  /// Adds or removes a recipe.
  ///
  /// - Throws: `FileError` if the file cannot be written; the loss of a favourite must be reported.
  package static func set(
    _ recipe: Recipe, isFavourite: Bool, in folder: URL? = UserFolders.data
  ) throws {
    guard let folder, let line = line(recipe) else { return }
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    let file = file(in: folder)
    if isFavourite {
      try file.add(line)
    } else {
      try file.shorten { $0.filter { $0 != line } }
    }
  }

  private static func line(_ recipe: Recipe) -> String? {
    let text = Infotext.encode(Infotext.Contents(recipe: recipe), version: "")
    return (try? JSONEncoder().encode(text)).map { String(decoding: $0, as: UTF8.self) }
  }

  private static func recipe(_ line: String) -> Recipe? {
    guard let text = try? JSONDecoder().decode(String.self, from: Data(line.utf8)) else {
      return nil
    }
    return (try? Infotext.decode(text, name: "favourites"))?.recipe
  }

  private static func file(in folder: URL) -> LineFile {
    LineFile(folder.appendingPathComponent("favourites"))
  }
}

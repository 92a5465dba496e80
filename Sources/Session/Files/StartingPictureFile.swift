import Checkpoints
import Files
import Foundation
import Pictures
import Recipes

extension Recipe.StartingPicture {
  /// Reads a starting picture.
  ///
  /// - Throws: `PictureFileError` or `FileError`.
  package init(contentsOf url: URL, strength: Double) throws {
    let data = try SafeFile.read(url, limit: PictureFile.longestFile)
    self.init(
      file: url.lastPathComponent, hash: Self.hash(of: data), strength: strength,
      picture: try PictureFile.decode(data, name: url.relativePath))
  }

  /// A hash of a file's bytes that identifies the file.
  static func hash(of data: Data) -> String { SHA256.hash(of: data, digits: 10) }
}

extension FileShelf {
  /// The starting picture of a saved picture, if one of the folders has the same file.
  func start(of recipe: Recipe) -> Recipe.StartingPicture? {
    guard let start = recipe.start else { return nil }
    return all(start.file).lazy
      .compactMap { try? Recipe.StartingPicture(contentsOf: $0, strength: start.strength) }
      .first { start.hash == nil || start.hash == $0.hash }
  }
}

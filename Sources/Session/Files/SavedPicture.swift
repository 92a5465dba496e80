import Foundation
import Recipes

/// A picture file with its settings.
package struct SavedPicture: Sendable {
  package let file: URL
  package let contents: Infotext.Contents

  /// Reads the settings.
  ///
  /// - Throws: `InfotextError` or `FileError` if there are none.
  package init(_ file: URL) throws {
    self.file = file
    contents = try SavedSettings.read(contentsOf: file)
  }

  /// The settings for a run; if the file has no seed, a random one.
  ///
  /// - Parameter given: Settings from elsewhere.
  /// - Throws: `InfotextError` if the file has an unknown value for a setting that is not given.
  package func contents(given: Set<Setting>) throws -> Infotext.Contents {
    try contents.check(file.path, given: given)
    var contents = contents
    if contents.origin.unsaid.contains(.seed) {
      contents.recipe.sampling.seed = UInt64(UInt32.random(in: 0 ... .max))
    }
    return contents
  }
}

import Foundation
import Recipes

/// A picture on the disk and the settings in it.
package struct SavedPicture: Sendable {
  package let file: URL
  package let contents: Infotext.Contents

  /// Reads the settings.
  ///
  /// - Throws: `InfotextError` or `FileError` when there are none.
  package init(_ file: URL) throws {
    self.file = file
    contents = try SavedSettings.read(contentsOf: file)
  }

  /// The settings for a run; where the file has no seed, one is drawn.
  ///
  /// - Parameter given: Settings that come from elsewhere.
  /// - Throws: `InfotextError` where the file has a value for another that is not known.
  package func contents(given: Set<Setting>) throws -> Infotext.Contents {
    try contents.check(file.path, given: given)
    var contents = contents
    if contents.origin.unsaid.contains(.seed) {
      contents.recipe.sampling.seed = UInt64(UInt32.random(in: 0 ... .max))
    }
    return contents
  }
}

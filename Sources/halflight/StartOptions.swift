import ArgumentParser
import Foundation
import Pictures
import Recipes
import Session

/// The starting picture of a run, an option shared by every command that paints.
struct StartOptions: ParsableArguments {
  @Option(
    name: [.customShort("i"), .long, .customLong("init-img")],
    help: "A picture to start from instead of noise alone: \(PictureFile.kinds).",
    completion: .file())
  var initImage: String?

  @Option(
    name: [.long, .customLong("denoising-strength")],
    help: "How far to go from that picture, above 0 and up to 1: the fraction of the steps to run.")
  var strength: Double?

  func validate() throws {
    if let strength, !(strength > 0 && strength <= 1) {
      throw ValidationError("--strength must be above 0 and at most 1")
    }
  }

  /// The picture according to the options, completed by a saved picture's settings.
  ///
  /// - Throws: `PictureFileError` or `FileError` if it cannot be read, ``NeededFileError`` if a saved picture's
  ///   starting picture is not found.
  func picture(
    repeating saved: (recipe: Recipe, file: URL)? = nil
  ) throws -> Recipe.StartingPicture? {
    let start = saved?.recipe.start
    var url: URL?
    if let initImage {
      url = UserFolders.url(initImage)
    } else if let saved, let name = start?.file {
      url = try FileShelf(beside: saved.file, model: nil).find(
        name, hash: start?.hash, by: .picture, neededBy: saved.file,
        option: "--init-image " + ShellWord.quoted("FOLDER/\(name)"))
    }
    guard let url else {
      guard strength == nil else {
        throw ValidationError(
          "--strength needs a starting picture: give --init-image too")
      }
      return nil
    }
    return try Recipe.StartingPicture(
      contentsOf: url, strength: strength ?? start?.strength ?? Recipe.StartingPicture.usualStrength
    )
  }
}

import ArgumentParser
import Foundation
import Pictures
import Recipes
import Session

/// The picture that a run begins with, as every command that paints takes it.
struct StartOptions: ParsableArguments {
  @Option(
    name: [.customShort("i"), .long, .customLong("init-img")],
    help: "A picture to start from instead of noise alone: \(PictureFile.kinds).")
  var initImage: String?

  @Option(
    name: [.long, .customLong("denoising-strength")],
    help: "How far to go from that picture, above 0 and up to 1: the share of the steps to run.")
  var strength: Double?

  func validate() throws {
    if let strength, !(strength > 0 && strength <= 1) {
      throw ValidationError("--strength must be above 0 and at most 1")
    }
  }

  /// The picture as the options have it; what they leave open is as a saved picture has it.
  ///
  /// - Throws: `PictureFileError` or `FileError` when it cannot be read, ``NeededFileError`` when a saved picture's is
  ///   not found.
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
          "--strength is for a starting picture: give --init-image too")
      }
      return nil
    }
    return try Recipe.StartingPicture(
      contentsOf: url, strength: strength ?? start?.strength ?? Recipe.StartingPicture.usualStrength
    )
  }
}

import ArgumentParser
import Checkpoints
import Files
import Foundation
import Pictures

/// The picture that a run begins with, as every command that paints takes it.
struct StartOptions: ParsableArguments {
  @Option(
    name: [.customShort("i"), .long, .customLong("init-img")],
    help: "A picture to begin with instead of noise alone: PNG, JPEG or WebP.")
  var initImage: String?

  @Option(
    name: [.long, .customLong("denoising-strength")],
    help: "How little of that picture is kept, above 0 to 1: the share of the steps that is taken.")
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
          "--strength says how little of a picture is kept: give --init-image too")
      }
      return nil
    }
    return try Recipe.StartingPicture(
      contentsOf: url, strength: strength ?? start?.strength ?? Recipe.StartingPicture.usualStrength
    )
  }
}

extension Recipe.StartingPicture {
  /// Reads a picture to begin with.
  ///
  /// - Throws: `PictureFileError` or `FileError`.
  init(contentsOf url: URL, strength: Double) throws {
    let data = try SafeFile.read(url, limit: PictureFile.longestFile)
    self.init(
      file: url.lastPathComponent, hash: Self.hash(of: data), strength: strength,
      picture: try PictureFile.decode(data, name: url.relativePath))
  }

  /// What tells the bytes of one file from those of another.
  static func hash(of data: Data) -> String { SHA256.hash(of: data, digits: 10) }
}

import Files
import Foundation
import Pictures

/// A picture included in the program, to add noise to: drawings, pixel art, a flag, a landscape, a photograph.
public struct ExamplePicture: Sendable, Hashable {
  /// What it shows.
  public let name: String
  /// The prompt for a model that denoises it.
  public let caption: String
  /// Its licence, such as `CC BY 4.0`; `pictures/licences.txt` states its requirements.
  public let licence: String
  /// Its author, and the work it is from.
  public let credit: String
  /// 64 by 64 pixels with alpha.
  public let cutout: Cutout

  /// All of them, the simplest first; none if the program was installed without its resources.
  public static let all: [ExamplePicture] =
    ResourceFolder.url("pictures", of: "ExamplePictures").flatMap { try? read($0) } ?? []

  /// The picture over a plain colour, white by default.
  ///
  /// The encoded values are mixed, as in the embedded model's training pictures.
  ///
  /// - Parameter background: Red, green and blue, encoded as sRGB.
  public func picture(on background: SIMD3<UInt8> = SIMD3(255, 255, 255)) -> Picture {
    cutout.over(background)
  }

  /// An entry of `pictures.json`.
  private struct Entry: Decodable {
    let file: String
    let name: String
    let caption: String
    let licence: String
    let credit: String
  }

  private static func read(_ folder: URL) throws -> [ExamplePicture] {
    let index = try Data(contentsOf: folder.appendingPathComponent("pictures.json"))
    return try JSONDecoder().decode([Entry].self, from: index).map { entry in
      ExamplePicture(
        name: entry.name, caption: entry.caption, licence: entry.licence, credit: entry.credit,
        cutout: try PictureFile.read(contentsOf: folder.appendingPathComponent(entry.file)))
    }
  }
}

import Files
import Foundation
import Pictures

/// The 3D emoji that the embedded model is trained on, at 32x32 pixels, and a search for those nearest to a picture.
///
/// `Tests/Reference/taught_pictures.py` makes them from the training set; `pictures/licence.txt` has their credits and
/// licence.
package struct TaughtPictures: Sendable {
  /// The name, in recipes, of the model that is trained on them.
  package static let model = "mini"
  /// The side in pixels.
  package static let side = 32

  /// Those of the embedded model, or `nil` if the program was installed without its resources.
  package static let embedded: TaughtPictures? =
    ResourceFolder.url("pictures", of: "TaughtPictures").flatMap {
      try? TaughtPictures(folder: $0)
    }

  /// What each of them shows; no name occurs twice.
  package let names: [String]
  /// Their pixels and coarse pixels, one picture after the other.
  let vectors: PixelVectors

  /// Reads `names.txt`, with a name on each line, and `atlas.webp`, tiles of 32x32 in the same order, row by row.
  ///
  /// - Throws: ``TaughtPicturesError`` when the two do not match; `PictureFileError` and `FileError` when one of them
  ///   cannot be read.
  package init(folder: URL) throws {
    let list = folder.appendingPathComponent("names.txt")
    let file = folder.appendingPathComponent("atlas.webp")
    names = String(decoding: try SafeFile.read(list, limit: 1 << 20), as: UTF8.self)
      .split(separator: "\n").map(String.init)
    guard !names.isEmpty, Set(names).count == names.count else {
      throw TaughtPicturesError(
        file: list.path, expected: "a different name in each line",
        found: names.isEmpty ? "no names" : "a name that occurs twice")
    }
    let side = Self.side
    let atlas = try PictureFile.read(contentsOf: file).over(SIMD3(255, 255, 255))
    let across = atlas.width / side
    guard atlas.width % side == 0, atlas.height % side == 0,
      names.count <= across * (atlas.height / side)
    else {
      throw TaughtPicturesError(
        file: file.path, expected: "\(names.count) tiles of \(side)x\(side) pixels",
        found: "\(atlas.width)x\(atlas.height) pixels")
    }
    var vectors = PixelVectors()
    for index in names.indices {
      vectors.append(atlas.tile(index, side: side, across: across))
    }
    self.vectors = vectors
  }

  /// One of the pictures, over white.
  ///
  /// - Parameter index: Its index in ``names``, which must exist.
  package func picture(_ index: Int) -> Picture {
    Picture(width: Self.side, height: Self.side, pixels: vectors.pixelValues(of: index))
  }
}

/// Training pictures that cannot be read.
package struct TaughtPicturesError: Error, CustomStringConvertible, Sendable {
  /// The file.
  package let file: String
  /// What was expected.
  package let expected: String
  /// What was found.
  package let found: String

  /// A sentence for people.
  package var description: String {
    "\(file): expected \(expected), found \(found). Make it again with Tests/Reference/taught_pictures.py"
  }
}

extension Picture {
  /// The pixels of a square tile, `(side, side, 3)`, from tiles in rows.
  fileprivate func tile(_ index: Int, side: Int, across: Int) -> [UInt8] {
    var values: [UInt8] = []
    values.reserveCapacity(side * side * 3)
    for line in 0..<side {
      let y = index / across * side + line
      let start = (y * width + index % across * side) * 3
      values += pixels[start..<(start + side * 3)]
    }
    return values
  }
}

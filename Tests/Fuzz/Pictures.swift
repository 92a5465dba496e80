import Foundation
import Pictures

/// A PNG, JPEG, WebP, GIF or BMP: its pixels, and the texts beside them.
func readPictures(_ bytes: [UInt8]) throws {
  let data = Data(bytes)
  try mayRefuse(with: PictureFileError.self) {
    let picture = try PictureFile.decode(data, name: "picture")
    try require(
      PictureFile.reads(width: picture.width, height: picture.height),
      "a picture of \(picture.width)x\(picture.height)")
  }
  try mayRefuse(with: PictureFileError.self) {
    try mayRefuse(with: PNGError.self) { _ = try PictureTexts.read(data, name: "picture") }
  }
}

import Foundation

/// A camera's orientation, as in Exif 2.3 (tag 0x0112): how to rotate the picture upright.
enum Orientation: Int {
  case upright = 1
  case mirrored
  case upsideDown
  case flipped
  case transposed
  case turnedRight
  case transversed
  case turnedLeft

  /// The orientation in a file's Exif data; upright if it is missing or invalid.
  init(of data: Data, _ format: PictureFile.Format) {
    self = FileParts(data, format).exif.flatMap(Exif.init)?.orientation ?? .upright
  }
}

extension Cutout {
  /// The upright picture, if it is stored with this orientation.
  func upright(from orientation: Orientation) -> Cutout {
    guard orientation != .upright else { return self }
    let isSwapped = orientation.rawValue >= Orientation.transposed.rawValue
    let (newWidth, newHeight) = isSwapped ? (height, width) : (width, height)
    var result: [UInt8] = []
    result.reserveCapacity(pixels.count)
    for y in 0..<newHeight {
      for x in 0..<newWidth {
        let (sourceX, sourceY) =
          switch orientation {
          case .upright: (x, y)
          case .mirrored: (width - 1 - x, y)
          case .upsideDown: (width - 1 - x, height - 1 - y)
          case .flipped: (x, height - 1 - y)
          case .transposed: (y, x)
          case .turnedRight: (y, height - 1 - x)
          case .transversed: (width - 1 - y, height - 1 - x)
          case .turnedLeft: (width - 1 - y, x)
          }
        let place = (sourceY * width + sourceX) * 4
        result += pixels[place..<(place + 4)]
      }
    }
    return Cutout(width: newWidth, height: newHeight, pixels: result)
  }
}

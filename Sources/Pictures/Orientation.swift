import Foundation

/// How a camera was held, as Exif 2.3 has it (tag 0x0112): what must be done to see the picture upright.
enum Orientation: Int {
  case upright = 1
  case mirrored
  case upsideDown
  case flipped
  case transposed
  case turnedRight
  case transversed
  case turnedLeft

  /// What the Exif part of a picture's file says; upright where there is none or it makes no sense.
  init(of data: Data, _ format: PictureFile.Format) {
    self = FileParts(data, format).exif.flatMap(Exif.init)?.orientation ?? .upright
  }
}

extension Cutout {
  /// The picture as it is to be seen, when it is stored with this orientation.
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

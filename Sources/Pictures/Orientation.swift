import Foundation

/// How a camera was held, as Exif 2.3 writes it into a JPEG (tag 0x0112): what must be done to see the picture upright.
enum Orientation: Int {
  case upright = 1
  case mirrored
  case upsideDown
  case flipped
  case transposed
  case turnedRight
  case transversed
  case turnedLeft

  /// What the first Exif segment of a JPEG file says; upright where there is none or it makes no sense.
  init(ofJPEG data: Data) {
    self = Self.exif(in: [UInt8](data.prefix(1 << 18))).flatMap(Self.read) ?? .upright
  }

  /// The TIFF structure in the first Exif segment before the pixels.
  private static func exif(in bytes: [UInt8]) -> ArraySlice<UInt8>? {
    var place = 2
    while place + 4 <= bytes.count, bytes[place] == 0xff {
      let marker = bytes[place + 1]
      let length = Int(bytes[place + 2]) << 8 | Int(bytes[place + 3])
      let end = place + 2 + length
      guard marker != 0xda, length >= 2, end <= bytes.count else { return nil }
      let segment = bytes[(place + 4)..<end]
      if marker == 0xe1, segment.starts(with: Array("Exif\0\0".utf8)) {
        return segment.dropFirst(6)
      }
      place = end
    }
    return nil
  }

  /// The orientation in the first directory of a TIFF structure.
  private static func read(_ tiff: ArraySlice<UInt8>) -> Orientation? {
    let isLittle = tiff.starts(with: [0x49, 0x49, 42, 0])
    guard isLittle || tiff.starts(with: [0x4d, 0x4d, 0, 42]) else { return nil }
    func number(at offset: Int, bytes count: Int) -> Int? {
      guard offset >= 0, offset + count <= tiff.count else { return nil }
      let field = tiff[(tiff.startIndex + offset)..<(tiff.startIndex + offset + count)]
      return isLittle
        ? field.reversed().reduce(0) { $0 << 8 | Int($1) } : field.reduce(0) { $0 << 8 | Int($1) }
    }
    guard let directory = number(at: 4, bytes: 4), let count = number(at: directory, bytes: 2)
    else { return nil }
    for entry in 0..<count {
      let place = directory + 2 + entry * 12
      guard let tag = number(at: place, bytes: 2) else { return nil }
      guard tag == 0x0112 else { continue }
      return number(at: place + 8, bytes: 2).flatMap(Orientation.init(rawValue:))
    }
    return nil
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

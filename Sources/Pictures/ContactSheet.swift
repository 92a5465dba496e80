/// Pictures side by side on one.
public enum ContactSheet {
  /// Pictures of one size in rows, parted by gaps; what is missing at the end of a row stays background.
  public static func picture(
    rows: [[Picture]], gap: Int, background: (UInt8, UInt8, UInt8)
  ) -> Picture {
    let columns = rows.map(\.count).max() ?? 0
    guard let first = rows.lazy.joined().first else {
      return Picture(width: 0, height: 0, pixels: [])
    }
    let width = columns * (first.width + gap) - gap
    let height = rows.count * (first.height + gap) - gap
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    for place in stride(from: 0, to: pixels.count, by: 3) {
      (pixels[place], pixels[place + 1], pixels[place + 2]) = background
    }
    for (row, pictures) in rows.enumerated() {
      for (column, picture) in pictures.enumerated()
      where picture.width == first.width && picture.height == first.height {
        for y in 0..<picture.height {
          let top = row * (first.height + gap) + y
          let to = (top * width + column * (first.width + gap)) * 3
          let from = y * picture.width * 3
          pixels.replaceSubrange(
            to..<(to + picture.width * 3), with: picture.pixels[from..<(from + picture.width * 3)])
        }
      }
    }
    return Picture(width: width, height: height, pixels: pixels)
  }

  /// At most `most` of the numbers below `count`, evenly spread, the first and the last among them.
  public static func spread(_ count: Int, most: Int) -> [Int] {
    guard count > most, most > 1 else { return Array(0..<min(count, max(0, most))) }
    return (0..<most).map { ($0 * (count - 1) + (most - 1) / 2) / (most - 1) }
  }
}

/// Many pictures as one, in rows and columns.
public enum ContactSheet {
  /// The pictures in a grid, with a gap between them and around them all.
  ///
  /// A place is as large as the largest picture, and a smaller one stands at its top left.
  ///
  /// - Parameters:
  ///   - rows: The pictures from the top; where a row is shorter than others the background stays.
  ///   - gap: The gap's pixels.
  ///   - background: Red, green and blue of what no picture covers.
  public static func picture(
    rows: [[Picture]], gap: Int, background: (UInt8, UInt8, UInt8)
  ) -> Picture {
    let pictures = rows.joined()
    let gap = max(0, gap)
    let stepX = (pictures.map(\.width).max() ?? 0) + gap
    let stepY = (pictures.map(\.height).max() ?? 0) + gap
    let width = gap + stepX * (rows.map(\.count).max() ?? 0)
    let height = gap + stepY * rows.count

    var sheet = Picture(
      width: width, height: height, color: SIMD3(background.0, background.1, background.2))
    for (row, pictures) in rows.enumerated() {
      for (column, picture) in pictures.enumerated() {
        sheet.place(picture, x: gap + column * stepX, y: gap + row * stepY)
      }
    }
    return sheet
  }

  /// At most `most` indices below `count`, in their order and evenly apart.
  ///
  /// The first and the last are always among them; where there is room for one only, it is the last.
  public static func spread(_ count: Int, most: Int) -> [Int] {
    guard count > 0, most > 0 else { return [] }
    guard count > most else { return Array(0..<count) }
    guard most > 1 else { return [count - 1] }
    return (0..<most).map { $0 * (count - 1) / (most - 1) }
  }
}

extension Picture {
  /// A picture of one colour.
  init(width: Int, height: Int, color: SIMD3<UInt8>) {
    var pixels: [UInt8] = []
    pixels.reserveCapacity(width * height * 3)
    for _ in 0..<(width * height) {
      pixels.append(color.x)
      pixels.append(color.y)
      pixels.append(color.z)
    }
    self.init(width: width, height: height, pixels: pixels)
  }

  /// Puts another picture over a part of this one, within which it must lie.
  mutating func place(_ picture: Picture, x: Int, y: Int) {
    let stride = picture.width * 3
    for row in 0..<picture.height {
      let start = ((y + row) * width + x) * 3
      pixels.replaceSubrange(
        start..<(start + stride), with: picture.pixels[(row * stride)..<((row + 1) * stride)])
    }
  }
}

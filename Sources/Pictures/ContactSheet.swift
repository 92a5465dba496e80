/// Many pictures as one, in rows and columns.
public enum ContactSheet {
  /// The pictures in a grid, with gaps between and around them.
  ///
  /// Each place is as large as the largest picture; a smaller picture is in its top left corner.
  ///
  /// - Parameters:
  ///   - rows: The pictures from the top; a shorter row leaves the background visible.
  ///   - gap: The width of the gap in pixels.
  ///   - background: Red, green and blue for the area without pictures.
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

  /// At most `most` indices below `count`, in order and evenly spaced.
  ///
  /// The first and the last are always included; if there is room for only one, it is the last.
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

  /// Draws another picture over a part of this one; it must fit inside.
  mutating func place(_ picture: Picture, x: Int, y: Int) {
    let stride = picture.width * 3
    for row in 0..<picture.height {
      let start = ((y + row) * width + x) * 3
      pixels.replaceSubrange(
        start..<(start + stride), with: picture.pixels[(row * stride)..<((row + 1) * stride)])
    }
  }
}

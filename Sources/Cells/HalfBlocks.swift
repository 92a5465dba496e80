import Pictures

/// Pictures as upper half blocks: each cell is two pixels, one above the other.
public enum HalfBlocks {
  /// Pixels that a picture is given where `columns` by `rows` cells are free: a whole number of times its size where
  /// that fits, else the largest size that keeps its shape.
  public static func size(of picture: Picture, columns: Int, rows: Int) -> (width: Int, height: Int)
  {
    guard picture.width > 0, picture.height > 0, columns > 0, rows > 0 else { return (0, 0) }
    let factor = min(columns / picture.width, rows * 2 / picture.height)
    if factor >= 1 { return (picture.width * factor, picture.height * factor) }
    let scale = min(
      Double(columns) / Double(picture.width), Double(rows * 2) / Double(picture.height))
    return (
      max(1, Int(Double(picture.width) * scale)), max(1, Int(Double(picture.height) * scale))
    )
  }

  /// Draws a picture in the middle of a rectangle.
  ///
  /// - Returns: The cells it took.
  @discardableResult
  public static func draw(_ picture: Picture, in rect: Rect, into buffer: inout CellBuffer) -> Rect {
    let (width, height) = size(of: picture, columns: rect.width, rows: rect.height)
    guard width > 0, height > 0 else { return Rect(x: rect.x, y: rect.y, width: 0, height: 0) }
    let fitted =
      width >= picture.width
      ? picture.enlarged(by: width / picture.width) : picture.resized(width: width, height: height)
    let cells = Rect(
      x: rect.x + (rect.width - width) / 2, y: rect.y + (rect.height - (height + 1) / 2) / 2,
      width: width, height: (height + 1) / 2)
    for row in 0..<cells.height {
      for column in 0..<width {
        let upper = color(fitted, column, row * 2)
        let lower = row * 2 + 1 < height ? color(fitted, column, row * 2 + 1) : nil
        buffer[cells.x + column, cells.y + row] = Cell("▀", Style(upper, on: lower))
      }
    }
    return cells
  }

  private static func color(_ picture: Picture, _ x: Int, _ y: Int) -> Color {
    let start = (y * picture.width + x) * 3
    return Color(picture.pixels[start], picture.pixels[start + 1], picture.pixels[start + 2])
  }
}

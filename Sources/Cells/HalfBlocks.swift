import Pictures

/// Pictures in cells: an upper half block shows two pixels, one above the other.
///
/// A cell is about twice as high as wide, so that the pixels come out square.
public enum HalfBlocks {
  /// The cells that a picture takes in `rect`.
  ///
  /// The picture is enlarged by the largest whole number that fits, which keeps every pixel
  /// crisp, or else reduced, in its proportions, until it fits.
  public static func size(
    of picture: Picture, fitting rect: Rect
  ) -> (columns: Int, rows: Int) {
    let pixels = pixelSize(width: picture.width, height: picture.height, in: rect)
    return (pixels.width, (pixels.height + 1) / 2)
  }

  /// Where ``draw(_:in:into:)`` puts a picture.
  public static func place(of picture: Picture, in rect: Rect) -> Rect {
    let (columns, rows) = size(of: picture, fitting: rect)
    return Rect(
      x: rect.x + (rect.width - columns) / 2, y: rect.y + (rect.height - rows) / 2, width: columns,
      height: rows)
  }

  /// Draws a picture into the middle of `rect`; the cells that it does not cover stay as they are.
  ///
  /// Reducing averages areas in linear light.
  public static func draw(_ picture: Picture, in rect: Rect, into buffer: inout CellBuffer) {
    let size = pixelSize(width: picture.width, height: picture.height, in: rect)
    guard size.width > 0, size.height > 0 else { return }
    let scaled: Picture
    let factor: Int
    if size.width >= picture.width {
      (scaled, factor) = (picture, size.width / picture.width)
    } else {
      (scaled, factor) = (picture.resized(width: size.width, height: size.height), 1)
    }
    let rows = (size.height + 1) / 2
    let left = rect.x + (rect.width - size.width) / 2
    let top = rect.y + (rect.height - rows) / 2
    for row in 0..<rows {
      for column in 0..<size.width {
        let upper = scaled.color(x: column / factor, y: 2 * row / factor)
        let (x, y) = (left + column, top + row)
        var style = Style(upper, on: buffer[x, y].style.background)
        if 2 * row + 1 < size.height {
          style.background = scaled.color(x: column / factor, y: (2 * row + 1) / factor)
        }
        buffer[x, y] = Cell("▀", style)
      }
    }
  }

  /// A glyph as dark or light as a half block's two pixels, for terminals without colours.
  ///
  /// Darkest is a blank: right where the text is lighter than what is behind it.
  ///
  /// - Returns: `nil` for a cell that is no half block.
  public static func shade(of cell: Cell) -> Character? {
    guard cell.glyph == "▀", let upper = cell.style.foreground else { return nil }
    let pair = [upper, cell.style.background ?? upper]
    let light = pair.reduce(0) { $0 + $1.luminance } / 2
    return shades[Int(Light.encoded(light)) * shades.count / 256]
  }

  private static let shades = Array(" .:-=+*#%@")

  /// The size in pixels, one wide and half a cell high, of a picture shown in `rect`.
  private static func pixelSize(
    width: Int, height: Int, in rect: Rect
  ) -> (width: Int, height: Int) {
    guard width > 0, height > 0, !rect.isEmpty else { return (0, 0) }
    let (columns, lines) = (rect.width, 2 * rect.height)
    let factor = min(columns / width, lines / height)
    if factor >= 1 { return (width * factor, height * factor) }
    // The side that is scarcer is filled, the other follows, rounded.
    if columns * height <= lines * width {
      return (columns, min(lines, max(1, (2 * columns * height + width) / (2 * width))))
    }
    return (min(columns, max(1, (2 * lines * width + height) / (2 * height))), lines)
  }
}

extension Picture {
  /// The colour of a pixel.
  fileprivate func color(x: Int, y: Int) -> Color {
    let place = 3 * (y * width + x)
    return Color(pixels[place], pixels[place + 1], pixels[place + 2])
  }
}

import Pictures

/// The glyphs that a picture is drawn with.
public enum GlyphSet: String, Sendable, Hashable, CaseIterable {
  /// `▀`: two pixels in a cell, each with its own colour. It is exact, and every font has it.
  case halves
  /// Real pixels, in terminals that can show pictures. A picture takes the same cells as with half blocks.
  case pixels
  /// `▘▝▀▖▌…`: four pixels in a cell, which share two colours.
  case quadrants
  /// `🬀🬁🬂…` (Unicode 13): six pixels in a cell, which share two colours.
  case sextants
  /// ` .:-=+*#%@`: one pixel in a cell, for terminals without colours or without Unicode.
  case shades

  /// The pixels that the glyphs show in a cell, across and down.
  var grid: (across: Int, down: Int) {
    switch self {
    case .halves, .pixels: (1, 2)
    case .quadrants: (2, 2)
    case .sextants: (2, 3)
    case .shades: (1, 1)
    }
  }
}

/// Draws pictures in cells, with a terminal's glyphs and colours.
///
/// A cell is about twice as high as wide, so the two pixels of an upper half block are square; all sizes here are
/// counted in such squares.
public struct CellArt: Sendable, Hashable {
  /// The glyphs.
  public var glyphs: GlyphSet
  /// The number of colours. If there are few, they are mixed by ordered dithering, which does not flicker while a
  /// picture stays the same.
  public var colors: ColorDepth
  /// Whether text is darker than its background, so that shades are inverted.
  public var isOnLight: Bool

  /// Draws with these glyphs and colours.
  public init(
    _ glyphs: GlyphSet = .halves, colors: ColorDepth = .trueColor, isOnLight: Bool = false
  ) {
    self.glyphs = colors == .none ? .shades : glyphs
    self.colors = colors
    self.isOnLight = isOnLight
  }

  /// Computes the dithering table, which takes a fifth of a second the first time; call it in the background, so that
  /// no picture waits for it.
  public static func prepare(_ colors: ColorDepth) { _ = Dither.of(colors) }

  // MARK: Placement

  /// The cells that a picture takes in `rect`.
  ///
  /// The picture is enlarged by the largest whole number that fits, which keeps every pixel sharp, or otherwise reduced
  /// in proportion until it fits.
  ///
  /// - Parameter fills: Whether it is enlarged to fill `rect`, by any factor.
  public func size(
    of picture: Picture, fitting rect: Rect, fills: Bool = false
  ) -> (columns: Int, rows: Int) {
    let squares = CellArt.squares(of: picture, in: rect, fills: fills)
    return (squares.width, (squares.height + 1) / 2)
  }

  /// The position where ``draw(_:in:fills:into:)`` draws a picture.
  public func place(of picture: Picture, in rect: Rect, fills: Bool = false) -> Rect {
    let (columns, rows) = size(of: picture, fitting: rect, fills: fills)
    return Rect(
      x: rect.x + (rect.width - columns) / 2, y: rect.y + (rect.height - rows) / 2, width: columns,
      height: rows)
  }

  /// The width and height, in squares, of a picture shown in `rect`.
  private static func squares(
    of picture: Picture, in rect: Rect, fills: Bool
  ) -> (width: Int, height: Int) {
    let (width, height) = (picture.width, picture.height)
    guard width > 0, height > 0, !rect.isEmpty else { return (0, 0) }
    let (columns, lines) = (rect.width, 2 * rect.height)
    let factor = min(columns / width, lines / height)
    if factor >= 1, !fills { return (width * factor, height * factor) }
    // The limiting side is filled, and the other follows, rounded.
    if columns * height <= lines * width {
      return (columns, min(lines, max(1, (2 * columns * height + width) / (2 * width))))
    }
    return (min(columns, max(1, (2 * lines * width + height) / (2 * height))), lines)
  }

  // MARK: Drawing

  /// Draws a picture into the middle of `rect`; cells that it does not cover are unchanged.
  ///
  /// Reduction averages areas in linear light.
  ///
  /// - Parameter fills: Whether a small picture is enlarged to fill `rect`, by any factor.
  public func draw(
    _ picture: Picture, in rect: Rect, fills: Bool = false, into buffer: inout CellBuffer
  ) {
    let size = CellArt.squares(of: picture, in: rect, fills: fills)
    guard size.width > 0, size.height > 0 else { return }
    let rows = (size.height + 1) / 2
    let left = rect.x + (rect.width - size.width) / 2
    let top = rect.y + (rect.height - rows) / 2
    var glyphs = self.glyphs
    if glyphs == .pixels {
      let most = PicturePlaceholder.marks.count
      if size.width <= most, rows <= most {
        buffer.put(picture, in: Rect(x: left, y: top, width: size.width, height: rows))
        return
      }
      glyphs = .halves
    }
    let (across, down) = glyphs.grid
    let grid = sampled(
      picture, width: size.width * across, height: max(1, size.height * down / 2))
    let clip = rect.intersection(buffer.bounds)
    for row in max(0, clip.y - top)..<max(0, min(rows, clip.maxY - top)) {
      for column in max(0, clip.x - left)..<max(0, min(size.width, clip.maxX - left)) {
        let (x, y) = (left + column, top + row)
        switch glyphs {
        case .halves, .pixels:
          let upper = colour(grid.color(x: column, y: 2 * row), x: x, y: 2 * y)
          let isWhole = 2 * row + 1 < grid.height
          let lower =
            isWhole ? colour(grid.color(x: column, y: 2 * row + 1), x: x, y: 2 * y + 1) : nil
          buffer[x, y] = Cell("▀", Style(upper, on: lower ?? buffer[x, y].style.background))
        case .quadrants, .sextants:
          buffer[x, y] = block(grid, column: column, row: row, x: x, y: y)
        case .shades:
          let color = grid.color(x: column, y: min(row, grid.height - 1))
          let ink = colors == .none ? nil : colour(color, x: x, y: y)
          buffer[x, y] = Cell(shade(of: color), Style(ink, on: buffer[x, y].style.background))
        }
      }
    }
  }

  /// A colour as the terminal shows it at a position.
  private func colour(_ color: Color, x: Int, y: Int) -> Color {
    Dither.of(colors)?.color(color, x: x, y: y) ?? color
  }

  /// The picture at the size of the pixel grid: pixels are repeated if they fit, and areas averaged if not.
  private func sampled(_ picture: Picture, width: Int, height: Int) -> Picture {
    if width % picture.width == 0, height % picture.height == 0 {
      return picture.repeated(across: width / picture.width, down: height / picture.height)
    }
    return picture.resized(width: width, height: height)
  }

  // MARK: Two colours in a cell

  private static let quadrants = Array(" ▘▝▀▖▌▞▛▗▚▐▜▄▙▟█")

  /// The six pixels of a sextant glyph are the bits of its number, except for the four patterns that are elsewhere in
  /// Unicode.
  private static let sextants: [Character] = (0..<64).map { pattern in
    switch pattern {
    case 0: return " "
    case 21: return "▌"
    case 42: return "▐"
    case 63: return "█"
    default:
      let code = 0x1fb00 + pattern - 1 - (pattern > 21 ? 1 : 0) - (pattern > 42 ? 1 : 0)
      return Unicode.Scalar(UInt32(code)).map(Character.init) ?? " "
    }
  }

  /// The glyph and the two colours nearest to a cell's pixels, by the sum of squared errors.
  ///
  /// With the pixels p in a set S painted in their mean, the error is Σ|p|² - |Σp|²/|S|: the best split is the one
  /// whose parts have the largest |Σp|²/|S|. The first pixel is always ink, because a pattern and its opposite give the
  /// same picture.
  private func block(_ grid: Picture, column: Int, row: Int, x: Int, y: Int) -> Cell {
    let (across, down) = glyphs.grid
    let count = across * down
    let full = (1 << count) - 1
    return withUnsafeTemporaryAllocation(of: SIMD4<Float>.self, capacity: full + 1) { sums in
      // Sums over subsets, each computed from the one without its lowest pixel.
      sums[0] = .zero
      for pattern in 1...full {
        let pixel = pattern.trailingZeroBitCount
        if pattern & (pattern - 1) == 0 {
          let color = grid.color(
            x: column * across + pixel % across,
            y: min(grid.height - 1, row * down + pixel / across))
          sums[pattern] = SIMD4(Float(color.red), Float(color.green), Float(color.blue), 1)
        } else {
          sums[pattern] = sums[pattern & (pattern - 1)] + sums[1 << pixel]
        }
      }
      func weight(_ sum: SIMD4<Float>) -> Float {
        let squares = sum * sum
        return (squares.x + squares.y + squares.z) / sum.w
      }
      var best = full
      // A uniform cell stays uniform: a split must gain more than rounding.
      var bestWeight = weight(sums[full]) + 1
      for pattern in stride(from: 1, to: full, by: 2) {
        let found = weight(sums[pattern]) + weight(sums[full ^ pattern])
        if found > bestWeight { (best, bestWeight) = (pattern, found) }
      }
      func mean(_ sum: SIMD4<Float>, y: Int) -> Color {
        let rounded = (sum / sum.w + 0.5).clamped(
          lowerBound: .zero, upperBound: SIMD4(repeating: 255))
        return colour(Color(UInt8(rounded.x), UInt8(rounded.y), UInt8(rounded.z)), x: x, y: y)
      }
      let ink = mean(sums[best], y: 2 * y)
      let ground = best == full ? ink : mean(sums[full ^ best], y: 2 * y + 1)
      let glyph = count == 4 ? CellArt.quadrants[best] : CellArt.sextants[best]
      return Cell(glyph, Style(ink, on: ground))
    }
  }

  // MARK: Shades

  private static let shades = Array(" .:-=+*#%@")

  /// A glyph as light as a colour if text is lighter than its background, otherwise as dark.
  private func shade(of color: Color) -> Character {
    let light = Int(Light.encoded(color.luminance))
    let index = (isOnLight ? 255 - light : light) * CellArt.shades.count / 256
    return CellArt.shades[index]
  }
}

extension Picture {
  /// The colour of a pixel.
  func color(x: Int, y: Int) -> Color {
    let place = 3 * (y * width + x)
    return Color(pixels[place], pixels[place + 1], pixels[place + 2])
  }
}

/// How many colours a terminal shows.
public enum ColorDepth: String, Sendable, Hashable, CaseIterable {
  /// Any of 16 million.
  case full = "24bit"
  /// The 256 of xterm, of which the 16 that users change are left alone.
  case palette256 = "256"
  /// The 16 named ones.
  case palette16 = "16"
  /// None: light and dark are told by characters.
  case none
}

extension Color {
  /// How bright the colour looks, 0 to 1 (ITU-R BT.709 on encoded values, which is near enough for choosing glyphs).
  public var brightness: Double {
    (0.2126 * Double(red) + 0.7152 * Double(green) + 0.0722 * Double(blue)) / 255
  }

  /// The nearest of xterm's 240 fixed colours: a cube of six levels, or one of 24 greys.
  public var xterm256: Int {
    let levels = [0, 95, 135, 175, 215, 255]
    func nearest(_ value: UInt8) -> Int {
      levels.indices.min { abs(levels[$0] - Int(value)) < abs(levels[$1] - Int(value)) } ?? 0
    }
    let cube = (nearest(red), nearest(green), nearest(blue))
    let cubeColor = (levels[cube.0], levels[cube.1], levels[cube.2])
    let mean = (Int(red) + Int(green) + Int(blue)) / 3
    let grey = max(0, min(23, (mean - 8 + 5) / 10))
    let greyValue = 8 + grey * 10
    let toCube = distance(cubeColor.0, cubeColor.1, cubeColor.2)
    let toGrey = distance(greyValue, greyValue, greyValue)
    return toGrey < toCube ? 232 + grey : 16 + 36 * cube.0 + 6 * cube.1 + cube.2
  }

  /// The nearest of the 16 named colours, as xterm draws them.
  public var ansi16: Int {
    let palette = [
      (0, 0, 0), (205, 0, 0), (0, 205, 0), (205, 205, 0), (0, 0, 238), (205, 0, 205),
      (0, 205, 205), (229, 229, 229), (127, 127, 127), (255, 0, 0), (0, 255, 0), (255, 255, 0),
      (92, 92, 255), (255, 0, 255), (0, 255, 255), (255, 255, 255),
    ]
    return palette.indices.min {
      distance(palette[$0].0, palette[$0].1, palette[$0].2)
        < distance(palette[$1].0, palette[$1].1, palette[$1].2)
    } ?? 7
  }

  private func distance(_ r: Int, _ g: Int, _ b: Int) -> Int {
    let (dr, dg, db) = (Int(red) - r, Int(green) - g, Int(blue) - b)
    // The eye sees green best and blue least.
    return 3 * dr * dr + 6 * dg * dg + dg * dg / 4 + 2 * db * db
  }
}

/// How many colours a terminal has.
public enum ColorDepth: String, Sendable, Hashable, CaseIterable {
  /// Any 24-bit colour.
  case trueColor = "24bit"
  /// xterm's 256; only the 240 fixed ones are used, because the user can change the first 16.
  case palette256 = "256"
  /// The 16 classic colours; the user decides what they look like.
  case palette16 = "16"
  /// The first eight of the 16 colours; old terminal descriptions have only these.
  case palette8 = "8"
  /// No colours: text and attributes only.
  case none = "none"

  /// The nearest of xterm's 240 fixed colours, 16 to 255: a cube of 6 levels and 24 greys.
  public static func xterm256(_ color: Color) -> UInt8 {
    let cube = (nearestLevel(color.red), nearestLevel(color.green), nearestLevel(color.blue))
    let cubeColor = Color(levels[cube.0], levels[cube.1], levels[cube.2])
    let mean = (Int(color.red) + Int(color.green) + Int(color.blue)) / 3
    let grey = min(23, max(0, (mean - 3) / 10))
    let greyValue = UInt8(8 + 10 * grey)
    let greyColor = Color(greyValue, greyValue, greyValue)
    if distance(greyColor, color) < distance(cubeColor, color) { return UInt8(232 + grey) }
    return UInt8(16 + 36 * cube.0 + 6 * cube.1 + cube.2)
  }

  /// The nearest of the 16 named colours, 0 to 15, as xterm shows them by default.
  public static func ansi16(_ color: Color) -> UInt8 { nearest(color, among: 16) }

  /// The nearest of the first eight.
  public static func ansi8(_ color: Color) -> UInt8 { nearest(color, among: 8) }

  private static func nearest(_ color: Color, among count: Int) -> UInt8 {
    var best = 0
    for index in 0..<count where distance(named[index], color) < distance(named[best], color) {
      best = index
    }
    return UInt8(best)
  }

  /// A colour as displayed at this depth; unchanged without colours.
  func shown(_ color: Color) -> Color {
    switch self {
    case .trueColor, .none: color
    case .palette256: ColorDepth.color256(ColorDepth.xterm256(color))
    case .palette16: ColorDepth.color16(ColorDepth.ansi16(color))
    case .palette8: ColorDepth.color16(ColorDepth.ansi8(color))
    }
  }

  /// The contrast of two colours at this depth, by the WCAG formula: from 1 for none to 21.
  public func contrast(_ color: Color, on ground: Color) -> Float {
    let (a, b) = (shown(color).luminance, shown(ground).luminance)
    return (max(a, b) + 0.05) / (min(a, b) + 0.05)
  }

  /// One of xterm's 240 fixed colours, by its number from 16 up.
  static func color256(_ number: UInt8) -> Color {
    if number >= 232 {
      let grey = 8 + 10 * (number - 232)
      return Color(grey, grey, grey)
    }
    let index = Int(max(16, number)) - 16
    return Color(levels[index / 36], levels[index / 6 % 6], levels[index % 6])
  }

  /// One of the 16 named colours, as xterm shows it by default.
  static func color16(_ number: UInt8) -> Color { named[Int(number & 15)] }

  private static let levels: [UInt8] = [0, 95, 135, 175, 215, 255]

  private static func nearestLevel(_ value: UInt8) -> Int {
    value < 48 ? 0 : value < 115 ? 1 : (Int(value) - 35) / 40
  }

  private static let named: [Color] = [
    Color(0, 0, 0), Color(205, 0, 0), Color(0, 205, 0), Color(205, 205, 0),
    Color(0, 0, 238), Color(205, 0, 205), Color(0, 205, 205), Color(229, 229, 229),
    Color(127, 127, 127), Color(255, 0, 0), Color(0, 255, 0), Color(255, 255, 0),
    Color(92, 92, 255), Color(255, 0, 255), Color(0, 255, 255), Color(255, 255, 255),
  ]

  private static func distance(_ a: Color, _ b: Color) -> Int {
    let (red, green, blue) = (
      Int(a.red) - Int(b.red), Int(a.green) - Int(b.green), Int(a.blue) - Int(b.blue)
    )
    return red * red + green * green + blue * blue
  }
}

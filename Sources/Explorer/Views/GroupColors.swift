import Cells

/// The colours of the groups on the map.
enum GroupColors {
  /// The colour of a group, darker on light backgrounds. With sixteen colours or fewer, it is one of these, so that
  /// groups have different colours as long as there are enough.
  static func color(_ group: Int, _ theme: Theme, _ depth: ColorDepth) -> Color {
    switch depth {
    case .palette16, .palette8: pick(group, theme.isLight ? namedOnLight : named)
    case .trueColor, .palette256, .none: pick(group, theme.isLight ? dark : bright)
    }
  }

  /// The glyph of a group without a colour of its own.
  static let cross = "×"

  /// The glyph of a group: a cross if an earlier group has the same colour, because the terminal has too few.
  static func glyph(_ group: Int, _ theme: Theme, _ depth: ColorDepth) -> String {
    func shown(_ group: Int) -> UInt8? {
      switch depth {
      case .palette16: ColorDepth.ansi16(color(group, theme, depth))
      case .palette8: ColorDepth.ansi8(color(group, theme, depth))
      case .trueColor, .palette256, .none: nil
      }
    }
    guard let own = shown(group) else { return "●" }
    return (0..<max(0, group)).contains { shown($0) == own } ? cross : "●"
  }

  private static func pick(_ group: Int, _ colors: [Color]) -> Color {
    colors[(group % colors.count + colors.count) % colors.count]
  }

  /// Colours that most people can tell apart, including most colour-blind people.
  private static let bright = [
    Color(86, 180, 233), Color(230, 159, 0), Color(0, 158, 115), Color(240, 228, 66),
    Color(213, 94, 0), Color(204, 121, 167), Color(148, 148, 255), Color(140, 200, 80),
    Color(200, 200, 200), Color(255, 130, 130), Color(120, 220, 220),
  ]

  private static let dark = bright.map { color in
    Color(
      UInt8(Int(color.red) * 5 / 8), UInt8(Int(color.green) * 5 / 8), UInt8(Int(color.blue) * 5 / 8)
    )
  }

  /// Those of the sixteen terminal colours that are visible on black.
  private static let named = [
    Color(0, 205, 205), Color(205, 205, 0), Color(0, 205, 0), Color(255, 255, 0), Color(205, 0, 0),
    Color(255, 0, 255), Color(92, 92, 255), Color(0, 255, 0), Color(229, 229, 229),
    Color(255, 0, 0), Color(0, 255, 255),
  ]

  /// Those of the sixteen that are visible on white; there are fewer.
  private static let namedOnLight = [
    Color(0, 0, 238), Color(205, 0, 0), Color(0, 205, 0), Color(205, 0, 205), Color(127, 127, 127),
    Color(0, 0, 0), Color(92, 92, 255), Color(255, 0, 0), Color(255, 0, 255),
  ]
}

import Cells

/// The colours of the interface; a background of `nil` means the terminal's own.
public struct Theme: Sendable, Hashable {
  /// The name by which it is chosen.
  public var name: String
  /// Ordinary text.
  public var ink: Color
  /// Labels and hints.
  public var dim: Color
  /// Lines and borders.
  public var line: Color
  /// The focus, and nothing else.
  public var accent: Color
  /// The finished part of the timeline.
  public var done: Color
  /// Errors.
  public var warning: Color
  /// The background.
  public var background: Color?
  /// Whether it is meant for light backgrounds.
  public var isLight = false
  /// The number of colours in the terminal.
  var colors = ColorDepth.trueColor

  /// For dark terminals.
  public static let dark = Theme(
    name: "dark", ink: Color(222, 222, 226), dim: Color(142, 144, 156), line: Color(84, 86, 98),
    accent: Color(255, 179, 71), done: Color(122, 162, 247), warning: Color(255, 110, 103),
    background: nil)

  /// For light terminals.
  public static let light = Theme(
    name: "light", ink: Color(40, 42, 50), dim: Color(100, 104, 116), line: Color(176, 180, 190),
    accent: Color(190, 92, 0), done: Color(38, 92, 196), warning: Color(190, 30, 30),
    background: Color(250, 250, 248), isLight: true)

  /// The colours that a theme file may set, in the order in which they are explained.
  public static let keys = ["ink", "dim", "line", "accent", "done", "warning", "background"]

  /// The theme with the colours of a palette applied; unknown keys are ignored.
  public func with(_ palette: [String: Color], name: String) -> Theme {
    var theme = self
    theme.name = name
    theme.ink = palette["ink"] ?? ink
    theme.dim = palette["dim"] ?? dim
    theme.line = palette["line"] ?? line
    theme.accent = palette["accent"] ?? accent
    theme.done = palette["done"] ?? done
    theme.warning = palette["warning"] ?? warning
    theme.background = palette["background"] ?? background
    return theme
  }

  /// The plot colour of the finished part: quieter than the track, halfway to the background.
  var plot: Color {
    let ground = background ?? (isLight ? Color(255, 255, 255) : Color(0, 0, 0))
    func mean(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Int(a) + Int(b)) / 2) }
    return colors == .trueColor || colors == .palette256
      ? Color(
        mean(done.red, ground.red), mean(done.green, ground.green), mean(done.blue, ground.blue))
      : done
  }

  /// The theme converted to a terminal's colours.
  func shown(in colors: ColorDepth) -> Theme {
    var theme = self
    theme.colors = colors
    return theme
  }

  /// Text in one of the theme's colours. If the terminal has no colours, or so few that the text would hardly differ
  /// from the background, it gets the colour of ordinary text, and is faint if it should be less prominent.
  func text(_ color: Color, _ attributes: Attributes = []) -> Style {
    let isFaint = color == dim || color == line
    switch colors {
    case .trueColor, .palette256: return Style(color, on: background, attributes)
    case .none: return Style(color, on: background, isFaint ? attributes.union(.dim) : attributes)
    case .palette16, .palette8:
      let ground = background ?? (isLight ? Color(255, 255, 255) : Color(0, 0, 0))
      let choices = color == line ? [line, dim] : [color]
      if let seen = choices.first(where: { colors.contrast($0, on: ground) >= 2 }) {
        return Style(seen, on: background, attributes)
      }
      return Style(
        background == nil ? nil : ink, on: background,
        isFaint ? attributes.union(.dim) : attributes)
    }
  }
}

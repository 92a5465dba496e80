import Cells

/// The colours of the interface; a background of `nil` is the terminal's own.
public struct Theme: Sendable, Hashable {
  /// The name that it is chosen by.
  public var name: String
  /// Ordinary text.
  public var ink: Color
  /// Labels and hints.
  public var dim: Color
  /// Lines and borders.
  public var line: Color
  /// Where the focus is, and nothing else.
  public var accent: Color
  /// The part of the timeline that is done.
  public var done: Color
  /// What went wrong.
  public var warning: Color
  /// Behind everything.
  public var background: Color?
  /// Whether it is made for light backgrounds.
  public var isLight = false
  /// The colours that the terminal has.
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

  /// The colours that a theme file may set, in the order they are explained.
  public static let keys = ["ink", "dim", "line", "accent", "done", "warning", "background"]

  /// The theme with the colours of a palette put in; other keys are left out.
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

  /// The plot of the part that is done: quieter than the track, half way to what is behind it.
  var plot: Color {
    let ground = background ?? (isLight ? Color(255, 255, 255) : Color(0, 0, 0))
    func mean(_ a: UInt8, _ b: UInt8) -> UInt8 { UInt8((Int(a) + Int(b)) / 2) }
    return colors == .trueColor || colors == .palette256
      ? Color(
        mean(done.red, ground.red), mean(done.green, ground.green), mean(done.blue, ground.blue))
      : done
  }

  /// The theme in the colours of a terminal.
  func shown(in colors: ColorDepth) -> Theme {
    var theme = self
    theme.colors = colors
    return theme
  }

  /// Text in one of the theme's colours. Where the terminal has so few that it could hardly be told from what is behind
  /// it, or none, it takes that of ordinary text, and is faint if it is to be less than that.
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

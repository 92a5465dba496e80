import Cells

/// How many colours to use: the user's choice, or the environment's.
public enum ColorChoice: String, Sendable, Hashable, CaseIterable {
  /// Detected from the environment; see ``depth(environment:)``.
  case auto
  case trueColor = "24bit"
  case palette256 = "256"
  case palette16 = "16"
  case none

  /// The resulting depth. The first rule that applies wins:
  ///
  /// 1. an explicit choice (`24bit`, `256`, `16`, `none`),
  /// 2. `NO_COLOR` set and not empty (no-color.org): none,
  /// 3. `TERM` missing, empty, `dumb` or a `vt` terminal's: none,
  /// 4. `COLORTERM` is `truecolor` or `24bit`, or `TERM` ends in `-direct` (also inside tmux and screen, which pass the
  ///    variable on and convert the colours): 24 bits,
  /// 5. `TERM` contains `256color`, or names a terminal known to have 256: 256,
  /// 6. otherwise 16, or the 8 in the terminal's description.
  public func depth(environment: [String: String]) -> ColorDepth {
    switch self {
    case .trueColor: return .trueColor
    case .palette256: return .palette256
    case .palette16: return .palette16
    case .none: return .none
    case .auto: break
    }
    if environment["NO_COLOR"]?.isEmpty == false { return .none }
    let terminal = environment["TERM"] ?? ""
    let isVT = terminal.hasPrefix("vt") && terminal.dropFirst(2).first?.isNumber == true
    if terminal.isEmpty || terminal == "dumb" || isVT { return .none }
    let told = environment["COLORTERM"]?.lowercased() ?? ""
    if told == "truecolor" || told == "24bit" || terminal.hasSuffix("-direct") {
      return .trueColor
    }
    let known = ["alacritty", "xterm-kitty", "xterm-ghostty", "foot", "wezterm", "tmux"]
    if terminal.contains("256color") || known.contains(where: terminal.hasPrefix) {
      return .palette256
    }
    return .palette16
  }

  /// Whether a terminal is of a kind that answers queries, or at least ignores unknown ones: for its background (`OSC
  /// 11 ; ?`) and for its picture protocols.
  static func answersQuestions(_ terminal: String) -> Bool {
    let kinds = [
      "xterm", "tmux", "screen", "alacritty", "foot", "wezterm", "rxvt", "konsole", "mlterm",
      "ghostty", "contour", "mintty",
    ]
    return kinds.contains(where: terminal.hasPrefix)
  }

  /// The terminfo entries to try in order for a depth; the terminal's own is the last resort. For 24 bits, one derived
  /// from the terminal's own comes first: the entries on most systems separate the parts of a colour by colons, which
  /// takes an additional byte for each colour and is not supported everywhere.
  static func terminfoNames(depth: ColorDepth, environment: [String: String]) -> [String] {
    let own = environment["TERM"].flatMap { $0.isEmpty ? nil : $0 } ?? "xterm"
    // "xterm" alone is described with 8 colours, but every terminal with that name has at least 16.
    let isPlain = ["xterm", "screen", "rxvt", "tmux"].contains(own)
    switch depth {
    case .palette256: return isPlain ? [own + "-256color", own] : [own]
    case .palette16: return isPlain ? [own + "-16color", own] : [own]
    case .palette8, .none: return [own]
    case .trueColor: break
    }
    if own.hasSuffix("-direct") { return [own, "xterm-direct2", "xterm-direct"] }
    // "tmux-256color" and similar entries have a "tmux-direct".
    let base = own.replacing("-256color", with: "")
    return [DirectTerminfo.name, base + "-direct", "xterm-direct2", "xterm-direct", own]
  }
}

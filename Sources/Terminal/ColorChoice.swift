import Cells

/// How many colours to use: the user's word, or what the environment tells.
public enum ColorChoice: String, Sendable, Hashable, CaseIterable {
  /// What the environment tells; see ``depth(environment:)``.
  case auto
  case trueColor = "24bit"
  case palette256 = "256"
  case palette16 = "16"
  case none

  /// The depth this choice comes to. The first rule that applies wins:
  ///
  /// 1. an explicit choice (`24bit`, `256`, `16`, `none`),
  /// 2. `NO_COLOR` set to anything but nothing (no-color.org): none,
  /// 3. `TERM` missing, empty, `dumb` or a `vt` terminal's: none,
  /// 4. `COLORTERM` is `truecolor` or `24bit`, or `TERM` ends in `-direct` (within tmux and screen
  ///    as well, which hand the variable on and translate the colours): 24 bits,
  /// 5. `TERM` contains `256color`, or names a terminal known to have 256: 256,
  /// 6. else 16, or the 8 that the terminal's description has.
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

  /// Whether a terminal is of a kind that may be asked for its background (`OSC 11 ; ?`) and at least swallows what it
  /// does not know.
  static func answersQuestions(_ terminal: String) -> Bool {
    let kinds = ["xterm", "tmux", "screen", "alacritty", "foot", "wezterm", "rxvt", "konsole"]
    return kinds.contains(where: terminal.hasPrefix)
  }

  /// The terminfo entries to try in turn for a depth; the terminal's own is the last resort. For 24 bits one made of the
  /// terminal's own comes first: those that systems have part the numbers of a colour by colons, which is a byte more for
  /// each and not understood everywhere.
  static func terminfoNames(depth: ColorDepth, environment: [String: String]) -> [String] {
    let own = environment["TERM"].flatMap { $0.isEmpty ? nil : $0 } ?? "xterm"
    // "xterm" alone is described with 8 colours, but every terminal that calls itself so has 16, and most have more.
    let isPlain = ["xterm", "screen", "rxvt", "tmux"].contains(own)
    switch depth {
    case .palette256: return isPlain ? [own + "-256color", own] : [own]
    case .palette16: return isPlain ? [own + "-16color", own] : [own]
    case .palette8, .none: return [own]
    case .trueColor: break
    }
    if own.hasSuffix("-direct") { return [own, "xterm-direct2", "xterm-direct"] }
    // "tmux-256color" and its kin have a "tmux-direct".
    let base = own.replacing("-256color", with: "")
    return [DirectTerminfo.name, base + "-direct", "xterm-direct2", "xterm-direct", own]
  }
}

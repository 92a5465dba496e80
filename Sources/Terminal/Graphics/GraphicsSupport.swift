/// Whether a terminal shows pictures as pixels, and how: decided from its answers and the environment.
///
/// Terminals claim more than they do: Konsole, WezTerm and others accept kitty's query but lack the placeholders,
/// as kitty does before 0.28. Compare `picker.rs` of ratatui-image and `chafa-term-db.c` of chafa.
public struct GraphicsSupport: Sendable, Hashable {
  /// The protocol; `nil` if pictures can only be drawn in cells.
  public let picked: GraphicsProtocol?

  /// Decides.
  ///
  /// 1. A forced protocol is used, whatever the terminal reports; with `none`, no protocol is used.
  /// 2. kitty, if the query was accepted and the terminal is not known to lack anything.
  /// 3. iTerm2's, in iTerm2, WezTerm and mintty, unless tmux or screen is in between.
  /// 4. Sixel, if attribute 4 is among the device attributes.
  public init(
    _ choice: GraphicsChoice, answers: TerminalAnswers, environment: [String: String]
  ) {
    let program = Self.program(answers, environment)
    let isPlain = !Passthrough.isInTmux(environment) && !Self.isInScreen(environment)
    if choice != .auto {
      picked = choice.forced
    } else if answers.acceptsKitty == true, Self.hasPlaceholders(program, environment) {
      picked = .kitty
    } else if isPlain, ["iterm", "wezterm", "mintty"].contains(where: program.hasPrefix) {
      picked = .iterm
    } else {
      picked = answers.attributes.contains(4) ? .sixel : nil
    }
  }

  /// The terminal's name in lower case: as the terminal reports it, or else as the environment says, which may come
  /// from another terminal that started this one.
  private static func program(
    _ answers: TerminalAnswers, _ environment: [String: String]
  ) -> String {
    if let name = answers.name { return name.lowercased() }
    if environment["KONSOLE_VERSION"] != nil { return "konsole" }
    if environment["WEZTERM_EXECUTABLE"] != nil { return "wezterm" }
    let program = environment["TERM_PROGRAM"]?.lowercased() ?? ""
    // tmux sets its own; ssh passes on only the second variable.
    if program.isEmpty || program == "tmux" {
      return environment["LC_TERMINAL"]?.lowercased() ?? ""
    }
    return program
  }

  private static func hasPlaceholders(
    _ program: String, _ environment: [String: String]
  ) -> Bool {
    let lacking = ["konsole", "wezterm", "warp", "iterm", "vscode", "xterm.js"]
    if lacking.contains(where: program.hasPrefix) { return false }
    guard program.hasPrefix("kitty") else { return true }
    // "kitty(0.26.5)"
    let version = program.drop { !$0.isNumber }.split(separator: ".").prefix(2).map {
      Int($0.prefix { $0.isNumber }) ?? 0
    }
    guard version.count == 2 else { return true }
    return version[0] > 0 || version[1] >= 28
  }

  private static func isInScreen(_ environment: [String: String]) -> Bool {
    environment["STY"] != nil
      || environment["TMUX"] == nil && environment["TERM"]?.hasPrefix("screen") == true
  }

  /// What to send to a terminal in order to learn what it supports; empty for `none`. A request that every terminal
  /// answers must be sent afterwards, so that the end of the answers can be recognised.
  ///
  /// The largest number of sixel colours is set, not only requested: xterm starts with 16 or fewer.
  public static func question(
    _ choice: GraphicsChoice, environment: [String: String]
  ) -> String {
    guard choice != .none else { return "" }
    let isInTmux = Passthrough.isInTmux(environment)
    let query = "\u{1b}_Gi=\(TerminalAnswers.queryID),s=1,v=1,a=q,t=d,f=24;AAAA\u{1b}\\"
    let common = "\u{1b}[c\u{1b}[16t"
    if isInTmux { return Passthrough.wrapped(query, isInTmux: true) + common }
    // screen and Apple's Terminal show the query as text.
    if isInScreen(environment) || environment["TERM_PROGRAM"] == "Apple_Terminal" { return common }
    return query + "\u{1b}[>q\u{1b}[?1;3;256S\u{1b}[?2;1;0S" + common
  }
}

/// What the writers of pixels need to know about a terminal.
public struct PixelFacts: Sendable, Hashable {
  /// The size of a cell.
  public var cell = PixelSize.usualCell
  /// The number of colours in a sixel picture.
  public var sixelColors = 256
  /// The largest sixel picture, if there is a limit.
  public var largestSixel: PixelSize?
  /// Whether all pictures of a frame must be sent as one sixel image. xterm keeps 16 images, and the next one replaces
  /// the newest if all begin in the same row.
  public var paintsTogether = false
  /// Whether tmux is between the program and the terminal.
  public var isInTmux = false

  /// The usual terminal.
  public init() {}

  /// Facts from a terminal's answers.
  ///
  /// - Parameter cell: The size of a cell from elsewhere, which is preferred.
  public init(
    _ answers: TerminalAnswers, cell: PixelSize? = nil, environment: [String: String]
  ) {
    self.cell = cell ?? answers.cell ?? .usualCell
    // A picture needs two colours; fewer may be a wrong answer.
    if let colors = answers.sixelColors, colors >= 2 { sixelColors = min(256, colors) }
    largestSixel = answers.largestSixel
    paintsTogether = answers.name?.hasPrefix("XTerm") == true
    isInTmux = Passthrough.isInTmux(environment)
  }
}

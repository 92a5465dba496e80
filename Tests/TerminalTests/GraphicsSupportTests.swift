import Testing

@testable import Terminal

/// Which protocol is used, from what terminals answer and what the environment says.
@Suite struct GraphicsSupportTests {
  private static let esc = "\u{1b}"
  private static let accepted = "\(esc)_Gi=31;OK\(esc)\\"
  private static let sixel = "\(esc)[?62;4;22c"
  private static let plain = "\(esc)[?62;22c"

  private static func named(_ name: String) -> String { "\(esc)P>|\(name)\(esc)\\" }

  private static func picked(
    _ answers: String, _ environment: [String: String] = [:], _ choice: GraphicsChoice = .auto
  ) -> GraphicsProtocol? {
    var decoder = InputDecoder()
    #expect(decoder.feed((answers + "\(esc)[0n").utf8).isEmpty)
    #expect(decoder.statusReports == 1)
    return GraphicsSupport(choice, answers: decoder.answers, environment: environment).picked
  }

  /// What a terminal answers, in which environment, and what follows.
  struct Case: Sendable {
    let answers: [String]
    let environment: [String: String]
    let expected: GraphicsProtocol?

    init(_ answers: [String], _ environment: [String: String], _ expected: GraphicsProtocol?) {
      (self.answers, self.environment, self.expected) = (answers, environment, expected)
    }
  }

  static let cases: [Case] = [
    Case([accepted, named("kitty(0.35.1)"), plain], ["TERM": "xterm-kitty"], .kitty),
    Case([accepted, named("ghostty 1.1.0"), plain], ["TERM": "xterm-ghostty"], .kitty),
    Case([accepted, named("kitty(1.0.0)"), plain], [:], .kitty),
    // Before it had placeholders.
    Case([accepted, named("kitty(0.26.5)"), plain], ["TERM": "xterm-kitty"], nil),
    // An error, and the answer to another program's query.
    Case(["\(esc)_Gi=31;ENOTSUP:no\(esc)\\", plain], [:], nil),
    Case(["\(esc)_Gi=7;OK\(esc)\\", plain], [:], nil),
    Case([named("XTerm(379)"), sixel], ["TERM": "xterm"], .sixel),
    Case([named("foot(1.13.1)"), sixel], ["TERM": "foot"], .sixel),
    Case([named("XTerm(379)"), plain], [:], nil),
    // Terminals without placeholders, whatever they accept.
    Case([accepted, named("Konsole 22.12.3"), sixel], ["KONSOLE_VERSION": "221203"], .sixel),
    Case([accepted, sixel], ["KONSOLE_VERSION": "221203"], .sixel),
    Case([accepted, named("WezTerm 20240203"), sixel], ["TERM_PROGRAM": "WezTerm"], .iterm),
    Case([accepted, plain], ["TERM_PROGRAM": "WarpTerminal"], nil),
    // iTerm2: here, through ssh, and where the variable is that of another terminal.
    Case([plain], ["TERM_PROGRAM": "iTerm.app"], .iterm),
    Case([plain], ["LC_TERMINAL": "iTerm2"], .iterm),
    Case([named("iTerm2 3.5.0"), sixel], [:], .iterm),
    Case([plain], ["TERM_PROGRAM": "mintty"], .iterm),
    Case([named("XTerm(379)"), sixel], ["LC_TERMINAL": "iTerm2"], .sixel),
    Case([plain], ["TERM_PROGRAM": "vscode", "LC_TERMINAL": "iTerm2"], nil),
    // tmux: kitty through it, its own sixel, and nothing of iTerm2.
    Case([accepted, plain], ["TMUX": "/t", "TERM": "screen-256color"], .kitty),
    Case([sixel], ["TMUX": "/t", "TERM_PROGRAM": "tmux"], .sixel),
    Case([plain], ["TMUX": "/t", "LC_TERMINAL": "iTerm2", "TERM_PROGRAM": "tmux"], nil),
    Case([accepted, plain], ["TMUX": "/t", "KONSOLE_VERSION": "221203"], nil),
    Case([plain], ["TERM": "screen", "LC_TERMINAL": "iTerm2"], nil),
    // No answer at all.
    Case([], ["TERM": "xterm-256color"], nil),
  ]

  @Test(arguments: cases)
  func theAnswersDecide(_ row: Case) {
    #expect(Self.picked(row.answers.joined(), row.environment) == row.expected)
  }

  @Test func aChoiceOverridesAll() {
    for choice in GraphicsChoice.allCases where choice != .auto {
      #expect(Self.picked(Self.accepted + Self.sixel, [:], choice) == choice.forced)
      #expect(Self.picked("", ["TERM": "dumb"], choice) == choice.forced)
    }
    #expect(GraphicsChoice.none.forced == nil && GraphicsChoice.auto.forced == nil)
  }

  @Test func theRequestSuitsTheTerminal() {
    func question(_ environment: [String: String], _ choice: GraphicsChoice = .auto) -> String {
      GraphicsSupport.question(choice, environment: environment)
    }
    let query = "\u{1b}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1b}\\"
    let usual = question(["TERM": "xterm-256color"])
    #expect(usual.hasPrefix(query) && usual.hasSuffix("\u{1b}[c\u{1b}[16t"))
    #expect(usual.contains("\u{1b}[>q"))
    #expect(question(["TERM": "xterm"], .none).isEmpty)
    #expect(question(["TERM": "xterm"], .sixel) == usual)
    let wrapped = "\u{1b}Ptmux;\u{1b}\u{1b}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1b}\u{1b}\\\u{1b}\\"
    #expect(
      question(["TMUX": "/t", "TERM": "screen"]) == wrapped + "\u{1b}[c\u{1b}[16t")
    #expect(question(["TERM": "tmux-256color"]) == wrapped + "\u{1b}[c\u{1b}[16t")
    // Where it would be shown as text.
    #expect(!question(["TERM": "screen"]).contains("_G"))
    #expect(!question(["TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"]).contains("_G"))
  }

  @Test func sizesAndColoursAreRead() {
    var decoder = InputDecoder()
    let esc = Self.esc
    let answers = "\(esc)[6;19;9t\(esc)[?1;0;256S\(esc)[?2;0;1000;800S\(esc)[0n"
    #expect(decoder.feed(answers.utf8).isEmpty)
    let facts = PixelFacts(decoder.answers, environment: [:])
    #expect(facts.cell == PixelSize(width: 9, height: 19) && facts.sixelColors == 256)
    #expect(facts.largestSixel == PixelSize(width: 1000, height: 800) && !facts.isInTmux)
    let other = PixelSize(width: 5, height: 10)
    #expect(PixelFacts(decoder.answers, cell: other, environment: [:]).cell == other)
  }

  /// A terminal may send anything.
  @Test func nonsenseIsNoFact() {
    var decoder = InputDecoder()
    let esc = Self.esc
    _ = decoder.feed(
      ("\(esc)[6;0;9t\(esc)[?1;0;1S\(esc)[?2;0;9S\(esc)[?1;3;7S\(esc)_G\(esc)\\\(esc)_Gi=31\(esc)\\"
        + "\(esc)P>|\(esc)\\\(esc)[?c\(esc)[?S\(esc)[6t").utf8)
    let facts = PixelFacts(decoder.answers, environment: [:])
    #expect(facts.cell == .usualCell && facts.sixelColors == 256 && facts.largestSixel == nil)
    #expect(decoder.answers.acceptsKitty == nil)
    #expect(PixelSize(width: 70_000, height: 4) == nil && PixelSize(width: 3, height: -1) == nil)
  }

  @Test func leavingEndsAnOpenSequenceAndDeletesFirst() {
    let plain = TerminalGuard.Modes.leave()
    #expect(plain.hasPrefix("\u{1b}[?2026l") && plain.hasSuffix("\u{1b}[?1049l"))
    #expect(TerminalGuard.Modes.leave(after: "bye") == "bye" + plain)
  }

  @Test func takingOverAgainSavesTheTitleAgain() {
    let modes = TerminalGuard.Modes(mouse: false, saveTitle: "\u{1b}[22;0;0t")
    #expect(modes.enter.hasPrefix("\u{1b}[?1049h\u{1b}[22;0;0t"))
    #expect(!TerminalGuard.Modes(mouse: false).enter.contains("22;0;0t"))
  }

  @Test func delaysOfTerminfoAreLeftOut() {
    #expect(TerminalStrings.withoutDelays("\u{1b}[?25h$<5>a$<20.5*/>b") == "\u{1b}[?25hab")
    #expect(TerminalStrings.withoutDelays("$<x>$") == "$<x>$")
  }
}

import Foundation
import PseudoTerminal
import Testing

/// The real explorer in real pseudo-terminals of several kinds, its screen read back through a terminal emulator.
@Suite(.serialized, .oneAtATime) struct ScreenTests {
  private static let picture = "the picture after"

  // MARK: Kinds of terminals

  @Test(arguments: [
    ("xterm-256color", "truecolor"), ("xterm-256color", ""), ("tmux-256color", "truecolor"),
    ("tmux-256color", ""), ("linux", ""), ("vt100", ""),
  ])
  func aPictureResolves(term: String, colorterm: String) throws {
    let window = try Window(term: term, environment: ["COLORTERM": colorterm])
    try window.wait(for: "guidance")
    #expect(window.screen.text.contains("a red apple"))
    try window.wait(for: Self.picture)
    window.goToPicture()
    let colors = window.screen.colors.count
    switch (term, colorterm) {
    case (_, "truecolor"): #expect(colors > 500)
    case ("linux", _): #expect((6...20).contains(colors))
    case ("vt100", _): #expect(colors == 1)
    default: #expect((20...260).contains(colors))
    }
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  @Test(arguments: ["xterm-256color", "tmux-256color", "linux"])
  func noColourMeansNone(term: String) throws {
    let window = try Window(term: term, environment: ["NO_COLOR": "1", "COLORTERM": "truecolor"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    #expect(window.screen.colors == [-1])
    // The picture is there, in shades of text.
    #expect(window.screen.text.contains("@@@"))
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  /// Terminals described with few colours: labels are not painted in the colour of their background.
  @Test(arguments: ["xterm", "screen", "linux"])
  func labelsAreSeenInFewColours(term: String) throws {
    let window = try Window(term: term)
    try window.wait(for: Self.picture)
    window.goToPicture()
    let rows = window.screen.text.split(separator: "\n", omittingEmptySubsequences: false)
    let row = try #require(rows.firstIndex { $0.contains("guidance") })
    #expect(window.screen.cell(x: 2, y: row).foreground != 0)
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  /// Every theme of the program is read without a word, and shows its own colours.
  @Test func themesAreTurnedThrough() throws {
    let themes = [
      "dark", "light", "amber", "blueprint", "colour-blind", "dusk", "fjord", "high-contrast",
      "mono", "phosphor", "rose", "sepia",
    ]
    let window = try Window(
      ["a fish", "--theme", "dark"], environment: ["COLORTERM": "truecolor"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    #expect(!window.screen.text.contains("toml"))
    for theme in themes.dropFirst() + ["dark"] {
      window.type("t")
      try window.wait(for: "theme: \(theme)")
    }
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  @Test(arguments: ["dumb", "", "unknown"])
  func aTerminalThatCannotPlaceTextIsToldSo(term: String) throws {
    let error = Pipe()
    let window = try Window(term: term, error: error.fileHandleForWriting.fileDescriptor)
    #expect(try window.end() == .exited(69))
    try error.fileHandleForWriting.close()
    let said = String(decoding: error.fileHandleForReading.availableData, as: UTF8.self)
    #expect(said.contains("TERM=\(term)"))
    #expect(said.contains("render --ansi"))
    #expect(window.printed.isEmpty)
  }

  @Test func outputToAPipeIsRefused() throws {
    let (output, error) = (Pipe(), Pipe())
    let window = try Window(
      output: output.fileHandleForWriting.fileDescriptor,
      error: error.fileHandleForWriting.fileDescriptor)
    #expect(try window.end() == .exited(69))
    try error.fileHandleForWriting.close()
    try output.fileHandleForWriting.close()
    let said = String(decoding: error.fileHandleForReading.availableData, as: UTF8.self)
    #expect(said.contains("Standard output is not a terminal"))
    #expect(output.fileHandleForReading.availableData.isEmpty)
  }

  // MARK: Using it

  @Test func keysDoWhatTheySay() throws {
    let window = try Window(environment: ["COLORTERM": "truecolor"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.type("\u{1b}[D")
    try window.wait(for: "step 25 of 25")
    window.type("\u{1b}[H")
    try window.wait(for: "step  1 of 25")
    window.type("?")
    try window.wait(for: "type to search")
    window.type("\u{1b}")
    try window.wait("the help to close") { !$0.screen.text.contains("type to search") }
    window.type("e")
    window.type("\u{15}a green fish 日本")
    try window.wait(for: "a green fish 日本")
    #expect(window.screen.isCursorVisible)
    window.type("\r")
    try window.wait(for: "run 2/2")
    try window.wait(for: Self.picture)
    window.type("s")
    try window.wait(for: "a-green-fish")
    let saved = try FileManager.default.contentsOfDirectory(atPath: window.folder.path)
    #expect(saved.contains("a-green-fish-日本-7.png"))
    window.type("S")
    try window.wait(for: "strip.png")
    window.type("q")
    #expect(try window.end() == .exited(0))
    // The prompts are there the next time.
    let history = window.folder.appendingPathComponent("halflight/history")
    #expect(try String(contentsOf: history, encoding: .utf8) == "a red apple\na green fish 日本\n")
  }

  /// A user who types a sentence gets its picture, whether or not the caret is in the prompt, and at any speed.
  @Test func aSentenceThatIsTypedRuns() throws {
    let window = try Window()
    try window.wait(for: Self.picture)
    for letter in "a fish" { window.type(String(letter)) }
    window.type("\r")
    try window.wait(for: "run 2/2")
    #expect(window.screen.text.contains("prompt  a fish"))
    // On the picture, the letters of "saves" would save; typed quickly, they are a sentence.
    window.type("saves squirrels")
    try window.wait(for: "Use “saves squirrels” as the prompt?")
    window.type("\u{1b}")
    try window.wait("no question") { !$0.screen.text.contains("as the prompt?") }
    for letter in "sap" { window.type(String(letter)) }
    window.rest()
    let files = try FileManager.default.contentsOfDirectory(atPath: window.folder.path)
    #expect(!files.contains { $0.hasSuffix(".png") }, "\(files)")
    window.type("\u{3}\u{3}\u{3}")
    #expect(try window.end() == .exited(0))
  }

  @Test func aSavedPictureIsOpenedAgain() throws {
    let first = try Window(["a fish", "--seed", "3"])
    try first.wait(for: Self.picture)
    first.goToPicture()
    first.type("\u{1b}[D\u{1b}[D")
    try first.wait(for: "step 24 of 25")
    first.type("s")
    try first.wait(for: "saved")
    first.type("q")
    #expect(try first.end() == .exited(0))
    let file = first.folder.appendingPathComponent("a-fish-3-step-24-sample.png")
    let second = try Window(["open", file.path])
    try second.wait(for: "step 24 of 25")
    #expect(second.screen.text.contains("a fish"))
    #expect(second.screen.text.contains("‹3›"))
    second.type("q")
    #expect(try second.end() == .exited(0))
  }

  @Test func theMouseAndPastesAreTaken() throws {
    let window = try Window(environment: ["COLORTERM": "truecolor"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    #expect(window.screen.hasMouse)
    let rows = window.screen.text.split(separator: "\n", omittingEmptySubsequences: false)
    let track = try #require(rows.firstIndex { $0.contains("●") })
    window.type("\u{1b}[<0;4;\(track + 1)M\u{1b}[<0;4;\(track + 1)m")
    try window.wait(for: "step  1 of 25")
    // On the picture a paste is offered as the prompt; within the prompt it is text.
    window.type("\u{1b}[200~a cat by\nthe sea\u{1b}[201~")
    try window.wait(for: "Use “a cat by the sea” as the prompt?")
    window.type("\r")
    try window.wait(for: "run 2/2")
    window.type("e\u{1b}[C\u{1b}[200~ at night\u{1b}[201~")
    try window.wait(for: "a cat by the sea at night")
    window.type("\u{3}\u{3}")
    #expect(try window.end() == .exited(0))
  }

  @Test func anySizeAtAnyMoment() throws {
    let window = try Window(["a red apple", "--steps", "300"], width: 80, height: 24)
    try window.wait(for: "guidance")
    for (width, height) in [(40, 12), (200, 60), (10, 3), (1, 1), (120, 40), (39, 12), (41, 13)] {
      window.resize(width: width, height: height)
      let isSmall = width < 40 || height < 12
      let needs = width < 21 ? String("40x12".prefix(width)) : "halflight needs 40x12"
      let text = isSmall ? needs : "a red apple"
      try window.wait(for: text)
    }
    window.resize(width: 100, height: 30)
    try window.wait("the last row") {
      $0.screen.row(29).contains("enter run") && $0.screen.row(29).contains("tour")
    }
    window.type("\u{3}\u{3}")
    #expect(try window.end() == .exited(0))
  }

  /// Pictures are written past ncurses: whatever opens over them and closes again, the screen equals one that is drawn
  /// from scratch.
  @Test(arguments: [(80, 24), (120, 40), (45, 13)])
  func piecewiseIsTheSameAsAtOnce(width: Int, height: Int) throws {
    let window = try Window(
      ["a red apple"], environment: ["COLORTERM": "truecolor"], width: width, height: height)
    try window.wait("the picture") { $0.screen.colors.count > 300 }
    // During the run, the screen changes by itself.
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.type("e\u{b}\u{1b}")  // a prompt field that was open once
    let keys = [
      "?", "\u{1b}", "\u{b}", "th", "\u{1b}", "\u{1b}[D", "\u{1b}[H", "\u{1b}[F", "x", "t", "g",
      "v", "\u{1b}",
      "e日本\u{1b}", "/", "\u{1b}", "5", "m", "\u{1b}",
    ]
    var generator = SystemRandomNumberGenerator()
    var all: [[String]] = []
    for _ in 0..<3 {
      let played = (0..<12).map { _ in keys.randomElement(using: &generator) ?? "" }
      all.append(played)
      for key in played {
        window.type(key)
        window.drain()
      }
      window.type("\u{1b}")
      try window.settle()
      let piecewise = window.screen.cells
      window.resize(width: width, height: height + 1)
      try window.settle()
      window.resize(width: width, height: height)
      try window.settle()
      let differing = zip(piecewise, window.screen.cells).filter { $0 != $1 }
      #expect(
        differing.isEmpty, "\(differing.count) cells, like \(differing.prefix(3)) after \(all)")
    }
  }

  /// A folder that no longer exists is reported, and the frame stays.
  @Test func whatCannotBeSavedIsToldAndStays() throws {
    let window = try Window()
    try window.wait(for: Self.picture)
    window.goToPicture()
    try FileManager.default.removeItem(at: window.folder)
    window.type("s")
    try window.wait(for: "cannot be written")
    window.type("\u{1b}[D")
    try window.wait(for: "step 25 of 25")
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  @Test func whatIsBeingSavedIsWrittenBeforeTheEnd() throws {
    let window = try Window()
    try window.wait(for: Self.picture)
    window.goToPicture()
    for key in "SAs" {
      window.type(String(key))
      window.rest()
    }
    window.type("q")
    #expect(try window.end() == .exited(0))
    let files = try FileManager.default.contentsOfDirectory(atPath: window.folder.path)
    for name in ["a-red-apple-7.png", "a-red-apple-7-run.png", "a-red-apple-7-run-strip.png"] {
      #expect(files.contains(name), "\(files)")
    }
    #expect(!files.contains { $0.hasPrefix(".halflight") })
  }

  /// The window may be closed, or termination requested, while a picture is being written.
  @Test(arguments: [SIGHUP, SIGTERM])
  func whatIsBeingSavedOutlivesTheWindow(number: Int32) throws {
    let window = try Window(["x", "--steps", "300"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.type("S")
    try window.wait(for: "saving the run")
    if number == SIGHUP {
      window.terminal.closeWindow()
      #expect(window.terminal.wait(milliseconds: Int(1000 * Window.patience)) != nil)
    } else {
      window.terminal.signal(number)
      _ = try window.end()
    }
    let files = try FileManager.default.contentsOfDirectory(atPath: window.folder.path)
    #expect(files.contains { $0.hasSuffix("-strip.png") }, "\(files)")
    #expect(!files.contains { $0.hasPrefix(".halflight") })
  }

  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()

  /// Previews of latents have other sizes than the final picture.
  @Test func aRunOfLatentsIsSaved() throws {
    let model = Self.root.appendingPathComponent("Tests/ModelsTests/Fixtures/tiny-sd").path
    let window = try Window(["a cat", "--model", model, "--steps", "4"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.type("S")
    try window.wait(for: "strip.png")
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  /// With a starting picture fewer steps are taken than there are: the views of many seeds end all the same.
  @Test func areasAreMeasuredFromAStartingPicture() throws {
    let start = Self.root.appendingPathComponent("Sources/DefaultModel/model/samples.png").path
    let window = try Window(
      ["a red apple", "--steps", "4", "--init-image", start, "--strength", "0.5"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.type("e\u{15}a fish\r")
    try window.wait(for: "run 2/2")
    try window.wait(for: Self.picture)
    window.type("R")
    try window.wait("both areas") {
      // The sentence may go over two lines.
      let text = $0.screen.text.filter { !$0.isWhitespace }
      return text.contains("timesaslarge") || text.contains("aboutthesamesize")
    }
    // The second run is not saved, so quitting asks first.
    window.type("q")
    try window.wait(for: "press q again to quit; 1 run is not saved")
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  @Test func controlCharactersNeverReachTheTerminal() throws {
    let window = try Window(["a\u{1b}[31mred\u{7}apple\u{9b}1m", "-n", "\u{1b}]0;title\u{7}"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    #expect(!window.printed.contains(7))
    #expect(!window.hasPrinted("\u{1b}[31m"))
    #expect(!window.hasPrinted("\u{1b}]0"))
    window.type("s")
    try window.wait(for: "saved")
    #expect(!window.printed.contains(7))
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  /// Joined emoji, flags and conjuncts leave everything after them in place.
  @Test func textThatTerminalsDisagreeOnMovesNothing() throws {
    let window = try Window()
    try window.wait(for: Self.picture)
    window.goToPicture()
    let before = window.screen.row(1)
    window.type("e\u{15}👩‍👩‍👧 🇩🇪 ❤️ 👍🏽 न्दी 日本 e\u{301}|")
    try window.wait(for: "|")
    window.drain()
    #expect(window.screen.row(1).suffix(3) == before.suffix(3))
    #expect(window.screen.row(1).contains("DE"))
    #expect(!window.hasPrinted("\u{200d}"))
    window.type("\u{3}\u{3}")
    #expect(try window.end() == .exited(0))
  }

  /// Errors in a configuration file are reported with their place, and the rest applies.
  @Test func aWrongConfigurationIsNamedAndTheRestApplies() throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "halflight-" + UUID().uuidString)
    let own = folder.appendingPathComponent("halflight")
    try FileManager.default.createDirectory(
      at: own.appendingPathComponent("themes"), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let configuration = "steps = 9\n  seed = \"many\"\ntheme = \"mine\"\n[keys]\nquit = \"Q\"\n"
    try configuration.write(
      to: own.appendingPathComponent("config.toml"), atomically: true, encoding: .utf8)
    try "[palette]\nink = \"#123456\"\ndim = \"grey\"\n".write(
      to: own.appendingPathComponent("themes/mine.toml"), atomically: true, encoding: .utf8)
    let window = try Window(
      environment: ["XDG_CONFIG_HOME": folder.path, "COLORTERM": "truecolor"], width: 220)
    try window.wait(for: "config.toml:2:3")
    #expect(window.screen.text.contains("(and 1 more)"))
    try window.wait(for: "the picture after 9 steps")
    #expect(window.screen.cell(x: 2, y: 0).foreground == 0x123456)
    window.goToPicture()
    window.type("q")
    window.type("Q")
    #expect(try window.end() == .exited(0))
  }

  // MARK: Leaving

  private func expectRestored(_ window: Window, _ modes: [UInt32]) {
    #expect(!window.screen.isAlternateScreen)
    #expect(window.screen.isCursorVisible)
    #expect(!window.screen.hasMouse)
    #expect(window.terminal.modes == modes)
    #expect(window.hasPrinted("\u{1b}[?2004l"))
  }

  @Test func quittingLeavesTheTerminalAsItWas() throws {
    let window = try Window(environment: ["COLORTERM": "truecolor"])
    let modes = window.terminal.modes
    try window.wait(for: Self.picture)
    window.goToPicture()
    #expect(window.screen.isAlternateScreen)
    #expect(window.terminal.modes != modes)
    window.type("q")
    #expect(try window.end() == .exited(0))
    expectRestored(window, modes)
  }

  @Test(arguments: [
    SIGINT, SIGTERM, SIGHUP, SIGQUIT, SIGSEGV, SIGABRT, SIGILL, SIGUSR1, SIGALRM, SIGXCPU,
  ])
  func signalsLeaveTheTerminalAsItWas(number: Int32) throws {
    let window = try Window(["x", "--steps", "500"], environment: ["COLORTERM": "truecolor"])
    let modes = window.terminal.modes
    try window.wait(for: "of 500")
    window.terminal.signal(number)
    #expect(try window.end() == .signalled(number))
    expectRestored(window, modes)
  }

  /// Ctrl-\ ends the program, though Swift's runtime would report a crash and go on.
  @Test func quitIsNoCrash() throws {
    let window = try Window(
      ["render", "x", "--steps", "900", "-o", "x.png"],
      environment: ["SWIFT_BACKTRACE": "enable=yes"])
    try window.wait(for: "/900")
    window.type("\u{1c}")
    #expect(try window.end() == .signalled(SIGQUIT))
    #expect(!window.screen.text.contains("crash"))
  }

  /// A broken pipe and a file that grows too large are errors of writing, and do not kill the program.
  @Test func harmlessSignalsEndNothing() throws {
    let window = try Window()
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.terminal.signal(SIGPIPE)
    window.terminal.signal(SIGXFSZ)
    window.type("\u{1b}[D")
    try window.wait(for: "step 25 of 25")
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  /// Ctrl-Z and `fg`, as in a shell: without one a process that leads a session cannot be stopped.
  @Test func suspendingGivesTheTerminalAndTakesItAgain() throws {
    let script = #"set -m; read line; "$0"; echo "left with $?"; read line; fg; echo "then $?""#
    let window = try Window(
      program: "/bin/sh", ["-c", script, Window.program.path],
      environment: ["COLORTERM": "truecolor"])
    let modes = window.terminal.modes
    window.type("\n")
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.rest()
    window.type("\u{1a}")
    try window.wait(for: "left with \(128 + SIGTSTP)")
    expectRestored(window, modes)
    window.type("\n")
    try window.wait("the alternate screen") { $0.screen.isAlternateScreen }
    try window.wait(for: Self.picture)
    // The shell had the cursor shown.
    try window.wait("no cursor") { !$0.screen.isCursorVisible }
    window.type("q")
    try window.wait(for: "then 0")
    expectRestored(window, modes)
  }

  /// A stop that cannot be noticed: another program may have drawn over the screen meanwhile.
  @Test func goingOnAfterASilentStopDrawsTheScreenWhole() throws {
    let window = try Window()
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.terminal.signal(SIGSTOP)
    #expect(window.terminal.isStopped(milliseconds: Int(1000 * Window.patience)))
    window.drain()
    window.screen.feed(Array("\u{1b}[2Jsomething else".utf8))
    window.terminal.signal(SIGCONT)
    try window.wait(for: Self.picture)
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  /// A limit on the size of files simulates a full disk: nothing is lost, and nothing half-written is left.
  @Test func aFullDiskIsToldAndTheFrameStays() throws {
    let window = try Window(
      program: "/bin/sh", ["-c", #"ulimit -f 0; exec "$0""#, Window.program.path])
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.type("s")
    try window.wait(for: "cannot be written")
    window.type("\u{1b}[D")
    try window.wait(for: "step 25 of 25")
    #expect(
      try FileManager.default.contentsOfDirectory(atPath: window.folder.path).allSatisfy {
        !$0.contains("png")
      })
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  @Test func aClosedWindowEndsIt() throws {
    let window = try Window(["x", "--steps", "500"])
    try window.wait(for: "of 500")
    window.terminal.closeWindow()
    #expect(window.terminal.wait(milliseconds: Int(1000 * Window.patience)) != nil)
  }
}

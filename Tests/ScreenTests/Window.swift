import Foundation
import PseudoTerminal
import Testing

/// The real program in a window: a pseudo-terminal, and a terminal emulator that shows its output.
final class Window {
  let terminal: PseudoTerminal
  let screen: Emulator
  let folder: URL
  /// All bytes that the program has printed.
  private(set) var printed: [UInt8] = []

  struct Timeout: Error, CustomStringConvertible {
    let description: String

    /// The screen shows most of what went wrong.
    init(_ problem: String, _ screen: Emulator) {
      description = problem
      Issue.record("\(problem):\n\(screen.text)")
    }
  }

  /// The program is beside the test bundle.
  static var program: URL {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let program = folder.appendingPathComponent("halflight")
      if FileManager.default.isExecutableFile(atPath: program.path) { return program }
      folder.deleteLastPathComponent()
    }
    return URL(fileURLWithPath: ".build/release/halflight")
  }

  init(
    program: String = Window.program.path, _ arguments: [String] = [],
    term: String = "xterm-256color",
    environment extra: [String: String] = [:], width: Int = 100, height: Int = 30,
    output: Int32? = nil, error: Int32? = nil
  ) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "halflight-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    var environment = ProcessInfo.processInfo.environment.filter {
      ![
        "NO_COLOR", "COLORTERM", "COLORFGBG", "TERMINFO", "SWIFT_BACKTRACE", "TMUX", "STY",
        "TERM_PROGRAM", "LC_TERMINAL", "KONSOLE_VERSION", "WEZTERM_EXECUTABLE",
      ].contains($0.key)
    }
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
      environment[name] = folder.path
    }
    environment["TERM"] = term
    environment["LANG"] = "C.UTF-8"
    environment["LC_ALL"] = "C.UTF-8"
    environment.merge(extra) { $1 }
    screen = Emulator(width: width, height: height)
    terminal = try PseudoTerminal(
      program, arguments, environment: environment, width: width, height: height,
      folder: folder.path, output: output, error: error)
  }

  deinit { try? FileManager.default.removeItem(at: folder) }

  /// Reads the program's output for at most this long; false when it has ended.
  @discardableResult
  func read(milliseconds: Int = 20) -> Bool {
    guard let bytes = terminal.read(milliseconds: milliseconds) else { return false }
    printed += bytes
    screen.feed(bytes)
    return true
  }

  /// How long something may take beside other programs that keep the machine busy, in seconds.
  static let patience = 60.0

  /// Waits until a condition holds.
  func wait(
    _ what: String, seconds: Double = patience, _ condition: (Window) -> Bool
  ) throws {
    let end = ContinuousClock.now + .seconds(seconds)
    while !condition(self) {
      guard ContinuousClock.now < end else { throw Timeout("waited in vain for \(what)", screen) }
      guard read() else {
        if condition(self) { return }
        throw Timeout("the program ended before \(what)", screen)
      }
    }
  }

  /// Waits until a text is on the screen.
  func wait(for text: String, seconds: Double = patience) throws {
    try wait("\"\(text)\"", seconds: seconds) { $0.screen.text.contains(text) }
  }

  func type(_ keys: String) { terminal.write(keys) }

  /// Moves from the prompt, in which the explorer opens, to the picture.
  func goToPicture() { type("\t") }

  /// Lets time pass, so that the next letter does not belong to the last.
  func rest(milliseconds: Int = 300) {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    while ContinuousClock.now < end { guard read() else { return } }
  }

  func resize(width: Int, height: Int) {
    screen.resize(width: width, height: height)
    terminal.resize(width: width, height: height)
  }

  /// Waits for the program's end, reading its output.
  func end(seconds: Double = patience) throws -> PseudoTerminal.End {
    let deadline = ContinuousClock.now + .seconds(seconds)
    while ContinuousClock.now < deadline {
      read(milliseconds: 5)
      if let end = terminal.wait(milliseconds: 5) {
        drain()
        return end
      }
    }
    throw Timeout("the program did not end", screen)
  }

  /// Reads the output so far.
  func drain() {
    var before = -1
    while printed.count != before {
      before = printed.count
      guard read(milliseconds: 50) else { return }
    }
  }

  /// Reads the output until nothing more arrives and the last frame is complete.
  func settle() throws {
    let end = Array("\u{1b}[?2026l".utf8)
    try wait("the end of a frame") { window in
      // A busy machine may take its time to answer a key.
      let before = window.printed.count
      for _ in 0..<4 { window.drain() }
      return window.printed.count == before && window.printed.suffix(end.count).elementsEqual(end)
    }
  }

  /// Whether a sequence of bytes was printed.
  func hasPrinted(_ text: String) -> Bool {
    String(decoding: printed, as: UTF8.self).contains(text)
  }
}

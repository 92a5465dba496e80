import Foundation
import PseudoTerminal
import Testing

/// The explorer's queries to a terminal, and which parts of the environment it trusts.
@Suite(.serialized, .oneAtATime) struct TerminalQuestionTests {
  /// The terminal's own name counts, not that of the description used for 24-bit colours.
  @Test(arguments: ["truecolor", ""])
  func theBackgroundIsAskedFor(colorterm: String) throws {
    let window = try Window(environment: ["COLORTERM": colorterm])
    try window.wait(for: "guidance")
    #expect(window.hasPrinted("\u{1b}]11;?\u{1b}\\\u{1b}[5n"))
    window.type("\u{1b}]11;rgb:ffff/ffff/ffff\u{1b}\\\u{1b}[0n")
    window.goToPicture()
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  /// A shell may have exported the size of another window.
  @Test func theWindowSaysHowLargeItIs() throws {
    let window = try Window(environment: ["COLUMNS": "60", "LINES": "20"])
    try window.wait(for: "guidance")
    try window.wait("something below row 20") { window in
      (20..<30).contains { !window.screen.row($0).allSatisfy(\.isWhitespace) }
    }
    window.goToPicture()
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  /// A user who quits immediately gets the shell unchanged: the terminal's late answers are not typed there.
  @Test func aLateAnswerIsNotTypedIntoTheShell() throws {
    let script = #""$0"; echo "left with $?"; read -r line; echo "read [$line]""#
    let window = try Window(
      program: "/bin/sh", ["-c", script, Window.program.path],
      environment: ["COLORTERM": "truecolor"])
    try window.wait("the question") { $0.hasPrinted("\u{1b}[5n") }
    window.type("\tq")
    window.rest(milliseconds: 200)
    window.type("\u{1b}]11;rgb:0000/0000/0000\u{1b}\\\u{1b}[0n")
    try window.wait(for: "left with 0")
    window.type("done\n")
    try window.wait(for: "read [done]")
  }
}

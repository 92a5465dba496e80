import Foundation
import PseudoTerminal
import Testing

/// The real explorer with pictures as pixels: what it sends, and what it leaves behind.
@Suite(.serialized, .oneAtATime) struct PixelScreenTests {
  private static let picture = "the picture after"
  private static let transmission = "\u{1b}_Ga=T,U=1,q=2,i="
  private static let deletion = "\u{1b}_Ga=d,d=I,q=2,i="

  private func count(_ text: String, in window: Window) -> Int {
    String(decoding: window.printed, as: UTF8.self).components(separatedBy: text).count - 1
  }

  @Test func aForcedProtocolIsUsedAtOnce() throws {
    let window = try Window(
      ["a red apple", "--graphics", "kitty"], environment: ["COLORTERM": "truecolor"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    try window.settle()
    #expect(window.screen.text.unicodeScalars.contains("\u{10eeee}"))
    #expect(!window.screen.text.contains("▀"))
    let sent = count(Self.transmission, in: window)
    #expect(sent > 0)
    // Back and forth: every picture is sent once.
    window.type("\u{1b}[D\u{1b}[D\u{1b}[D")
    try window.wait(for: "step 23 of 25")
    try window.settle()
    let steps = count(Self.transmission, in: window)
    window.type("\u{1b}[C\u{1b}[C\u{1b}[C")
    try window.wait(for: Self.picture)
    window.type("\u{1b}[D\u{1b}[D\u{1b}[D")
    try window.wait(for: "step 23 of 25")
    try window.settle()
    #expect(count(Self.transmission, in: window) == steps)
    #expect(count(Self.deletion, in: window) == 0)
    window.type("q")
    #expect(try window.end() == .exited(0))
    #expect(count(Self.deletion, in: window) >= steps)
  }

  /// Dying leaves no picture behind either, and deletes before the screen is left.
  @Test func aSignalDeletesThem() throws {
    let window = try Window(
      ["a red apple", "--graphics", "kitty"], environment: ["COLORTERM": "truecolor"])
    try window.wait(for: Self.picture)
    try window.settle()
    window.terminal.signal(SIGTERM)
    #expect(try window.end() == .signalled(SIGTERM))
    let text = String(decoding: window.printed, as: UTF8.self)
    let deleted = try #require(text.range(of: Self.deletion))
    let left = try #require(text.range(of: "\u{1b}[?1049l"))
    #expect(deleted.lowerBound < left.lowerBound)
  }

  /// A terminal that answers makes pixels available to the key; half blocks stay the look until then.
  @Test(arguments: [true, false])
  func theAnswersMakeThemAvailable(isKitty: Bool) throws {
    let window = try Window(
      ["a red apple"], term: "xterm-256color", environment: ["COLORTERM": "truecolor"])
    try window.wait("the question") { $0.hasPrinted("\u{1b}[5n") }
    #expect(window.hasPrinted("\u{1b}_Gi=31,s=1,v=1,a=q,t=d,f=24;AAAA\u{1b}\\"))
    let answer = isKitty ? "\u{1b}_Gi=31;OK\u{1b}\\\u{1b}[?62c" : "\u{1b}[?62;4c"
    window.type(answer + "\u{1b}[6;20;10t\u{1b}]11;rgb:0000/0000/0000\u{1b}\\\u{1b}[0n")
    try window.wait(for: Self.picture)
    window.goToPicture()
    #expect(window.screen.text.contains("▀"))
    window.rest()
    window.type("g")
    try window.wait(for: "glyphs: pixels")
    try window.settle()
    #expect(window.hasPrinted(isKitty ? Self.transmission : "\u{1b}P7;1q\"1;1;"))
    window.rest()
    window.type("g")
    try window.wait(for: "glyphs: quadrants")
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  @Test func pixelsCanBeForbidden() throws {
    let window = try Window(
      ["a red apple", "--graphics", "none", "--glyphs", "pixels"],
      environment: ["COLORTERM": "truecolor"])
    try window.wait(for: Self.picture)
    window.goToPicture()
    try window.settle()
    #expect(!window.hasPrinted("\u{1b}_G") && window.screen.text.contains("▀"))
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  /// Whoever stops the program has a terminal without pictures, and gets them again with it.
  @Test func suspendingDeletesAndComingBackSendsThem() throws {
    let window = try Window(
      ["a red apple", "--graphics", "kitty"], environment: ["COLORTERM": "truecolor"])
    try window.wait(for: Self.picture)
    try window.settle()
    let sent = count(Self.transmission, in: window)
    window.terminal.signal(SIGTSTP)
    try window.wait("the deletion") { count(Self.deletion, in: $0) > 0 }
    window.terminal.signal(SIGCONT)
    try window.wait("the pictures") { count(Self.transmission, in: $0) > sent }
    window.goToPicture()
    window.rest()
    window.type("q")
    #expect(try window.end() == .exited(0))
  }
}

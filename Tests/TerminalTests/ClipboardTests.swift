import Testing

@testable import Terminal

@Suite struct ClipboardTests {
  @Test func textIsSentInBase64() {
    #expect(Clipboard.sequences("a cat", isInTmux: false) == "\u{1b}]52;c;YSBjYXQ=\u{7}")
    // 風 in UTF-8.
    #expect(Clipboard.sequences("風", isInTmux: false) == "\u{1b}]52;c;6aKo\u{7}")
  }

  @Test func tmuxGetsBothForms() {
    #expect(
      Clipboard.sequences("a cat", isInTmux: true)
        == "\u{1b}]52;c;YSBjYXQ=\u{7}\u{1b}Ptmux;\u{1b}\u{1b}]52;c;YSBjYXQ=\u{7}\u{1b}\\")
  }

  @Test func whatTerminalsWouldCutIsNotSent() {
    let longest = String(repeating: "x", count: Clipboard.longest)
    #expect(Clipboard.sequences(longest, isInTmux: false) != nil)
    #expect(Clipboard.sequences(longest + "x", isInTmux: false) == nil)
  }
}

import Cells
import Testing

@Suite struct PlainTextTests {
  @Test func whatATerminalWouldObeyIsShownInstead() {
    #expect(PlainText.of("a red apple, 日本 é") == "a red apple, 日本 é")
    #expect(PlainText.of("\u{1b}[31mred\u{7}\u{9b}1m\u{202e}x\n") == "�[31mred��1m�x�")
    #expect(PlainText.of("a\n\tb\r", keepsLines: true) == "a\n\tb�")
  }

  @Test func jsonIsEscaped() {
    #expect(PlainText.json(#"{"a":"b"}"#) == #"{"a":"b"}"#)
    #expect(PlainText.json("\"\u{7f}\u{9b}\u{2028}\"") == #""\u007f\u009b\u2028""#)
  }
}

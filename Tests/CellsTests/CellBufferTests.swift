import Cells
import Pictures
import Testing

@Suite struct CellBufferTests {
  @Test func textIsClippedAndWideCharactersTakeTwo() {
    var buffer = CellBuffer(width: 8, height: 2)
    let end = buffer.print("a日本b", x: 1, y: 0)
    #expect(end == 7)
    #expect(buffer.text == " a日本b \n        ")
    #expect(buffer[3, 0].glyph == nil)
    buffer.print("xyz日", x: 4, y: 1)
    #expect(buffer.text.hasSuffix("    xyz "))
    buffer.print("gone", x: 0, y: 9)
    buffer.print("hidden", x: -3, y: 1, in: Rect(x: 0, y: 1, width: 2, height: 1))
    #expect(buffer.text.hasSuffix("de  xyz "))
  }

  @Test func widths() {
    let expected: [(Character, Int)] = [
      ("a", 1), ("é", 1), ("日", 2), ("🍎", 2), ("\u{200b}", 0), ("\u{7}", 0), ("❤️", 1), ("▀", 1),
      ("👩‍👩‍👧", 6), ("e\u{301}", 1), ("🇩🇪", 2), ("👍🏽", 2), ("हि", 2), ("각", 2), ("\u{2028}", 0),
      ("䷀", 2), ("\r\n", 0),
    ]
    for (character, width) in expected {
      #expect(CellWidth.of(character) == width, "\(character)")
      var buffer = CellBuffer(width: 9, height: 1)
      #expect(buffer.print(String(character), x: 0, y: 0) == width, "\(character)")
    }
  }

  /// Terminals disagree on joined emoji, flags and conjuncts: their parts are shown side by side, and nothing joins
  /// them.
  @Test func whatTerminalsDisagreeOnIsShownInParts() {
    var buffer = CellBuffer(width: 20, height: 1)
    buffer.print("👩‍👩‍👧|🇩🇪|❤️|👍🏽|न्दी|e\u{301}", x: 0, y: 0)
    #expect(buffer.text.hasPrefix("👩👩👧|DE|❤|👍|न\u{94d}दी|é"))
    for cell in buffer.cells {
      let scalars = cell.glyph.map { Array($0.unicodeScalars) } ?? []
      #expect(!scalars.contains { $0.value == 0x200d || $0.value == 0xfe0f })
    }
  }

  @Test func beginningsFitIntoTheirColumns() {
    #expect(CellWidth.prefix("a日本b", columns: 4) == "a日")
    #expect(CellWidth.prefix("abc", columns: 9) == "abc")
    #expect(CellWidth.prefix("日", columns: 1).isEmpty)
  }

  @Test func cursorsOutsideAreNone() {
    var buffer = CellBuffer(width: 3, height: 3)
    buffer.cursor = (2, 1)
    #expect(buffer.cursor?.x == 2 && buffer.cursor?.y == 1)
    buffer.cursor = (3, 1)
    #expect(buffer.cursor == nil)
  }
}

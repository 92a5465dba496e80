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
      ("a", 1), ("é", 1), ("日", 2), ("🍎", 2), ("\u{200b}", 0), ("\u{7}", 0), ("❤️", 2), ("▀", 1),
      ("👩‍👩‍👧", 2), ("e\u{301}", 1),
    ]
    for (character, width) in expected { #expect(CellWidth.of(character) == width) }
  }

  @Test func cursorsOutsideAreNone() {
    var buffer = CellBuffer(width: 3, height: 3)
    buffer.cursor = (2, 1)
    #expect(buffer.cursor?.x == 2 && buffer.cursor?.y == 1)
    buffer.cursor = (3, 1)
    #expect(buffer.cursor == nil)
  }
}

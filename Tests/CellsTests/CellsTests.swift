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

@Suite struct HalfBlockTests {
  private let picture = Picture(
    width: 2, height: 2, pixels: [255, 0, 0, 0, 255, 0, 0, 0, 255, 9, 9, 9])

  @Test func twoPixelsToACell() {
    var buffer = CellBuffer(width: 2, height: 1)
    HalfBlocks.draw(picture, in: buffer.bounds, into: &buffer)
    #expect(buffer[0, 0] == Cell("▀", Style(Color(255, 0, 0), on: Color(0, 0, 255))))
    #expect(buffer[1, 0] == Cell("▀", Style(Color(0, 255, 0), on: Color(9, 9, 9))))
  }

  @Test func enlargedByWholeNumbersInTheMiddle() {
    var buffer = CellBuffer(width: 9, height: 4)
    let cells = HalfBlocks.draw(picture, in: buffer.bounds, into: &buffer)
    #expect(cells == Rect(x: 0, y: 0, width: 8, height: 4))
    #expect(buffer[3, 1] == buffer[0, 0])
    #expect(buffer[4, 1].style.foreground == Color(0, 255, 0))
  }

  @Test func largePicturesAreFitted() {
    let large = Picture(width: 64, height: 64, pixels: Array(repeating: 7, count: 64 * 64 * 3))
    #expect(HalfBlocks.size(of: large, columns: 80, rows: 18) == (36, 36))
    #expect(HalfBlocks.size(of: large, columns: 30, rows: 40) == (30, 30))
    #expect(HalfBlocks.size(of: large, columns: 200, rows: 64) == (128, 128))
    #expect(HalfBlocks.size(of: large, columns: 0, rows: 5) == (0, 0))
  }

  @Test func ansiText() {
    var buffer = CellBuffer(width: 3, height: 1)
    HalfBlocks.draw(picture, in: Rect(x: 0, y: 0, width: 2, height: 1), into: &buffer)
    let escape = "\u{1b}["
    #expect(
      ANSIText.render(buffer)
        == "\(escape)0;38;2;255;0;0;48;2;0;0;255m▀\(escape)0;38;2;0;255;0;48;2;9;9;9m▀\(escape)0m \n")
    #expect(
      ANSIText.render(buffer, colors: .palette256)
        == "\(escape)0;38;5;196;48;5;21m▀\(escape)0;38;5;46;48;5;232m▀\(escape)0m \n")
    #expect(ANSIText.render(buffer, colors: .none).count == 4)
    #expect(!ANSIText.render(buffer, colors: .none).contains("\u{1b}"))
  }
}

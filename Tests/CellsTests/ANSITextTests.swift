import Cells
import Testing

@Suite struct ANSITextTests {
  private let esc = "\u{1b}["

  private var sample: CellBuffer {
    var buffer = CellBuffer(width: 6, height: 2)
    let red = Style(Color(255, 0, 0))
    buffer.print("ab", x: 0, y: 0, red)
    buffer.print("c", x: 2, y: 0, Style(Color(255, 0, 0), on: Color(0, 0, 95)))
    buffer.print("d", x: 3, y: 0, Style(nil, on: nil, .bold))
    buffer.print("漢x", x: 0, y: 1)
    return buffer
  }

  @Test func writesOnlyWhatChangesAndResetsAtLineEnds() {
    #expect(
      ANSIText.render(sample, colors: .trueColor)
        == "\(esc)38;2;255;0;0mab\(esc)48;2;0;0;95mc\(esc)1;39;49md\(esc)0m  \n漢x   ")
    #expect(
      ANSIText.render(sample, colors: .palette256)
        == "\(esc)38;5;196mab\(esc)48;5;17mc\(esc)1;39;49md\(esc)0m  \n漢x   ")
    #expect(
      ANSIText.render(sample, colors: .palette16)
        == "\(esc)91mab\(esc)40mc\(esc)1;39;49md\(esc)0m  \n漢x   ")
    #expect(ANSIText.render(sample, colors: .none) == "abcd  \n漢x   ")
  }

  @Test func lineEndsInTheTerminalsOwnColours() {
    var buffer = CellBuffer(width: 1, height: 2)
    buffer[0, 0] = Cell("x", Style(nil, on: Color(1, 2, 3)))
    #expect(ANSIText.render(buffer, colors: .trueColor) == "\(esc)48;2;1;2;3mx\(esc)0m\n ")
  }

  @Test func controlCharactersNeverGetOut() {
    var buffer = CellBuffer(width: 2, height: 1)
    buffer[0, 0] = Cell("\u{1b}")
    buffer[1, 0] = Cell("\r\n")
    #expect(ANSIText.render(buffer, colors: .trueColor) == "  ")
  }
}

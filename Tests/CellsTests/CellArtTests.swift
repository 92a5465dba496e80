import Cells
import Pictures
import Testing

@Suite struct HalfBlocksTests {
  private let red = Color(255, 0, 0)
  private let green = Color(0, 255, 0)
  private let blue = Color(0, 0, 255)
  private let white = Color(255, 255, 255)

  private func picture(width: Int, height: Int, _ colors: [Color]) -> Picture {
    Picture(width: width, height: height, pixels: colors.flatMap { [$0.red, $0.green, $0.blue] })
  }

  private func plain(width: Int, height: Int) -> Picture {
    Picture(width: width, height: height, pixels: .init(repeating: 90, count: width * height * 3))
  }

  @Test func fourPixelsAreTwoCells() {
    var drawn = CellBuffer(width: 4, height: 3)
    HalfBlocks.draw(
      picture(width: 2, height: 2, [red, green, blue, white]),
      in: Rect(x: 1, y: 1, width: 2, height: 1), into: &drawn)
    var expected = CellBuffer(width: 4, height: 3)
    expected[1, 1] = Cell("▀", Style(red, on: blue))
    expected[2, 1] = Cell("▀", Style(green, on: white))
    #expect(drawn == expected)
  }

  @Test func enlargedByWholeNumbersAndCentred() {
    var drawn = CellBuffer(width: 7, height: 4)
    HalfBlocks.draw(
      picture(width: 2, height: 2, [red, green, blue, white]), in: drawn.bounds, into: &drawn)
    // 3 x enlarged: 6 x 6 pixels, 6 x 3 cells; the middle row holds both rows of the picture.
    var expected = CellBuffer(width: 7, height: 4)
    for x in 0..<6 {
      let (upper, lower) = x < 3 ? (red, blue) : (green, white)
      expected[x, 0] = Cell("▀", Style(upper, on: upper))
      expected[x, 1] = Cell("▀", Style(upper, on: lower))
      expected[x, 2] = Cell("▀", Style(lower, on: lower))
    }
    #expect(drawn == expected)
  }

  @Test func anOddLastRowKeepsWhatIsBehindIt() {
    var drawn = CellBuffer(width: 1, height: 1, style: Style(nil, on: blue))
    HalfBlocks.draw(picture(width: 1, height: 1, [red]), in: drawn.bounds, into: &drawn)
    #expect(drawn[0, 0] == Cell("▀", Style(red, on: blue)))
  }

  @Test(arguments: [
    (64, 64, 130, 66, 128, 64), (64, 64, 64, 32, 64, 32), (64, 64, 63, 40, 63, 32),
    (64, 64, 100, 18, 36, 18), (128, 64, 60, 40, 60, 15), (1, 500, 40, 10, 1, 10),
    (64, 64, 0, 10, 0, 0), (3, 5, 4, 4, 3, 3),
  ])
  func sizes(width: Int, height: Int, columns: Int, rows: Int, expectColumns: Int, expectRows: Int)
  {
    let size = HalfBlocks.size(
      of: plain(width: width, height: height),
      fitting: Rect(x: 3, y: 2, width: columns, height: rows))
    #expect(size.columns == expectColumns)
    #expect(size.rows == expectRows)
  }

  @Test func reducingAveragesInLinearLight() {
    // Half black, half white is 188 in sRGB, not 128.
    var drawn = CellBuffer(width: 1, height: 1)
    let black = Color(0, 0, 0)
    HalfBlocks.draw(
      picture(
        width: 2, height: 4, [black, white, white, black, white, black, black, white]),
      in: drawn.bounds, into: &drawn)
    #expect(drawn[0, 0] == Cell("▀", Style(Color(188, 188, 188), on: Color(188, 188, 188))))
  }

  @Test func reducingKeepsAPlainColourWhateverTheRatio() {
    for side in 1...20 {
      var drawn = CellBuffer(width: side, height: side)
      HalfBlocks.draw(plain(width: 37, height: 23), in: drawn.bounds, into: &drawn)
      let colors = Set(drawn.cells.compactMap(\.style.foreground))
      #expect(colors == [Color(90, 90, 90)])
    }
  }

  @Test func nothingIsDrawnOutsideTheBuffer() {
    var drawn = CellBuffer(width: 3, height: 2)
    HalfBlocks.draw(
      plain(width: 8, height: 8), in: Rect(x: -2, y: -1, width: 8, height: 4), into: &drawn)
    #expect(drawn.cells.allSatisfy { $0.glyph == "▀" })
  }
}

import Cells
import Pictures
import Testing

@Suite struct CellArtTests {
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
    CellArt().draw(
      picture(width: 2, height: 2, [red, green, blue, white]),
      in: Rect(x: 1, y: 1, width: 2, height: 1), into: &drawn)
    var expected = CellBuffer(width: 4, height: 3)
    expected[1, 1] = Cell("▀", Style(red, on: blue))
    expected[2, 1] = Cell("▀", Style(green, on: white))
    #expect(drawn == expected)
  }

  @Test func enlargedByWholeNumbersAndCentred() {
    var drawn = CellBuffer(width: 7, height: 4)
    CellArt().draw(
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
    CellArt().draw(picture(width: 1, height: 1, [red]), in: drawn.bounds, into: &drawn)
    #expect(drawn[0, 0] == Cell("▀", Style(red, on: blue)))
  }

  @Test(arguments: [
    (64, 64, 130, 66, 128, 64), (64, 64, 64, 32, 64, 32), (64, 64, 63, 40, 63, 32),
    (64, 64, 100, 18, 36, 18), (128, 64, 60, 40, 60, 15), (1, 500, 40, 10, 1, 10),
    (64, 64, 0, 10, 0, 0), (3, 5, 4, 4, 3, 3),
  ])
  func sizes(width: Int, height: Int, columns: Int, rows: Int, expectColumns: Int, expectRows: Int)
  {
    let size = CellArt().size(
      of: plain(width: width, height: height),
      fitting: Rect(x: 3, y: 2, width: columns, height: rows))
    #expect(size.columns == expectColumns)
    #expect(size.rows == expectRows)
  }

  @Test func reducingAveragesInLinearLight() {
    // Half black, half white is 188 in sRGB, not 128.
    var drawn = CellBuffer(width: 1, height: 1)
    let black = Color(0, 0, 0)
    CellArt().draw(
      picture(
        width: 2, height: 4, [black, white, white, black, white, black, black, white]),
      in: drawn.bounds, into: &drawn)
    #expect(drawn[0, 0] == Cell("▀", Style(Color(188, 188, 188), on: Color(188, 188, 188))))
  }

  @Test func reducingKeepsAPlainColourWhateverTheRatio() {
    for side in 1...20 {
      var drawn = CellBuffer(width: side, height: side)
      CellArt().draw(plain(width: 37, height: 23), in: drawn.bounds, into: &drawn)
      let colors = Set(drawn.cells.compactMap(\.style.foreground))
      #expect(colors == [Color(90, 90, 90)])
    }
  }

  @Test func nothingIsDrawnOutsideTheBuffer() {
    var drawn = CellBuffer(width: 3, height: 2)
    CellArt().draw(
      plain(width: 8, height: 8), in: Rect(x: -2, y: -1, width: 8, height: 4), into: &drawn)
    #expect(drawn.cells.allSatisfy { $0.glyph == "▀" })
  }

  // MARK: Other glyphs

  /// Two colours in a cell, in any places: they are shown exactly, each pattern by a glyph of its own.
  @Test(arguments: [GlyphSet.quadrants, .sextants])
  func twoColoursInACellAreExact(_ glyphs: GlyphSet) {
    let rows = glyphs == .quadrants ? 2 : 3
    var seen: Set<String> = []
    for pattern in 0..<(1 << (2 * rows)) {
      // Four times as high as the cell has pixels, and half as wide as high: exactly one cell.
      var pixels: [Color] = []
      for y in 0..<(4 * rows) {
        for x in 0..<(2 * rows) {
          let bit = 2 * (y / 4) + x / rows
          pixels.append(pattern >> bit & 1 == 1 ? red : blue)
        }
      }
      var drawn = CellBuffer(width: 1, height: 1)
      CellArt(glyphs).draw(
        picture(width: 2 * rows, height: 4 * rows, pixels), in: drawn.bounds, into: &drawn)
      let style = drawn[0, 0].style
      let used: Set<Color?> = [style.foreground, style.background]
      let all = (1 << (2 * rows)) - 1
      let expected: Set<Color?> = pattern == 0 ? [blue] : pattern == all ? [red] : [red, blue]
      #expect(used == expected)
      seen.insert("\(drawn[0, 0])")
    }
    #expect(seen.count == 1 << (2 * rows))
  }

  @Test func shadesGoFromDarkToLightAndRoundOnLight() {
    let black = Color(0, 0, 0)
    func shades(isOnLight: Bool) -> String {
      var drawn = CellBuffer(width: 2, height: 1)
      CellArt(.halves, colors: .none, isOnLight: isOnLight).draw(
        picture(width: 2, height: 2, [black, white, black, white]), in: drawn.bounds, into: &drawn)
      #expect(drawn.cells.allSatisfy { $0.style.foreground == nil && $0.style.background == nil })
      return drawn.text
    }
    #expect(shades(isOnLight: false) == " @")
    #expect(shades(isOnLight: true) == "@ ")
  }

  // MARK: Few colours

  /// From a distance, a dithered area has the requested brightness.
  @Test(arguments: [ColorDepth.palette256, .palette16, .palette8])
  func ditheredAreasKeepTheirLight(_ depth: ColorDepth) {
    for value in stride(from: 0, to: 256, by: 15) {
      let color = Color(UInt8(value), UInt8(value), UInt8(value))
      var drawn = CellBuffer(width: 16, height: 8)
      CellArt(.halves, colors: depth).draw(
        picture(width: 16, height: 16, Array(repeating: color, count: 256)), in: drawn.bounds,
        into: &drawn)
      let colors = drawn.cells.flatMap { [$0.style.foreground, $0.style.background] }
        .compactMap { $0 }
      #expect(colors.count == 256)
      let mean = colors.reduce(Float(0)) { $0 + Light.linear[Int($1.green)] } / 256
      // Sixteen colours in a mixture leave a sixteenth of their distance; the white of eight is not quite white.
      let tolerance: Float = depth == .palette256 ? 0.02 : 0.09
      let wanted = Light.linear[depth == .palette8 ? min(value, 229) : value]
      #expect(abs(mean - wanted) < tolerance, "\(value): \(mean)")
    }
  }

  /// What is drawn in few colours uses exactly those, so that the terminal need not choose again.
  @Test func ditheringGivesColoursOfThePalette() {
    let many = (0..<1024).map { (index: Int) -> Color in
      let (red, green, blue) = (index % 256, index / 4, index * 7 % 256)
      return Color(UInt8(red), UInt8(green), UInt8(blue))
    }
    for depth in [ColorDepth.palette256, .palette16, .palette8] {
      var drawn = CellBuffer(width: 32, height: 16)
      CellArt(.halves, colors: depth).draw(
        picture(width: 32, height: 32, many), in: drawn.bounds, into: &drawn)
      let colors = Set(drawn.cells.compactMap(\.style.foreground))
      let bounds = depth == .palette256 ? 41...240 : depth == .palette16 ? 9...16 : 5...8
      #expect(bounds.contains(colors.count))
    }
  }

  /// A still picture does not change, whatever else moves.
  @Test func ditheringDependsOnThePlaceAlone() {
    let grey = Color(100, 120, 140)
    var whole = CellBuffer(width: 12, height: 6)
    let art = CellArt(.halves, colors: .palette256)
    art.draw(
      picture(width: 12, height: 12, Array(repeating: grey, count: 144)), in: whole.bounds,
      into: &whole)
    var part = CellBuffer(width: 12, height: 6)
    art.draw(
      picture(width: 4, height: 4, Array(repeating: grey, count: 16)),
      in: Rect(x: 5, y: 2, width: 4, height: 2), into: &part)
    for y in 2..<4 { for x in 5..<9 { #expect(part[x, y] == whole[x, y]) } }
  }
}

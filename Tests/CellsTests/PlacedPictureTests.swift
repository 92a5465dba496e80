import Cells
import Pictures
import Testing

/// Pictures in a buffer that a terminal shows as pixels.
@Suite struct PlacedPictureTests {
  static func noise(width: Int, height: Int, seed: Int = 1) -> Picture {
    Picture(
      width: width, height: height,
      pixels: (0..<(3 * width * height)).map {
        UInt8(truncatingIfNeeded: ($0 &+ seed) &* 2_654_435_761 >> 11)
      })
  }

  private let art = CellArt(.pixels)

  @Test func aPictureTakesTheSameCellsAsInHalfBlocks() {
    for (width, height) in [(4, 4), (7, 3), (40, 30), (1, 9)] {
      let picture = Self.noise(width: width, height: height)
      var (pixels, halves) = (CellBuffer(width: 20, height: 8), CellBuffer(width: 20, height: 8))
      art.draw(picture, in: Rect(x: 1, y: 1, width: 18, height: 6), into: &pixels)
      CellArt().draw(picture, in: Rect(x: 1, y: 1, width: 18, height: 6), into: &halves)
      for y in 0..<8 {
        for x in 0..<20 {
          #expect((pixels.picture(x: x, y: y) != nil) == (halves[x, y].glyph == "▀"))
        }
      }
      #expect(pixels.pictures.map(\.picture) == [picture])
    }
  }

  @Test func cellsNameTheirRowAndColumnAndPicture() {
    var buffer = CellBuffer(width: 6, height: 3, style: Style(on: Color(9, 9, 9)))
    for x in [0, 3] {
      art.draw(
        Self.noise(width: 2, height: 4, seed: x), in: Rect(x: x, y: 0, width: 2, height: 2),
        into: &buffer)
    }
    #expect(buffer.picture(x: 1, y: 1) == 0 && buffer.picture(x: 4, y: 0) == 1)
    #expect(buffer.picture(x: 2, y: 0) == nil && buffer.picture(x: 0, y: 2) == nil)
    #expect(buffer.picture(x: -1, y: 0) == nil && buffer.picture(x: 0, y: 9) == nil)
    // U+030D is the mark for 1, U+0305 that for 0.
    let style = Style(Color(0, 0, 1), on: Color(9, 9, 9))
    #expect(buffer[4, 1] == Cell("\u{10eeee}\u{30d}\u{30d}", style))
    #expect(buffer[0, 0].glyph == "\u{10eeee}\u{305}\u{305}")
    #expect(buffer.text.unicodeScalars.filter { $0 == PicturePlaceholder.scalar }.count == 8)
    #expect(buffer.cells.allSatisfy { CellWidth.of($0.glyph ?? " ") == 1 })
  }

  @Test func theMarksAreThoseOfTheProtocol() {
    let marks = PicturePlaceholder.marks
    #expect(marks.count == 297 && Set(marks).count == 297)
    #expect(marks[0].value == 0x305 && marks[1].value == 0x30d && marks[62].value == 0x657)
    #expect(marks[255].value == 0xa8e5 && marks[296].value == 0x1d244)
  }

  @Test func whatIsDrawnLaterCoversAPicture() {
    var buffer = CellBuffer(width: 8, height: 4)
    art.draw(Self.noise(width: 8, height: 8), in: buffer.bounds, into: &buffer)
    #expect(buffer.visiblePictureCells == [32])
    buffer.print("text", x: 2, y: 1)
    #expect(buffer.visiblePictureCells == [28] && buffer.picture(x: 3, y: 1) == nil)
    // A text of the same glyph is no picture.
    buffer.print("\u{10eeee}", x: 0, y: 0, Style(Color(0, 0, 7)))
    #expect(buffer.picture(x: 0, y: 0) == nil)
  }

  @Test func whatIsVisibleCanBeDrawnInCells() {
    let picture = Self.noise(width: 8, height: 8)
    var (buffer, expected) = (CellBuffer(width: 8, height: 4), CellBuffer(width: 8, height: 4))
    for (art, target) in [(art, true), (CellArt(), false)] {
      var drawn = target ? buffer : expected
      art.draw(picture, in: drawn.bounds, into: &drawn)
      drawn.print("over", x: 1, y: 2)
      if target { buffer = drawn } else { expected = drawn }
    }
    let drawn = buffer.drawingPictures(with: CellArt())
    #expect(drawn.cells == expected.cells)
    #expect(buffer.drawingPictures([], with: CellArt()) == buffer)
  }

  @Test func partsKeepTheirPictures() {
    var buffer = CellBuffer(width: 9, height: 6)
    art.draw(
      Self.noise(width: 4, height: 4), in: Rect(x: 3, y: 2, width: 4, height: 2), into: &buffer)
    let part = buffer.part(Rect(x: 2, y: 1, width: 6, height: 4))
    #expect(part.picture(x: 1, y: 1) == 0 && part.picture(x: 0, y: 0) == nil)
    #expect(part.visiblePictureCells == [8])
  }

  @Test func aPictureWithMoreColumnsThanMarksIsDrawnInHalfBlocks() {
    var buffer = CellBuffer(width: 400, height: 2)
    art.draw(Self.noise(width: 300, height: 2), in: buffer.bounds, into: &buffer)
    #expect(buffer.pictures.isEmpty && buffer[100, 0].glyph == "▀")
  }

  @Test func fillingEnlargesByAnyNumber() {
    let picture = Self.noise(width: 10, height: 10)
    let room = Rect(x: 0, y: 0, width: 30, height: 8)
    #expect(CellArt().size(of: picture, fitting: room) == (10, 5))
    #expect(CellArt().size(of: picture, fitting: room, fills: true) == (16, 8))
    var buffer = CellBuffer(width: 30, height: 8)
    CellArt().draw(picture, in: room, fills: true, into: &buffer)
    #expect(buffer.cells.filter { $0.glyph == "▀" }.count == 16 * 8)
  }

  @Test func withoutColoursThereAreNoPixels() {
    #expect(CellArt(.pixels, colors: .none).glyphs == .shades)
  }
}

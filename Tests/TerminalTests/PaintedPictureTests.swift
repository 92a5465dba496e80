import Cells
import Foundation
import Pictures
import Testing

@testable import Terminal

/// Sixel and inline images over cells: when they are painted again, and what is done about those that are covered.
@Suite struct PaintedPictureTests {
  private let untouched = Array(repeating: false, count: 12)
  private let first = KittyTests.picture(16)
  private let second = KittyTests.picture(16, seed: 2)

  private func text(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  @Test(arguments: [GraphicsProtocol.sixel, .iterm])
  func onlyWhatChangedIsPainted(used: GraphicsProtocol) {
    var writer = GraphicsWriter(used, PixelFacts())
    let mark = used == .sixel ? "\u{1b}P" : "\u{1b}]1337;File="
    func isPainted(_ bytes: [UInt8]) -> Bool { text(bytes).contains(mark) }
    func isBlanked(_ bytes: [UInt8]) -> Bool { text(bytes).contains("\u{1b}[16X") }

    let frame = KittyTests.frame(first)
    var bytes = writer.bytes(frame, isNew: true, touched: untouched)
    #expect(isPainted(bytes) && isBlanked(bytes))
    #expect(text(bytes).contains("\u{1b}[3;9H" + mark))
    #expect(writer.bytes(frame, isNew: false, touched: untouched).isEmpty)
    // Another picture of the same shape paints over it, without a moment of nothing.
    bytes = writer.bytes(KittyTests.frame(second), isNew: false, touched: untouched)
    #expect(isPainted(bytes) && !isBlanked(bytes))
    // ncurses may have written over it.
    var touched = untouched
    touched[9] = true
    #expect(isPainted(writer.bytes(KittyTests.frame(second), isNew: false, touched: touched)))
    touched = untouched
    touched[1] = true
    #expect(writer.bytes(KittyTests.frame(second), isNew: false, touched: touched).isEmpty)
    // A frame without pictures, and back.
    let empty = CellBuffer(width: 32, height: 12)
    #expect(writer.bytes(empty, isNew: false, touched: untouched).isEmpty)
    bytes = writer.bytes(frame, isNew: false, touched: untouched)
    #expect(isPainted(bytes) && isBlanked(bytes))
    writer.forget()
    #expect(isPainted(writer.bytes(frame, isNew: false, touched: untouched)))
  }

  @Test func anotherCellSizeIsPaintedAnew() {
    var writer = GraphicsWriter(.sixel, PixelFacts())
    let frame = KittyTests.frame(first)
    _ = writer.bytes(frame, isNew: true, touched: untouched)
    writer.learn(PixelFacts())
    #expect(writer.bytes(frame, isNew: false, touched: untouched).isEmpty)
    var facts = PixelFacts()
    facts.cell = PixelSize(width: 8, height: 17) ?? .usualCell
    writer.learn(facts)
    let bytes = text(writer.bytes(frame, isNew: false, touched: untouched))
    // 16 by 8 cells are 128 by 136 pixels; 4 rows are left free above the picture.
    #expect(bytes.contains("\"1;1;128;132"))
  }

  @Test(arguments: [GraphicsProtocol.sixel, .iterm])
  func aCoveredPictureIsDrawnInCells(used: GraphicsProtocol) {
    var writer = GraphicsWriter(used, PixelFacts())
    var frame = KittyTests.frame(first)
    #expect(writer.drawable(frame, art: CellArt()) == frame)
    frame.print("menu", x: 11, y: 8)
    let drawn = writer.drawable(frame, art: CellArt())
    #expect(drawn[12, 8].glyph == "e" && drawn[10, 8].glyph == "▀" && drawn[0, 0].glyph == " ")
    #expect(drawn.visiblePictureCells == [0])
    #expect(writer.bytes(drawn, isNew: true, touched: untouched).isEmpty)
    // kitty's cells are text, which a menu may cover.
    let kitty = GraphicsWriter(.kitty, PixelFacts())
    #expect(kitty.drawable(frame, art: CellArt()) == frame)
  }

  /// Behind a picture in the last row, the terminal would scroll.
  @Test func aPictureInTheLastRowIsDrawnInCells() {
    var frame = CellBuffer(width: 8, height: 4)
    CellArt(.pixels).draw(KittyTests.picture(8), in: frame.bounds, into: &frame)
    let writer = GraphicsWriter(.sixel, PixelFacts())
    #expect(writer.drawable(frame, art: CellArt()).visiblePictureCells == [0])
  }

  @Test func picturesSideBySideAreOnTheirOwn() {
    var frame = CellBuffer(width: 40, height: 12)
    for (x, picture) in [(2, first), (20, second)] {
      CellArt(.pixels).draw(
        picture, in: Rect(x: x, y: 2, width: 16, height: 8), into: &frame)
    }
    frame.print("x", x: 3, y: 3)
    let writer = GraphicsWriter(.sixel, PixelFacts())
    #expect(writer.drawable(frame, art: CellArt()).visiblePictureCells == [0, 128])
  }

  /// xterm would lose the picture that did not change.
  @Test func inXtermAllPicturesArePaintedTogether() {
    func frame(_ left: Picture, _ right: Picture) -> CellBuffer {
      var frame = CellBuffer(width: 40, height: 12)
      for (x, picture) in [(2, left), (20, right)] {
        CellArt(.pixels).draw(
          picture, in: Rect(x: x, y: 2, width: 16, height: 8), into: &frame)
      }
      return frame
    }
    func images(_ facts: PixelFacts) -> [Int] {
      var writer = GraphicsWriter(.sixel, facts)
      return [(first, second), (second, second), (second, second)].enumerated().map { index, pair in
        let bytes = writer.bytes(
          frame(pair.0, pair.1), isNew: index == 0, touched: untouched)
        return text(bytes).components(separatedBy: "\u{1b}P").count - 1
      }
    }
    var decoder = InputDecoder()
    _ = decoder.feed("\u{1b}P>|XTerm(379)\u{1b}\\".utf8)
    var xterm = PixelFacts(decoder.answers, environment: [:])
    #expect(xterm.paintsTogether && !PixelFacts().paintsTogether)
    #expect(images(PixelFacts()) == [2, 1, 0])
    #expect(images(xterm) == [1, 1, 0])
    // 34 columns of 10 pixels; what is larger is drawn in cells.
    let writer = GraphicsWriter(.sixel, xterm)
    #expect(
      writer.drawable(frame(first, second), art: CellArt()).visiblePictureCells == [128, 128])
    xterm.largestSixel = PixelSize(width: 339, height: 800)
    let small = GraphicsWriter(.sixel, xterm)
    #expect(small.drawable(frame(first, second), art: CellArt()).visiblePictureCells == [0, 0])
  }

  @Test func inlineImagesAreWholePNGs() throws {
    let bytes = InlineImage.encode(first, columns: 16, rows: 8, isInTmux: false)
    let sequence = text(bytes)
    #expect(sequence.hasPrefix("\u{1b}]1337;File=inline=1;size="))
    #expect(sequence.contains(";width=16;height=8;preserveAspectRatio=1:"))
    let payload = try #require(sequence.split(separator: ":").last).dropLast()
    let data = try #require(Data(base64Encoded: String(payload)))
    #expect(try PNG.decode(data, name: "sent").picture == first)
    #expect(sequence.contains("size=\(data.count);") && sequence.hasSuffix("\u{7}"))
    #expect(
      text(InlineImage.encode(first, columns: 16, rows: 8, isInTmux: true))
        .hasPrefix("\u{1b}Ptmux;\u{1b}\u{1b}]1337;"))
  }

  @Test func printedPicturesEndInALineBreak() throws {
    for used in [GraphicsProtocol.sixel, .iterm] {
      let bytes = PrintedPicture.bytes(first, columns: 16, rows: 8, in: used, PixelFacts())
      #expect(try #require(bytes).last == UInt8(ascii: "\n"))
    }
  }
}

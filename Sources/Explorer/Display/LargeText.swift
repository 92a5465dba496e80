import Cells
import Pictures

/// A line of text in large letters: each pixel of the font is half a cell.
struct LargeText {
  /// The height of a line in rows, including descenders.
  static let rows = 5

  private let text: String

  /// - Returns: `nil` if the font lacks a character of the text.
  init?(_ text: String) {
    let letters = PixelText.ascii(text)
    // A missing character becomes the glyph after the last letter.
    guard letters.utf8.allSatisfy({ $0 < 127 }) else { return nil }
    self.text = letters
  }

  /// Its width in columns.
  var columns: Int { max(0, text.utf8.count * PixelText.advance - 1) }

  func draw(x: Int, y: Int, _ style: Style, _ buffer: inout CellBuffer) {
    let (width, height) = (columns, 2 * Self.rows)
    var pixels = Picture(
      width: width, height: height, pixels: Array(repeating: 0, count: width * height * 3))
    PixelText.draw(text, x: 0, y: 0, color: SIMD3(repeating: 255), into: &pixels)
    func isInk(_ column: Int, _ line: Int) -> Bool {
      pixels.pixels[3 * (line * width + column)] > 0
    }
    for row in 0..<Self.rows {
      for column in 0..<width {
        let glyph: Character
        switch (isInk(column, 2 * row), isInk(column, 2 * row + 1)) {
        case (true, true): glyph = "█"
        case (true, false): glyph = "▀"
        case (false, true): glyph = "▄"
        case (false, false): continue
        }
        buffer[x + column, y + row] = Cell(glyph, style)
      }
    }
  }
}

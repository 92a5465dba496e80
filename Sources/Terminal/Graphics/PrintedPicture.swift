import Cells
import Pictures

/// A picture that is printed as pixels at the cursor, as `render --ansi` does; it stays in the terminal.
public enum PrintedPicture {
  /// The bytes of a picture that takes this many columns and rows, with a line break after it; `nil` if it is too large
  /// or cannot be encoded.
  public static func bytes(
    _ picture: Picture, columns: Int, rows: Int, in used: GraphicsProtocol, _ facts: PixelFacts
  ) -> [UInt8]? {
    let place = Rect(x: 0, y: 0, width: columns, height: rows)
    let bytes: [UInt8]
    switch used {
    case .kitty:
      guard let text = kitty(picture, place, facts) else { return nil }
      return Array(text.utf8)
    case .sixel:
      let fit = PixelFit(picture, in: place, cell: facts.cell, largest: facts.largestSixel)
      let tile = Sixel.Tile(picture, width: fit.width, height: fit.height)
      bytes = Sixel.encode(tile.map { [$0] } ?? [], colors: facts.sixelColors)
    case .iterm:
      bytes = InlineImage.encode(
        InlineImage.reduced(picture, in: place, facts), columns: columns, rows: rows,
        isInTmux: facts.isInTmux)
    }
    return bytes.isEmpty ? nil : bytes + [UInt8(ascii: "\n")]
  }

  private static func kitty(_ picture: Picture, _ place: Rect, _ facts: PixelFacts) -> String? {
    let marks = PicturePlaceholder.marks.indices
    guard marks.contains(place.width - 1), marks.contains(place.height - 1) else { return nil }
    // Random, so that it does not replace a picture that was printed before. In tmux, only palette colours are safe,
    // which leaves 255 times 255 numbers.
    let low = UInt32.random(in: 1...(facts.isInTmux ? 255 : 0xff_ffff))
    let number = UInt32.random(in: 1...255) << 24 | low
    let fit = PixelFit(picture, in: place, cell: facts.cell)
    var text = KittyGraphics.transmit(
      fit.reduced(picture), number: number, columns: place.width, rows: place.height,
      isInTmux: facts.isInTmux)
    for row in 0..<place.height {
      text += KittyGraphics.cells(
        number: number, row: row, column: 0, count: place.width, background: nil,
        repeats: !facts.isInTmux)
      text += "\u{1b}[m\n"
    }
    return text
  }
}

import Cells

/// Writes the cells of pictures in 24-bit colours.
///
/// ncurses needs a colour pair for every combination of two colours, and a picture has thousands of them in each frame.
/// ncurses therefore gets a ``placeholder`` in the terminal's own colours. After ncurses, this type writes the picture
/// over it, then restores the colours and the cursor that ncurses expects. (Terminals can save these themselves, but
/// some can save them only once, and that is needed for leaving the explorer.)
struct PictureWriter {
  /// The content of a picture's cell as far as ncurses knows. It is not a blank, because ncurses clears whole lines of
  /// blanks.
  static let placeholder = Cell("▀")

  private var bytes: [UInt8] = []
  private var ink: Color?
  private var ground: Color?
  private static let numbers = (0...255).map { Array(String($0).utf8) }

  /// Whether a cell is written here: a block in two colours.
  static func takes(_ cell: Cell) -> Bool {
    guard cell.style.foreground != nil, cell.style.background != nil, cell.style.attributes.isEmpty,
      let scalar = cell.glyph?.unicodeScalars.first
    else { return false }
    return (0x2580...0x259f).contains(scalar.value) || (0x1fb00...0x1fb3b).contains(scalar.value)
  }

  /// The sequences for the cells of pictures that differ from those of `old`.
  ///
  /// - Parameters:
  ///   - touched: The rows that ncurses wrote to; it may have rewritten any of their cells.
  ///   - cursor: The position of the terminal's cursor.
  mutating func sequences(
    _ buffer: CellBuffer, over old: CellBuffer?, touched: [Bool],
    cursor: (x: Int, y: Int)
  ) -> [UInt8] {
    bytes.removeAll(keepingCapacity: true)
    (ink, ground) = (nil, nil)
    var next = -1
    for y in 0..<buffer.height {
      for x in 0..<buffer.width {
        let place = y * buffer.width + x
        let cell = buffer.cells[place]
        if let old, old.cells[place] == cell, !touched[y] { continue }
        guard Self.takes(cell) else { continue }
        if place != next || x == 0 { move(x: x, y: y) }
        write(cell)
        next = place + 1
      }
    }
    guard !bytes.isEmpty else { return [] }
    bytes += "\u{1b}[m".utf8
    move(x: cursor.x, y: cursor.y)
    return bytes
  }

  private mutating func move(x: Int, y: Int) { bytes += "\u{1b}[\(y + 1);\(x + 1)H".utf8 }

  private mutating func write(_ cell: Cell) {
    let isInkNew = ink != cell.style.foreground
    let isGroundNew = ground != cell.style.background
    if isInkNew || isGroundNew {
      bytes += [0x1b, UInt8(ascii: "[")]
      if isInkNew { select(38, cell.style.foreground) }
      if isInkNew, isGroundNew { bytes.append(UInt8(ascii: ";")) }
      if isGroundNew { select(48, cell.style.background) }
      bytes.append(UInt8(ascii: "m"))
      (ink, ground) = (cell.style.foreground, cell.style.background)
    }
    if let glyph = cell.glyph { bytes += glyph.utf8 }
  }

  private mutating func select(_ which: Int, _ color: Color?) {
    guard let color else { return }
    bytes += Self.numbers[which]
    bytes += [UInt8(ascii: ";"), UInt8(ascii: "2")]
    for part in [color.red, color.green, color.blue] {
      bytes.append(UInt8(ascii: ";"))
      bytes += Self.numbers[Int(part)]
    }
  }
}

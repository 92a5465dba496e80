import Cells

/// Writes the cells of pictures in 24-bit colours.
///
/// ncurses takes a colour pair for every two colours that meet, and a picture has thousands of them in each frame. So it
/// is told of a ``placeholder`` in the terminal's own colours where a picture stands, and this writes the picture over
/// it when ncurses is done, and leaves colours and cursor as ncurses had left them. (Terminals can remember these
/// themselves, but some remember only one place, and that is where leaving the explorer goes back to.)
struct PictureWriter {
  /// What ncurses believes to stand where a picture's cell is. No blank: those it clears by the line.
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

  /// What to send for the cells of pictures that differ from those of `old`.
  ///
  /// - Parameters:
  ///   - touched: The rows that ncurses wrote to; it may have written any of their cells again.
  ///   - cursor: Where the terminal's cursor stands.
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

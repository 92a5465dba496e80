import CNcurses
import Cells

/// Writes cells into ncurses' standard screen, each with the colour pair it needs.
///
/// Pairs are allocated here instead of by `alloc_pair`, which recycles the least recently requested pair, so that
/// unchanged cells would change colour.
struct CellPainter {
  let depth: ColorDepth
  let hasUTF8: Bool
  private var pairs: [Ink: Int32] = [:]
  private var next: Int32 = 1
  /// Recently requested pairs, each at an index computed from its colours: faster than the dictionary.
  private var recent = [(ink: Ink, pair: Int32)](
    repeating: (Ink(foreground: -1, background: -1), 0), count: 4096)

  /// The last glyph and its ncurses form: all cells of a picture have the same glyph.
  private var last: (glyph: Character, text: [wchar_t]) = (" ", [wchar_t(bitPattern: 32), 0])

  private struct Ink: Hashable {
    var foreground: Int32
    var background: Int32

    /// One of 4096 indices.
    var place: Int {
      let mixed =
        UInt64(UInt32(bitPattern: foreground)) << 32 | UInt64(UInt32(bitPattern: background))
      return Int(truncatingIfNeeded: (mixed &* 0x9e37_79b9_7f4a_7c15) >> 52)
    }
  }

  init(depth: ColorDepth, hasUTF8: Bool) {
    self.depth = depth
    self.hasUTF8 = hasUTF8
  }

  /// The rows in which ``paint(_:over:)`` changed cells.
  private(set) var touched: [Bool] = []
  /// Whether pictures in cells are left to a ``PictureWriter`` and get placeholders here.
  var leavesPictures: Bool { depth == .trueColor && hasUTF8 }

  /// Whether a cell is written by a ``PictureWriter`` or a ``GraphicsWriter`` after ncurses.
  private func isLeft(_ place: Int, of buffer: CellBuffer) -> Bool {
    leavesPictures && PictureWriter.takes(buffer.cells[place])
      || !buffer.pictures.isEmpty
        && buffer.picture(x: place % buffer.width, y: place / buffer.width) != nil
  }

  /// Writes the cells that differ from those of `old`, a buffer of the same size, or all cells.
  ///
  /// - Returns: Whether there were enough pairs. If no pair was in use before, as after ``forgetPairs()``, cells
  ///   without a pair keep the terminal's own colours.
  mutating func paint(_ buffer: CellBuffer, over old: CellBuffer?) -> Bool {
    let isFresh = pairs.isEmpty
    if old == nil { werase(hl_stdscr()) }
    touched = Array(repeating: false, count: buffer.height)
    for y in 0..<buffer.height {
      for x in 0..<buffer.width {
        let place = y * buffer.width + x
        var cell = buffer.cells[place]
        if isLeft(place, of: buffer) {
          if let old, isLeft(place, of: old) { continue }
          cell = PictureWriter.placeholder
        } else if let old, old.cells[place] == cell {
          // Writing one half of a wide glyph destroys the other half.
          let neighbour = min(place + 1, buffer.cells.count - 1)
          guard CellWidth.of(cell.glyph ?? " ") == 2,
            old.cells[neighbour] != buffer.cells[neighbour]
          else { continue }
        }
        guard let pair = pair(for: cell.style) ?? (isFresh ? 0 : nil) else { return false }
        put(cell, pair: pair, x: x, y: y)
        touched[y] = true
      }
    }
    return true
  }

  /// Frees all pairs; everything must be painted again.
  mutating func forgetPairs() {
    reset_color_pairs()
    pairs.removeAll(keepingCapacity: true)
    for place in recent.indices { recent[place] = (Ink(foreground: -1, background: -1), 0) }
    next = 1
  }

  private mutating func put(_ cell: Cell, pair: Int32, x: Int, y: Int) {
    // The right half of a wide glyph is written with the left one.
    guard let glyph = cell.glyph else { return }
    if glyph != last.glyph {
      let shown = Glyphs.shown(glyph, hasUTF8: hasUTF8)
      // At most CCHARW_MAX scalars fit in a cell of ncurses.
      let text = shown.unicodeScalars.prefix(Int(CCHARW_MAX)).map { wchar_t(bitPattern: $0.value) }
      last = (glyph, text + [0])
    }
    var attributes: attr_t = 0
    if cell.style.attributes.contains(.bold) { attributes |= hl_attribute_bold() }
    if cell.style.attributes.contains(.dim) { attributes |= hl_attribute_dim() }
    if cell.style.attributes.contains(.underline) { attributes |= hl_attribute_underline() }
    if cell.style.attributes.contains(.reverse) { attributes |= hl_attribute_reverse() }
    _ = hl_put(Int32(y), Int32(x), last.text, attributes, pair)
  }

  /// The pair for a style's colours; `nil` if none is left.
  private mutating func pair(for style: Style) -> Int32? {
    let ink = Ink(foreground: number(style.foreground), background: number(style.background))
    if ink.foreground < 0, ink.background < 0 { return 0 }
    let place = ink.place
    if recent[place].ink == ink { return recent[place].pair }
    if let pair = pairs[ink] {
      recent[place] = (ink, pair)
      return pair
    }
    guard next < hl_color_pairs(),
      init_extended_pair(next, ink.foreground, ink.background) == OK
    else { return nil }
    pairs[ink] = next
    recent[place] = (ink, next)
    next += 1
    return next - 1
  }

  /// ncurses' number of a colour; -1 is the terminal's own.
  private func number(_ color: Color?) -> Int32 {
    guard let color else { return -1 }
    switch depth {
    case .trueColor: return DirectColor.number(color)
    case .palette256: return Int32(ColorDepth.xterm256(color))
    case .palette16: return Int32(ColorDepth.ansi16(color))
    case .palette8: return Int32(ColorDepth.ansi8(color))
    case .none: return -1
    }
  }
}

/// ncurses' numbers of 24-bit colours.
package enum DirectColor {
  /// Red, green and blue as a number. In ncurses, 0 to 7 mean the palette's colours, so black and the seven darkest
  /// blues use the nearest other number.
  package static func number(_ color: Color) -> Int32 {
    let value = Int32(color.red) << 16 | Int32(color.green) << 8 | Int32(color.blue)
    return value >= 8 ? value : value < 4 ? 0x01_0000 : 8
  }
}

/// The replacement for glyphs that cannot be shown.
enum Glyphs {
  /// A blank for a glyph without a column; an ASCII character if the locale is not UTF-8.
  static func shown(_ glyph: Character, hasUTF8: Bool) -> Character {
    guard CellWidth.of(glyph) > 0 else { return " " }
    guard !hasUTF8, !glyph.isASCII else { return glyph }
    switch glyph {
    case "─", "━", "╺", "╶", "├", "┤": return "-"
    case "┈", "╍", "·", "▁", "▂", "▃": return "."
    case "│", "┃": return "|"
    case "╭", "╮", "╰", "╯", "┏", "┓", "┗", "┛": return "+"
    case "▀", "█", "▄", "▅", "▆", "▇": return "#"
    case "●", "◆": return "*"
    case "‹", "←": return "<"
    case "›", "▸", "→": return ">"
    case "↑": return "^"
    case "↓": return "v"
    default: return "?"
    }
  }
}

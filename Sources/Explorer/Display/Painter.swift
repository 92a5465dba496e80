import Cells
import Pictures

/// What drawing needs to know about the display, and the shapes that all parts of the screen share.
struct Painter: Sendable {
  /// The theme, converted to the terminal's colours.
  let theme: Theme
  /// The number of colours in the terminal.
  let colors: ColorDepth
  /// The glyphs of pictures.
  let glyphs: GlyphSet

  /// Pictures as displayed in this terminal.
  var art: CellArt { CellArt(glyphs, colors: colors, isOnLight: theme.isLight) }

  /// Draws text in a colour of the theme.
  func text(_ color: Color, _ attributes: Attributes = []) -> Style {
    theme.text(color, attributes)
  }

  /// The glyphs of bars, in eighths of a cell.
  static let bars: [Character] = Array(" ▁▂▃▄▅▆▇█")

  /// Draws text in the available lines; if it is longer, the last line ends in an ellipsis.
  func lines(_ text: String, in room: Rect, _ style: Style, _ buffer: inout CellBuffer) {
    let lines = text.wrapped(columns: room.width)
    for (index, line) in lines.prefix(max(0, room.height)).enumerated() {
      let isCut = index == room.height - 1 && lines.count > room.height
      let shown = isCut ? CellWidth.prefix(line, columns: room.width - 1) + "…" : line
      buffer.print(shown, x: room.x, y: room.y + index, style, in: room)
    }
  }

  /// Draws a label, with a mark before it if it has the focus. Returns the column after the label.
  @discardableResult
  func label(_ label: String, _ row: Rect, isFocused: Bool, _ buffer: inout CellBuffer) -> Int {
    let style = isFocused ? text(theme.accent, .bold) : text(theme.dim)
    if isFocused { buffer.print("▸", x: row.x - 1, y: row.y, style) }
    return buffer.print(label, x: row.x, y: row.y, style, in: row) + 1
  }

  /// Draws a frame with a label in its top edge; the frame is heavy if it has the focus.
  func frame(_ rect: Rect, label: String, isFocused: Bool, _ buffer: inout CellBuffer) {
    let style = text(isFocused ? theme.accent : theme.line)
    let parts = isFocused ? ["┏", "━", "┓", "┃", "┗", "┛"] : ["╭", "─", "╮", "│", "╰", "╯"]
    let edge = String(repeating: parts[1], count: max(0, rect.width - 2))
    buffer.print(parts[0] + edge + parts[2], x: rect.x, y: rect.y, style)
    buffer.print(parts[4] + edge + parts[5], x: rect.x, y: rect.maxY - 1, style)
    for y in (rect.y + 1)..<(rect.maxY - 1) {
      buffer.print(parts[3], x: rect.x, y: y, style)
      buffer.print(parts[3], x: rect.maxX - 1, y: y, style)
    }
    let title = isFocused ? "▸ \(label) " : " \(label) "
    buffer.print(
      title, x: rect.x + 2, y: rect.y,
      text(isFocused ? theme.accent : theme.dim, isFocused ? .bold : []))
  }

  /// Draws a line of text with its selection, the unread part dimmed, and the caret.
  func editable(
    _ field: TextField, in room: Rect, isFocused: Bool, ignored: Int? = nil,
    _ buffer: inout CellBuffer
  ) {
    let first = field.firstShown(columns: room.width)
    var x = room.x
    for (index, character) in field.characters.enumerated().dropFirst(first) {
      if isFocused, index == field.caret { buffer.cursor = (x, room.y) }
      let isIgnored = ignored.map { index >= $0 } ?? false
      var style = isIgnored ? text(theme.dim, .dim) : text(theme.ink)
      if isFocused, field.selection?.contains(index) == true {
        style.attributes.insert(.reverse)
      }
      let end = buffer.print(String(character), x: x, y: room.y, style, in: room)
      if end == x, CellWidth.of(character) > 0 { break }
      x = end
    }
    if isFocused, field.caret >= field.characters.count {
      buffer.cursor = (min(x, room.maxX), room.y)
    }
  }
}

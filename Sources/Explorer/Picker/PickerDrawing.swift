import Cells

/// Draws a list over the explorer: the help, the palette or any other choice.
struct PickerDrawing {
  let picker: Picker
  /// The rows that match the query.
  let items: [Picker.Item]
  /// The current place and the meaning of keys there, for the top of the help.
  let explanation: String
  let box: Rect
  /// The width of the picture beside the list, in columns; 0 for none.
  let pictureColumns: Int

  /// The width of the picture beside a list, for a screen of this width: each pixel of a training picture takes one
  /// column.
  static func pictureColumns(of kind: Picker.Kind, screen columns: Int) -> Int {
    if case .ideas = kind, columns >= 120 { 32 } else { 0 }
  }

  func draw(_ painter: Painter, _ buffer: inout CellBuffer) {
    let theme = painter.theme
    buffer.fill(box, with: Cell(" ", painter.text(theme.ink)))
    painter.frame(box, label: picker.kind.title, isFocused: true, &buffer)
    let inside = box.inset(2, 1)
    for (index, line) in head.enumerated() {
      buffer.print(line, x: inside.x, y: inside.y + index, painter.text(theme.ink), in: inside)
    }
    let query = Rect(x: list.x, y: list.y - 2, width: list.width, height: 1)
    drawQuery(query, painter, &buffer)
    drawItems(painter, &buffer)
    drawIllustration(painter, &buffer)
    let hints = [
      " ↑ ↓ choose · enter \(verb(picker.kind)) · esc back ",
      " enter \(verb(picker.kind)) · esc back ",
    ]
    let hint = hints.first { CellWidth.of($0) <= box.width - 6 } ?? hints[1]
    buffer.print(hint, x: box.x + 2, y: box.maxY - 1, painter.text(theme.dim), in: box.inset(1, 0))
  }

  private func verb(_ kind: Picker.Kind) -> String {
    switch kind {
    case .help, .palette: "runs it"
    case .history: "takes it"
    case .ideas: "paints it"
    case .favourites: "makes it again"
    case .runs, .views: "shows it"
    case .lessons: "goes to it"
    case .models: "loads it"
    case .loras: "adds or removes it"
    case .files, .material: "opens it"
    case .starts: "starts from it"
    }
  }

  /// The lines of the explanation, if there is room.
  private var head: [String] {
    guard picker.kind == .help else { return [] }
    let inside = box.inset(2, 1)
    let lines = explanation.wrapped(columns: inside.width)
    return inside.height - lines.count >= 9 ? lines : []
  }

  /// The area of the rows, below the explanation and the query.
  private var list: Rect {
    let inside = box.inset(2, 1)
    let lines = head.count
    let used = 2 + (lines == 0 ? 0 : lines + 1)
    let width = inside.width - (pictureColumns == 0 ? 0 : pictureColumns + 2)
    return Rect(x: inside.x, y: inside.y + used, width: width, height: inside.height - used)
  }

  /// Draws the picture of the selected idea, with its name below.
  private func drawIllustration(_ painter: Painter, _ buffer: inout CellBuffer) {
    let inside = box.inset(2, 1)
    guard pictureColumns > 0, let illustration = picker.illustration, inside.height > 4 else {
      return
    }
    let room = Rect(
      x: inside.maxX - pictureColumns, y: inside.y, width: pictureColumns,
      height: min(pictureColumns / 2, inside.height - 1))
    let place = painter.art.place(of: illustration.picture, in: room)
    painter.art.draw(illustration.picture, in: room, into: &buffer)
    let text = "training picture: \(illustration.name)".cut(columns: room.width)
    let x = room.x + (room.width - CellWidth.of(text)) / 2
    buffer.print(text, x: x, y: place.maxY, painter.text(painter.theme.dim), in: inside)
  }

  /// The row at a position of the screen.
  func item(x: Int, y: Int) -> Int? {
    guard list.contains(x: x, y: y) else { return nil }
    let part = part
    let index = part.shown.lowerBound + y - list.y
    return part.shown.contains(index) ? index : nil
  }

  /// The visible part of a list, the width of its marks and the maximum width of a text.
  private var part: (shown: Range<Int>, rows: Int, marks: Int, room: Int) {
    let list = list
    let marks = min(list.width < 60 ? 9 : 14, items.map { CellWidth.of($0.mark) }.max() ?? 0)
    let room = list.width - 2 - (marks == 0 ? 0 : marks + 2)
    // A text that does not fit in its row is shown in full below the list.
    let below = linesBelow(room: room, columns: max(1, list.width - 4))
    let rows = max(0, list.height - (list.height >= 5 ? below : 0))
    let first = max(0, min(picker.selected - rows / 2, items.count - rows))
    return (first..<min(items.count, first + rows), rows, marks, room)
  }

  /// The number of lines below the list for the longest text; 0 if every text fits in its row.
  private func linesBelow(room: Int, columns: Int) -> Int {
    let most = 3
    var lines = 0
    // No text is wider than its number of bytes.
    for item in items where item.text.utf8.count > room {
      let width = CellWidth.of(item.text)
      if width > room { lines = max(lines, min(most, (width - 1) / columns + 1)) }
      if lines == most { break }
    }
    return lines
  }

  private func drawQuery(_ inside: Rect, _ painter: Painter, _ buffer: inout CellBuffer) {
    let theme = painter.theme
    let start = buffer.print(
      "▸ ", x: inside.x, y: inside.y, painter.text(theme.accent, .bold), in: inside)
    let room = Rect(x: start, y: inside.y, width: inside.maxX - start, height: 1)
    painter.editable(picker.query, in: room, isFocused: true, &buffer)
    if picker.query.text.isEmpty {
      buffer.print("type to search", x: start, y: inside.y, painter.text(theme.dim), in: room)
    }
  }

  private func drawItems(_ painter: Painter, _ buffer: inout CellBuffer) {
    let (list, theme) = (list, painter.theme)
    guard !items.isEmpty else {
      let empty =
        picker.kind.empty + (picker.sentence == nil ? "" : "; enter offers it as the prompt")
      let text = picker.isLooking ? "looking…" : empty
      buffer.print(text, x: list.x + 2, y: list.y, painter.text(theme.dim), in: list)
      return
    }
    guard list.height > 0 else { return }
    let (shown, rows, marks, room) = part
    for (row, index) in shown.enumerated() {
      draw(
        items[index], isSelected: index == picker.selected, marks: marks,
        in: Rect(x: list.x, y: list.y + row, width: list.width, height: 1), painter, &buffer)
    }
    guard items.indices.contains(picker.selected) else { return }
    let text = items[picker.selected].text
    guard CellWidth.of(text) > room else { return }
    let lines = text.wrapped(columns: list.width - 2).prefix(list.height - rows)
    for (index, line) in lines.enumerated() {
      buffer.print(
        line, x: list.x + 2, y: list.y + rows + index, painter.text(theme.ink), in: list)
    }
  }

  private func draw(
    _ item: Picker.Item, isSelected: Bool, marks: Int, in row: Rect, _ painter: Painter,
    _ buffer: inout CellBuffer
  ) {
    let theme = painter.theme
    let style = isSelected ? painter.text(theme.ink, .bold) : painter.text(theme.dim)
    if isSelected {
      buffer.print("▸", x: row.x, y: row.y, painter.text(theme.accent, .bold), in: row)
    }
    let markX = row.x + 2
    let textX = markX + (marks == 0 ? 0 : marks + 2)
    // Of several keys, the first is enough.
    let mark =
      CellWidth.of(item.mark) <= marks
      ? item.mark : item.mark.split(separator: " ").first.map(String.init) ?? ""
    buffer.print(
      mark, x: markX, y: row.y, painter.text(theme.ink, .bold),
      in: Rect(x: markX, y: row.y, width: marks, height: 1).intersection(row))
    let detailX = row.maxX - CellWidth.of(item.detail)
    let isRoom = detailX > textX + CellWidth.of(item.text) + 2
    let isCut = CellWidth.of(item.text) > row.maxX - textX
    let room = Rect(
      x: textX, y: row.y, width: row.maxX - textX - (isCut ? 1 : 0), height: 1)
    if isCut { buffer.print("…", x: room.maxX, y: row.y, style, in: row) }
    var x = textX
    let typed = Set(item.places)
    for (place, character) in item.text.enumerated() {
      guard x < room.maxX else { break }
      let isTyped = typed.contains(place)
      x = buffer.print(
        String(character), x: x, y: row.y,
        isTyped ? painter.text(theme.ink, [.bold, .underline]) : style, in: room)
    }
    if isRoom { buffer.print(item.detail, x: detailX, y: row.y, painter.text(theme.line), in: row) }
  }
}

import Cells
import Pictures

/// What a lens shows, apart from how: a sentence, pictures in rows, curves and figures.
struct LensContents: Sendable {
  /// A picture and what is said of it.
  struct Panel: Sendable {
    /// The picture; `nil` while it is being computed.
    var picture: Picture?
    /// In plain words.
    var caption: String
    /// The same in fewer words, for a narrow place; empty where there are none.
    var brief = ""
    /// In the field's.
    var symbol = ""
    /// A figure, or what is said of the picture, below it.
    var detail = ""
    /// Whether the detail may lose its end where there is no room for it: a number without its last digits would be another
    /// number.
    var canBeCut = false
    /// Whether it is the one chosen.
    var isChosen = false
  }

  /// Values over the steps, as bars.
  struct Curve: Sendable {
    var label: String
    /// A value for each place; `nil` where there is none yet.
    var values: [Double?]
    /// The place that is looked at.
    var marked: Int?
    /// What the highest bar stands for; `nil` for the largest value.
    var most: Double?
    /// What the two ends are called.
    var ends = ("", "")
  }

  /// What one sees, in a sentence.
  var sentence: String
  /// Whether the sentence tells how far something is, and is wanted where others can be left out.
  var isProgress = false
  /// Pictures, row by row.
  var rows: [[Panel]] = []
  var curves: [Curve] = []
  /// What the figures say, each to begin a line of its own, in sentences or with semicolons between what may be left out.
  var facts: [String] = []

  /// Nothing but a sentence.
  init(_ sentence: String) { self.sentence = sentence }
}

extension Explorer {
  private static let bars: [Character] = Array(" ▁▂▃▄▅▆▇█")

  /// Draws what a lens shows. A canvas that is too low loses the curves, then what is said below the pictures.
  func draw(_ contents: LensContents, in canvas: Rect, _ buffer: inout CellBuffer) {
    var room = canvas.inset(1, 0)
    // On a low screen a lesson's own words are enough.
    let isTerse = lesson != nil && canvas.height < 20
    let wanted = Explorer.wrapped(contents.sentence, columns: room.width).count
    let said =
      isTerse && !contents.isProgress && !contents.rows.isEmpty
      ? 0 : min(wanted, canvas.height >= 9 ? 2 : 1)
    drawLines(
      contents.sentence, in: Rect(x: room.x, y: room.y, width: room.width, height: said),
      theme.text(theme.ink), &buffer)
    room = Rect(x: room.x, y: room.y + said, width: room.width, height: room.height - said)
    let facts = Explorer.lines(
      of: contents.facts, columns: room.width, most: isTerse ? 0 : max(0, room.height / 6))
    for (index, line) in facts.enumerated() {
      drawLines(
        line,
        in: Rect(x: room.x, y: room.maxY - facts.count + index, width: room.width, height: 1),
        theme.text(theme.dim), &buffer)
    }
    room.height -= facts.count
    if !contents.curves.isEmpty {
      let rows = contents.rows.isEmpty ? room.height - 2 : min(6, room.height / 4)
      if rows >= 2 {
        let place = Rect(x: room.x, y: room.maxY - rows - 1, width: room.width, height: rows + 1)
        drawCurves(contents.curves, in: place, &buffer)
        room.height -= rows + 1
      }
    }
    drawPanels(contents.rows, in: room, &buffer)
  }

  /// Facts in at most so many lines. What does not fit is left out from its end, a sentence at a time: half of one could say
  /// the opposite.
  static func lines(of facts: [String], columns: Int, most: Int) -> [String] {
    var lines: [String] = []
    for fact in facts {
      let parts = fact.replacing("; ", with: ";\n").replacing(". ", with: ".\n").split(
        separator: "\n")
      let fitting = (1...max(1, parts.count)).reversed().lazy
        .map { count -> [String] in
          var text = parts.prefix(count).joined(separator: " ")
          if text.hasSuffix(";") { text = text.dropLast() + "." }
          return wrapped(text, columns: columns)
        }
        .first { lines.count + $0.count <= most }
      lines += fitting ?? []
    }
    return lines
  }

  /// Text in as many lines as there are, the last one ending in an ellipsis where there is more to say.
  func drawLines(_ text: String, in room: Rect, _ style: Style, _ buffer: inout CellBuffer) {
    let lines = Explorer.wrapped(text, columns: room.width)
    for (index, line) in lines.prefix(max(0, room.height)).enumerated() {
      let isCut = index == room.height - 1 && lines.count > room.height
      let shown = isCut ? CellWidth.prefix(line, columns: room.width - 1) + "…" : line
      buffer.print(shown, x: room.x, y: room.y + index, style, in: room)
    }
  }

  // MARK: Pictures

  func drawPanels(_ rows: [[LensContents.Panel]], in room: Rect, _ buffer: inout CellBuffer) {
    guard !rows.isEmpty, room.height >= 2 else { return }
    let height = room.height / rows.count
    for (index, row) in rows.enumerated() where !row.isEmpty {
      let band = Rect(x: room.x, y: room.y + index * height, width: room.width, height: height)
      let width = band.width / row.count
      // All pictures of a row are of one size, whatever is said of them.
      let lines = (
        above: row.contains { !$0.caption.isEmpty } ? 1 : 0,
        below: height >= 5 && row.contains { !$0.detail.isEmpty } ? 1 : 0,
        isForRow: row.count > 1 && row.dropFirst().allSatisfy { $0.caption.isEmpty }
      )
      for (column, panel) in row.enumerated() {
        draw(
          panel, lines,
          in: Rect(x: band.x + column * width, y: band.y, width: width - 1, height: height),
          &buffer)
      }
    }
  }

  private func draw(
    _ panel: LensContents.Panel, _ lines: (above: Int, below: Int, isForRow: Bool), in rect: Rect,
    _ buffer: inout CellBuffer
  ) {
    let room = Rect(
      x: rect.x, y: rect.y + lines.above, width: rect.width,
      height: rect.height - lines.above - lines.below)
    guard room.height > 0 else { return }
    var place = room
    if let picture = panel.picture {
      place = art.place(of: picture, in: room)
      art.draw(picture, in: room, into: &buffer)
    } else {
      let text = "on its way"
      place = Rect(
        x: room.x + max(0, (room.width - text.count) / 2), y: room.y + room.height / 2,
        width: text.count, height: 1)
      buffer.print(text, x: place.x, y: place.y, theme.text(theme.line), in: room)
    }
    if !panel.caption.isEmpty {
      // What is said of a whole row begins over its first picture, and may go on over the next.
      let reach = lines.isForRow ? buffer.width - 1 - place.x : rect.width
      let (words, symbol) = shortened(panel, columns: reach)
      let width = CellWidth.of(words) + (symbol.isEmpty ? 0 : 1 + CellWidth.of(symbol))
      let middle = min(rect.maxX - width, place.x + (place.width - width) / 2)
      let x = lines.isForRow ? place.x : max(rect.x, middle)
      let y = max(rect.y, place.y - 1)
      let style = panel.isChosen ? theme.text(theme.accent, .bold) : theme.text(theme.ink)
      let end = buffer.print(words, x: x, y: y, style)
      buffer.print(symbol, x: end + 1, y: y, theme.text(theme.dim))
    }
    var detail = panel.detail
    if panel.canBeCut, CellWidth.of(detail) > rect.width {
      detail = CellWidth.prefix(detail, columns: rect.width - 1) + "…"
    }
    let width = CellWidth.of(detail)
    if lines.below > 0, width <= rect.width {
      let x = place.x + (place.width - width) / 2
      buffer.print(
        detail, x: max(rect.x, min(rect.maxX - width, x)), y: min(rect.maxY - 1, place.maxY),
        theme.text(theme.dim))
    }
  }

  /// A caption that fits: first the field's word goes, then the plain ones become fewer or give way to it; only then they
  /// are cut.
  private func shortened(
    _ panel: LensContents.Panel, columns: Int
  ) -> (words: String, symbol: String) {
    let words = (panel.isChosen ? "▸ " : "") + panel.caption
    let width = CellWidth.of(words)
    if width + 1 + CellWidth.of(panel.symbol) <= columns { return (words, panel.symbol) }
    if width <= columns { return (words, "") }
    let mark = panel.isChosen ? "▸ " : ""
    let shorter = [panel.brief, panel.symbol].filter { !$0.isEmpty }.map { mark + $0 }
    if let fitting = shorter.first(where: { CellWidth.of($0) <= columns }) { return (fitting, "") }
    return (CellWidth.prefix(words, columns: columns - 1) + "…", "")
  }

  // MARK: Curves

  func drawCurves(_ curves: [LensContents.Curve], in room: Rect, _ buffer: inout CellBuffer) {
    guard room.height >= 2 else { return }
    let width = room.width / max(1, curves.count)
    for (index, curve) in curves.enumerated() {
      draw(
        curve,
        in: Rect(x: room.x + index * width, y: room.y, width: width - 2, height: room.height),
        &buffer)
    }
  }

  private func draw(_ curve: LensContents.Curve, in rect: Rect, _ buffer: inout CellBuffer) {
    let rows = rect.height - 1
    let most = curve.most ?? curve.values.compactMap { $0 }.filter(\.isFinite).max() ?? 0
    let count = max(1, curve.values.count)
    for x in 0..<rect.width {
      let place = min(count - 1, x * count / max(1, rect.width))
      guard curve.values.indices.contains(place), let value = curve.values[place],
        value.isFinite
      else { continue }
      let height = most > 0 ? Int((value / most * Double(8 * rows)).rounded(.up)) : 0
      let color = place == curve.marked ? theme.accent : theme.plot
      // Where there are no colours, the place looked at is told by being a line.
      let isLine = place == curve.marked && colors == .none
      for row in 0..<rows {
        let filled = max(0, min(8, height - 8 * (rows - 1 - row)))
        guard filled > 0 else { continue }
        let glyph = isLine ? "┃" : Explorer.bars[filled]
        buffer[rect.x + x, rect.y + row] = Cell(glyph, theme.text(color))
      }
    }
    let y = rect.maxY - 1
    let line = Rect(x: rect.x, y: y, width: rect.width, height: 1)
    let end = buffer.print(curve.ends.0, x: rect.x, y: y, theme.text(theme.line), in: line)
    let last = rect.maxX - CellWidth.of(curve.ends.1)
    buffer.print(curve.ends.1, x: last, y: y, theme.text(theme.line), in: line)
    let room = last - end - 2
    guard room > 0 else { return }
    let isCut = CellWidth.of(curve.label) > room
    let label = isCut ? CellWidth.prefix(curve.label, columns: room - 1) + "…" : curve.label
    let middle = rect.x + (rect.width - CellWidth.of(label)) / 2
    buffer.print(
      label, x: min(last - 1 - CellWidth.of(label), max(end + 1, middle)), y: y,
      theme.text(theme.dim), in: line)
  }
}

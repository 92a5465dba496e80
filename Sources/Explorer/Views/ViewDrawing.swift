import Cells
import Pictures

/// Draws what views show.
struct ViewDrawing {
  private let painter: Painter
  private let isInTour: Bool
  private var theme: Theme { painter.theme }
  private var art: CellArt { painter.art }

  init(_ context: ViewContext) { (painter, isInTour) = (context.painter, context.isInTour) }

  /// Draws what a view shows. If the canvas is too low, it drops the curves, then the text below the pictures.
  func draw(_ contents: ViewContents, in canvas: Rect, _ buffer: inout CellBuffer) {
    var room = canvas.inset(1, 0)
    // On a low screen, the lesson's own words are enough.
    let isTerse = isInTour && canvas.height < 20
    let wanted = contents.sentence.wrapped(columns: room.width).count
    let said =
      isTerse && !contents.isProgress && !contents.rows.isEmpty
      ? 0 : min(wanted, canvas.height >= 9 ? 2 : 1)
    painter.lines(
      contents.sentence, in: Rect(x: room.x, y: room.y, width: room.width, height: said),
      painter.text(theme.ink), &buffer)
    room = Rect(x: room.x, y: room.y + said, width: room.width, height: room.height - said)
    let facts = contents.facts.lines(
      columns: room.width, most: isTerse ? 0 : max(0, room.height / 6))
    for (index, line) in facts.enumerated() {
      painter.lines(
        line,
        in: Rect(x: room.x, y: room.maxY - facts.count + index, width: room.width, height: 1),
        painter.text(theme.dim), &buffer)
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

  // MARK: Tall canvases

  /// The minimum and maximum number of rows for a curve on a tall canvas; a taller curve shows no more.
  private static let curveRows = (least: 9, most: 16)

  /// Draws what a view shows so that a tall canvas has no empty bands: curves get the rows that pictures cannot use.
  func drawFilling(_ contents: ViewContents, in canvas: Rect, _ buffer: inout CellBuffer) {
    let width = canvas.width - 2
    let sentence = min(2, contents.sentence.wrapped(columns: width).count)
    let facts = contents.facts.lines(columns: width, most: canvas.height / 6)
    let pictures = contents.rows.reduce(0) { $0 + rows(of: $1, width: width) }
    let curves = min(Self.curveRows.most, canvas.height - sentence - pictures - facts.count)
    // If little is left over, the usual proportions are right.
    guard !contents.rows.isEmpty, !contents.curves.isEmpty, curves >= Self.curveRows.least else {
      return draw(contents, in: canvas, &buffer)
    }
    var (upper, lower) = (contents, ViewContents(""))
    lower.curves = contents.curves
    (upper.curves, upper.facts) = ([], [])
    let height = canvas.height - curves - facts.count
    draw(upper, in: Rect(x: canvas.x, y: canvas.y, width: canvas.width, height: height), &buffer)
    draw(
      lower, in: Rect(x: canvas.x, y: canvas.y + height, width: canvas.width, height: curves),
      &buffer)
    for (index, line) in facts.enumerated() {
      let y = canvas.maxY - facts.count + index
      buffer.print(line, x: canvas.x + 1, y: y, painter.text(theme.dim), in: canvas)
    }
  }

  /// The number of rows that a row of pictures can use, with the text above and below. A picture that is still being
  /// computed counts as square, so nothing moves when it arrives.
  private func rows(of panels: [ViewContents.Panel], width: Int) -> Int {
    guard !panels.isEmpty else { return 0 }
    let columns = width / panels.count - 1
    let room = Rect(x: 0, y: 0, width: columns, height: 1000)
    let heights = panels.map { panel in
      panel.picture.map { art.size(of: $0, fitting: room).rows } ?? columns / 2
    }
    return 2 + (heights.max() ?? 0)
  }

  // MARK: Pictures

  private func drawPanels(_ rows: [[ViewContents.Panel]], in room: Rect, _ buffer: inout CellBuffer)
  {
    guard !rows.isEmpty, room.height >= 2 else { return }
    let height = room.height / rows.count
    for (index, row) in rows.enumerated() where !row.isEmpty {
      let band = Rect(x: room.x, y: room.y + index * height, width: room.width, height: height)
      let width = band.width / row.count
      // All pictures of a row have the same size, whatever their captions.
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
    _ panel: ViewContents.Panel, _ lines: (above: Int, below: Int, isForRow: Bool), in rect: Rect,
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
      let text = "computing"
      place = Rect(
        x: room.x + max(0, (room.width - text.count) / 2), y: room.y + room.height / 2,
        width: text.count, height: 1)
      buffer.print(text, x: place.x, y: place.y, painter.text(theme.line), in: room)
    }
    if !panel.caption.isEmpty {
      // The caption of a whole row begins above its first picture and may continue above the next.
      let reach = lines.isForRow ? buffer.width - 1 - place.x : rect.width
      let (words, symbol) = shortened(panel, columns: reach)
      let width = CellWidth.of(words) + (symbol.isEmpty ? 0 : 1 + CellWidth.of(symbol))
      let middle = min(rect.maxX - width, place.x + (place.width - width) / 2)
      let x = lines.isForRow ? place.x : max(rect.x, middle)
      let y = max(rect.y, place.y - 1)
      let style = panel.isChosen ? painter.text(theme.accent, .bold) : painter.text(theme.ink)
      let end = buffer.print(words, x: x, y: y, style)
      buffer.print(symbol, x: end + 1, y: y, painter.text(theme.dim))
    }
    var detail = panel.detail
    if panel.canBeCut, CellWidth.of(detail) > rect.width {
      detail = detail.cut(columns: rect.width)
    }
    let width = CellWidth.of(detail)
    if lines.below > 0, width <= rect.width {
      let x = place.x + (place.width - width) / 2
      buffer.print(
        detail, x: max(rect.x, min(rect.maxX - width, x)), y: min(rect.maxY - 1, place.maxY),
        painter.text(theme.dim))
    }
  }

  /// A caption that fits: first the technical term is dropped, then the plain words are shortened or replaced by it;
  /// cutting is the last resort.
  private func shortened(
    _ panel: ViewContents.Panel, columns: Int
  ) -> (words: String, symbol: String) {
    let words = (panel.isChosen ? "▸ " : "") + panel.caption
    let width = CellWidth.of(words)
    if width + 1 + CellWidth.of(panel.symbol) <= columns { return (words, panel.symbol) }
    if width <= columns { return (words, "") }
    let mark = panel.isChosen ? "▸ " : ""
    let shorter = [panel.brief, panel.symbol].filter { !$0.isEmpty }.map { mark + $0 }
    if let fitting = shorter.first(where: { CellWidth.of($0) <= columns }) { return (fitting, "") }
    return (words.cut(columns: columns), "")
  }

  // MARK: Curves

  private func drawCurves(_ curves: [ViewContents.Curve], in room: Rect, _ buffer: inout CellBuffer)
  {
    guard room.height >= 2 else { return }
    let width = room.width / max(1, curves.count)
    for (index, curve) in curves.enumerated() {
      draw(
        curve,
        in: Rect(x: room.x + index * width, y: room.y, width: width - 2, height: room.height),
        &buffer)
    }
  }

  /// Whether the accent differs from the colour of the curves on this terminal.
  private var isAccentVisible: Bool {
    switch painter.colors {
    case .trueColor, .palette256: theme.accent != theme.plot
    case .palette16: ColorDepth.ansi16(theme.accent) != ColorDepth.ansi16(theme.plot)
    case .palette8: ColorDepth.ansi8(theme.accent) != ColorDepth.ansi8(theme.plot)
    case .none: false
    }
  }

  private func draw(_ curve: ViewContents.Curve, in rect: Rect, _ buffer: inout CellBuffer) {
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
      // If no colour can, a line marks the current step.
      let isLine = place == curve.marked && !isAccentVisible
      for row in 0..<rows {
        let filled = max(0, min(8, height - 8 * (rows - 1 - row)))
        guard filled > 0 else { continue }
        let glyph = isLine ? "┃" : Painter.bars[filled]
        buffer[rect.x + x, rect.y + row] = Cell(glyph, painter.text(color))
      }
    }
    let y = rect.maxY - 1
    let line = Rect(x: rect.x, y: y, width: rect.width, height: 1)
    let end = buffer.print(curve.ends.0, x: rect.x, y: y, painter.text(theme.line), in: line)
    let last = rect.maxX - CellWidth.of(curve.ends.1)
    buffer.print(curve.ends.1, x: last, y: y, painter.text(theme.line), in: line)
    let room = last - end - 2
    guard room > 0 else { return }
    let label = curve.label.cut(columns: room)
    let middle = rect.x + (rect.width - CellWidth.of(label)) / 2
    buffer.print(
      label, x: min(last - 1 - CellWidth.of(label), max(end + 1, middle)), y: y,
      painter.text(theme.dim), in: line)
  }
}

import Cells
import Diffusion
import Pictures

extension Explorer {
  /// The screen as it should be now.
  public func view(width: Int, height: Int) -> CellBuffer {
    var buffer = CellBuffer(width: width, height: height, style: theme.text(theme.ink))
    let layout = Layout(width: width, height: height)
    guard layout.isUsable else {
      buffer.print("halflight needs 40x12", x: 0, y: 0, theme.text(theme.ink))
      return buffer
    }
    drawTitle(layout, &buffer)
    drawPrompt(layout, &buffer)
    drawFields(layout, &buffer)
    drawCanvas(layout, &buffer)
    drawTimeline(layout, &buffer)
    drawStatus(layout, &buffer)
    if showsHelp { drawHelp(layout, &buffer) }
    return buffer
  }

  // MARK: Head

  private func drawTitle(_ layout: Layout, _ buffer: inout CellBuffer) {
    guard !layout.title.isEmpty else { return }
    let row = layout.title.inset(1, 0)
    buffer.print("halflight", x: row.x, y: row.y, theme.text(theme.ink, .bold))
    guard let model else {
      right(modelProblem == nil ? "loading the model" : "no model", in: row, &buffer)
      return
    }
    var text = "\(model.name) \(model.width)x\(model.height) · \(model.format)"
    if let frame = shown?.frames.last {
      text += " · \(Explorer.fixed(frame.milliseconds, 1)) ms a step"
    }
    right(text, in: row, &buffer)
  }

  private func right(_ text: String, in row: Rect, _ buffer: inout CellBuffer) {
    buffer.print(
      text, x: max(row.x, row.maxX - CellWidth.of(text)), y: row.y, theme.text(theme.dim), in: row)
  }

  private func drawPrompt(_ layout: Layout, _ buffer: inout CellBuffer) {
    let counter = tokens.map { "\($0)/\(model?.tokenLimit ?? 0)" } ?? ""
    let isFocused = focus == .prompt
    if layout.hasFrame {
      frame(layout.prompt, label: "prompt", isFocused: isFocused, &buffer)
      let inside = layout.prompt.inset(2, 1)
      drawText(
        prompt, in: inside, counter: counter, focus: isFocused, ignored: ignoredFrom, &buffer)
    } else {
      let row = labelled("prompt", layout.prompt, isFocused, &buffer)
      drawText(prompt, in: row, counter: counter, focus: isFocused, ignored: ignoredFrom, &buffer)
    }
    guard !layout.negative.isEmpty else { return }
    let row = labelled("not", layout.negative, focus == .negative, &buffer)
    drawText(negative, in: row, counter: "", focus: focus == .negative, ignored: nil, &buffer)
    if negative.text.isEmpty, focus != .negative {
      buffer.print("what to stay away from", x: row.x, y: row.y, theme.text(theme.line), in: row)
    }
  }

  /// A label and its focus mark; what is left of the row is returned.
  private func labelled(
    _ label: String, _ row: Rect, _ isFocused: Bool, _ buffer: inout CellBuffer
  ) -> Rect {
    let style = isFocused ? theme.text(theme.accent, .bold) : theme.text(theme.dim)
    buffer.print(isFocused ? "▸" : " ", x: row.x, y: row.y, style)
    let end = buffer.print(label, x: row.x + 1, y: row.y, style)
    return Rect(x: end + 1, y: row.y, width: row.maxX - end - 1, height: 1)
  }

  func frame(
    _ rect: Rect, label: String, isFocused: Bool, _ buffer: inout CellBuffer
  ) {
    let style = theme.text(isFocused ? theme.accent : theme.line)
    let parts = isFocused ? ["┏", "━", "┓", "┃", "┗", "┛"] : ["╭", "─", "╮", "│", "╰", "╯"]
    let edge = String(repeating: parts[1], count: max(0, rect.width - 2))
    buffer.print(parts[0] + edge + parts[2], x: rect.x, y: rect.y, style)
    buffer.print(parts[4] + edge + parts[5], x: rect.x, y: rect.maxY - 1, style)
    for y in (rect.y + 1)..<(rect.maxY - 1) {
      buffer.print(parts[3], x: rect.x, y: y, style)
      buffer.print(parts[3], x: rect.maxX - 1, y: y, style)
    }
    let text = isFocused ? "▸ \(label) " : " \(label) "
    buffer.print(
      text, x: rect.x + 2, y: rect.y,
      theme.text(isFocused ? theme.accent : theme.dim, isFocused ? .bold : []))
  }

  private func drawText(
    _ field: TextField, in row: Rect, counter: String, focus isFocused: Bool, ignored: Int?,
    _ buffer: inout CellBuffer
  ) {
    let room = Rect(
      x: row.x, y: row.y, width: row.width - (counter.isEmpty ? 0 : counter.count + 1), height: 1)
    let first = field.firstShown(columns: room.width)
    var x = room.x
    for (index, character) in field.characters.enumerated().dropFirst(first) {
      if isFocused, index == field.caret { buffer.cursor = (x, row.y) }
      let isIgnored = ignored.map { index >= $0 } ?? false
      let style = isIgnored ? theme.text(theme.dim, .dim) : theme.text(theme.ink)
      let end = buffer.print(String(character), x: x, y: row.y, style, in: room)
      if end == x, CellWidth.of(character) > 0 { break }
      x = end
    }
    if isFocused, field.caret >= field.characters.count {
      buffer.cursor = (min(x, room.maxX), row.y)
    }
    let isOver = (tokens ?? 0) > (model?.tokenLimit ?? .max)
    buffer.print(
      counter, x: row.maxX - counter.count, y: row.y,
      theme.text(isOver ? theme.warning : theme.dim))
  }

  // MARK: Fields

  private func drawFields(_ layout: Layout, _ buffer: inout CellBuffer) {
    for (pane, x, width) in layout.numberColumns {
      let value = focus == pane ? typing ?? number(pane) : number(pane)
      let guidance = layout.width < 50 ? "guide" : "guidance"
      let label = pane == .seed ? "seed" : pane == .steps ? "steps" : guidance
      field(
        label, value, pane,
        Rect(x: layout.numbers.x + x, y: layout.numbers.y, width: width, height: 1), &buffer)
    }
    guard !layout.choices.isEmpty else { return }
    for (pane, x, width) in Layout.choiceColumns {
      let value = pane == .sampler ? settings.sampler.rawValue : settings.spacing.rawValue
      field(
        pane == .sampler ? "sampler" : "spacing", value, pane,
        Rect(x: layout.choices.x + x, y: layout.choices.y, width: width, height: 1)
          .intersection(layout.choices), &buffer)
    }
  }

  private func field(
    _ label: String, _ value: String, _ pane: Focus, _ rect: Rect, _ buffer: inout CellBuffer
  ) {
    let isFocused = focus == pane
    let row = labelled(label, rect, isFocused, &buffer)
    let bracket = theme.text(isFocused ? theme.accent : theme.line)
    var x = buffer.print("‹", x: row.x, y: row.y, bracket, in: rect)
    x = buffer.print(
      value, x: x, y: row.y, theme.text(theme.ink, isFocused ? .bold : []), in: rect)
    buffer.print("›", x: x, y: row.y, bracket, in: rect)
    if isFocused, typing != nil { buffer.cursor = (x, row.y) }
  }

  // MARK: Canvas

  private func drawCanvas(_ layout: Layout, _ buffer: inout CellBuffer) {
    let canvas = layout.canvas
    guard let left = picture(mode) else {
      drawEmptyCanvas(canvas, &buffer)
      return
    }
    let captions = canvas.height >= 10 ? 1 : 0
    let room = Rect(
      x: canvas.x, y: canvas.y + captions, width: canvas.width, height: canvas.height - captions)
    let alone = HalfBlocks.size(of: left, fitting: room)
    let half = Rect(x: room.x, y: room.y, width: (room.width - 2) / 2, height: room.height)
    let paired = HalfBlocks.size(of: left, fitting: half)
    // A second picture stands beside the first where that costs it nothing.
    let panels = paired == alone ? pair : nil
    let shown = panels ?? [Panel(picture: left, caption: caption(of: mode), isSaved: true)]
    let gap = min(6, room.width - shown.count * paired.columns)
    let width = panels == nil ? room.width : paired.columns
    let start = panels == nil ? room.x : room.x + (room.width - 2 * width - gap) / 2
    for (index, panel) in shown.enumerated() {
      let rect = Rect(
        x: start + index * (width + gap), y: room.y, width: width, height: room.height)
      HalfBlocks.draw(panel.picture, in: rect, into: &buffer)
      if captions > 0 {
        draw(panel, over: HalfBlocks.place(of: panel.picture, in: rect), &buffer)
      }
    }
  }

  /// What is said where there is no picture yet.
  private func drawEmptyCanvas(_ canvas: Rect, _ buffer: inout CellBuffer) {
    let waiting = model == nil ? "loading the model" : "the first step is on its way"
    let color = modelProblem == nil ? theme.dim : theme.warning
    let lines = Explorer.wrapped(modelProblem ?? waiting, columns: min(72, canvas.width))
    let top = canvas.y + max(0, (canvas.height - lines.count) / 2)
    for (index, line) in lines.enumerated() {
      let x = canvas.x + (canvas.width - CellWidth.of(line)) / 2
      buffer.print(line, x: x, y: top + index, theme.text(color), in: canvas)
    }
  }

  /// Text in lines of so many columns, broken between words where they fit.
  static func wrapped(_ text: String, columns: Int) -> [String] {
    guard columns > 0 else { return [] }
    var lines: [String] = []
    var line = ""
    for word in text.split(separator: " ") {
      var word = String(word)
      if !line.isEmpty, CellWidth.of(line) + 1 + CellWidth.of(word) > columns {
        lines.append(line)
        line = ""
      }
      while CellWidth.of(word) > columns {
        lines.append(String(word.prefix(columns)))
        word = String(word.dropFirst(columns))
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }

  /// A picture on the canvas and what is said above it.
  private struct Panel {
    let picture: Picture
    /// In plain words, and in the field's.
    let caption: (words: String, symbol: String)
    /// Whether it is the one that would be saved.
    let isSaved: Bool
  }

  /// What the model is shown on the left, what it makes of it on the right; behind the last step, the noise that the run
  /// began with and the picture that came of it.
  private var pair: [Panel]? {
    guard let frame, let shown else { return nil }
    if showsFinished, mode != .noise, let first = shown.frames.first, let picture = frame.finished {
      return [
        Panel(picture: first.sample, caption: ("the noise it began with", ""), isSaved: false),
        Panel(picture: picture, caption: ("the picture", ""), isSaved: true),
      ]
    }
    let left = mode == .noise ? ViewMode.noise : .sample
    return [left, .denoised].compactMap { view in
      picture(view).map { Panel(picture: $0, caption: caption(of: view), isSaved: view == mode) }
    }
  }

  private func caption(of view: ViewMode) -> (String, String) {
    showsFinished && view != .noise ? ("the picture", "") : (view.caption, " " + view.symbol)
  }

  private func draw(_ panel: Panel, over cells: Rect, _ buffer: inout CellBuffer) {
    let (words, symbol) = panel.caption
    let start = max(1, cells.x + (cells.width - CellWidth.of(words + symbol)) / 2)
    let color = panel.isSaved ? theme.ink : theme.dim
    let x = buffer.print(words, x: start, y: cells.y - 1, theme.text(color))
    buffer.print(symbol, x: x, y: cells.y - 1, theme.text(theme.line))
  }
}

import Cells
import Diffusion
import Pictures

extension Explorer {
  /// The screen as it should be now.
  public func view(width: Int, height: Int) -> CellBuffer {
    var buffer = CellBuffer(width: width, height: height, style: theme.text(theme.ink))
    let layout = layout(width: width, height: height)
    guard layout.isUsable else {
      let least = "\(Layout.least.width)x\(Layout.least.height)"
      // A number that is cut would be another.
      let texts = ["halflight needs \(least)", "needs \(least)"]
      let text = texts.first { $0.count <= width } ?? least
      buffer.print(text, x: 0, y: 0, theme.text(theme.ink))
      return buffer
    }
    drawTitle(layout, &buffer)
    drawPrompt(layout, &buffer)
    drawFields(layout, &buffer)
    drawLesson(layout, &buffer)
    // Without a model nothing is on its way.
    if let open, model != nil {
      // What could not be worked out is said, and nothing is shown as if it were to come.
      if let problem = problem(open.lens.questions(in: self).first) {
        draw(LensContents(problem), in: layout.canvas, &buffer)
      } else {
        open.lens.draw(in: self, layout.canvas, &buffer)
      }
    } else {
      drawCanvas(layout, &buffer)
    }
    drawTimeline(layout, &buffer)
    drawStatus(layout, &buffer)
    if let picker { drawPicker(picker, layout, &buffer) }
    return buffer
  }

  /// Where everything stands on the screen as it is.
  var layout: Layout { layout(width: columns, height: rows) }

  private func layout(width: Int, height: Int) -> Layout {
    Layout(
      width: width, height: height, focus: focus, lessonRows: lessonRows(width: width),
      hasStrength: startingPicture != nil, hasNegative: !negative.text.isEmpty, isFull: isFull)
  }

  // MARK: Head

  private func drawTitle(_ layout: Layout, _ buffer: inout CellBuffer) {
    let row = layout.title
    guard !row.isEmpty else { return }
    buffer.print("halflight", x: row.x, y: row.y, theme.text(theme.ink, .bold))
    let text = title(columns: row.width - 11)
    buffer.print(
      text, x: max(row.x, row.maxX - CellWidth.of(text)), y: row.y, theme.text(theme.dim), in: row)
  }

  /// What there is to say of the model and the run; where it is too much, the time and the number format go first.
  private func title(columns: Int) -> String {
    guard let model else { return modelProblem == nil ? "loading the model" : "no model" }
    let own = shown.map(\.recipe) ?? model.blank
    let (ownSize, isOther) = ("\(own.width)x\(own.height)", own.model != model.blank.model)
    // The size and the time of a run that another model made are that one's.
    let size = model.blank.painter + (isOther ? "" : " " + ownSize)
    let time = (isOther ? nil : shown?.frames.last).map {
      "\(Explorer.padded(Explorer.fixed($0.milliseconds, 1), 5)) ms a step"
    }
    let start = startingPicture.map { "begins with \($0.file)" }
    let painter = shown?.recipe.painter
    let other =
      loading != nil
      ? "loading"
      : painter.flatMap {
        $0 == model.blank.painter ? nil : "shown: \(isOther ? ownSize + " " : "")by \($0)"
      }
    let titles = [
      [size, model.format, time, start, other], [size, model.format, start, other],
      [size, start, other],
    ]
    .map { ($0 + [pictureRemark]).compactMap(\.self).joined(separator: " · ") }
    if let title = titles.first(where: { CellWidth.of($0) <= columns }) { return title }
    return CellWidth.prefix(titles[2], columns: max(0, columns - 1)) + "…"
  }

  private func drawPrompt(_ layout: Layout, _ buffer: inout CellBuffer) {
    guard !layout.prompt.isEmpty else { return }
    let pane = layout.promptPane
    let label = pane == .prompt ? "prompt" : "not"
    if layout.hasFrame {
      frame(layout.prompt, label: label, isFocused: focus == pane, &buffer)
    } else {
      self.label(label, layout.prompt, focus == pane, &buffer)
    }
    drawText(pane, layout, &buffer)
    guard !layout.negative.isEmpty else { return }
    self.label("not", layout.negative, focus == .negative, &buffer)
    drawText(.negative, layout, &buffer)
  }

  /// The room of a pane's text, without its label and its counter.
  func textRoom(_ pane: Focus, _ layout: Layout) -> Rect {
    let isPrompt = pane == layout.promptPane
    let row = isPrompt ? layout.prompt : layout.negative
    let counter = counter(of: pane).count + 1
    if isPrompt, layout.hasFrame {
      return Rect(x: row.x + 2, y: row.y + 1, width: row.width - 4 - counter, height: 1)
    }
    let label = pane == .prompt ? 8 : 5
    return Rect(x: row.x + label, y: row.y, width: row.width - label - counter, height: 1)
  }

  /// How many tokens a text has, of as many as are read; nothing where there is nothing to stay away from.
  private func counter(of pane: Focus) -> String {
    guard let model, pane == .prompt || !negative.text.isEmpty else { return "" }
    let limit = "\(model.tokenLimit)"
    return Explorer.padded("\(measures[pane]?.tokens ?? 0)", limit.count) + "/" + limit
  }

  private func drawText(_ pane: Focus, _ layout: Layout, _ buffer: inout CellBuffer) {
    let room = textRoom(pane, layout)
    let isFocused = focus == pane && picker == nil
    let field = pane == .prompt ? prompt : negative
    let measure = measures[pane]
    drawEditable(field, in: room, isFocused: isFocused, ignored: measure?.ignoredFrom, &buffer)
    if field.text.isEmpty {
      let hint = pane == .prompt ? "what to paint" : "things to leave out"
      buffer.print(hint, x: room.x, y: room.y, theme.text(theme.line), in: room)
    }
    let isOver = measure.map {
      $0.tokens > (model?.tokenLimit ?? .max) || $0.ignoredFrom != nil
    }
    buffer.print(
      counter(of: pane), x: room.maxX + 1, y: room.y,
      theme.text(isOver == true ? theme.warning : theme.dim))
  }

  /// A line of text with its selection, the part that is not read dimmed, and the caret.
  func drawEditable(
    _ field: TextField, in room: Rect, isFocused: Bool, ignored: Int?, _ buffer: inout CellBuffer
  ) {
    let first = field.firstShown(columns: room.width)
    var x = room.x
    for (index, character) in field.characters.enumerated().dropFirst(first) {
      if isFocused, index == field.caret { buffer.cursor = (x, room.y) }
      let isIgnored = ignored.map { index >= $0 } ?? false
      var style = isIgnored ? theme.text(theme.dim, .dim) : theme.text(theme.ink)
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

  /// A label; the focus has a mark before it. What is behind the label is returned.
  @discardableResult
  private func label(
    _ label: String, _ row: Rect, _ isFocused: Bool, _ buffer: inout CellBuffer
  ) -> Int {
    let style = isFocused ? theme.text(theme.accent, .bold) : theme.text(theme.dim)
    if isFocused { buffer.print("▸", x: row.x - 1, y: row.y, style) }
    return buffer.print(label, x: row.x, y: row.y, style, in: row) + 1
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

  // MARK: Fields

  private func drawFields(_ layout: Layout, _ buffer: inout CellBuffer) {
    guard !layout.numbers.isEmpty else { return }
    for (pane, x, width) in layout.numberColumns {
      field(
        pane, layout,
        Rect(x: layout.numbers.x + x, y: layout.numbers.y, width: width - 1, height: 1),
        &buffer)
    }
    guard !layout.choices.isEmpty else { return }
    for (pane, x, width) in layout.choiceColumns {
      field(
        pane, layout,
        Rect(x: layout.choices.x + x, y: layout.choices.y, width: width - 1, height: 1),
        &buffer)
    }
  }

  private func field(
    _ pane: Focus, _ layout: Layout, _ rect: Rect, _ buffer: inout CellBuffer
  ) {
    let isFocused = focus == pane
    let bracket = theme.text(isFocused ? theme.accent : theme.line)
    var x = label(name(of: pane, layout), rect, isFocused, &buffer)
    x = buffer.print("‹", x: x, y: rect.y, bracket, in: rect)
    var value = value(of: pane)
    let room = rect.maxX - x - 1
    if CellWidth.of(value) > room {
      // Of what is being typed the end is wanted.
      let isTyped = isFocused && typing != nil
      value =
        isTyped
        ? "…" + value.suffix(max(0, room - 1))
        : CellWidth.prefix(value, columns: room - 1) + "…"
    }
    x = buffer.print(
      value, x: x, y: rect.y, theme.text(theme.ink, isFocused ? .bold : []), in: rect)
    if isFocused, typing != nil, picker == nil { buffer.cursor = (x, rect.y) }
    x = buffer.print("›", x: x, y: rect.y, bracket, in: rect)
    if pane == .seed, !layout.hasNarrowNumbers {
      buffer.print(seedMode.rawValue, x: x + 1, y: rect.y, theme.text(theme.dim), in: rect)
    }
  }

  private func name(of pane: Focus, _ layout: Layout) -> String {
    switch pane {
    case .seed: "seed"
    case .steps: "steps"
    case .guidance: layout.hasNarrowNumbers ? "guide" : "guidance"
    case .strength: "strength"
    case .sampler: "sampler"
    case .spacing: "schedule"
    default: "model"
    }
  }

  private func value(of pane: Focus) -> String {
    switch pane {
    case .sampler: settings.sampler.rawValue
    case .spacing: settings.spacing.rawValue
    case .model: model?.blank.painter ?? (modelProblem == nil ? "loading" : "none")
    default: focus == pane ? typing ?? number(pane) : number(pane)
    }
  }
}

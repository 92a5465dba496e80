import Cells

/// Draws the prompts, the numbers and the choices.
struct FieldsDrawing {
  let fields: Fields
  let layout: Layout
  let painter: Painter
  /// The maximum number of tokens that the model reads; `nil` without a model.
  let tokenLimit: Int?
  /// The text of the model's field.
  let model: String
  /// Whether a list covers the fields and has the caret.
  let isCovered: Bool

  private var theme: Theme { painter.theme }
  /// The label of the negative prompt.
  private static let negativeLabel = "leave out"

  func draw(_ buffer: inout CellBuffer) {
    drawPrompts(&buffer)
    drawNumbers(&buffer)
  }

  // MARK: Prompts

  private func drawPrompts(_ buffer: inout CellBuffer) {
    guard !layout.prompt.isEmpty else { return }
    let pane = layout.promptPane
    let label = pane == .prompt ? "prompt" : Self.negativeLabel
    let isFocused = fields.focus == pane
    if layout.hasFrame {
      painter.frame(layout.prompt, label: label, isFocused: isFocused, &buffer)
    } else {
      painter.label(label, layout.prompt, isFocused: isFocused, &buffer)
    }
    drawText(pane, &buffer)
    guard !layout.negative.isEmpty else { return }
    painter.label(
      Self.negativeLabel, layout.negative, isFocused: fields.focus == .negative, &buffer)
    drawText(.negative, &buffer)
  }

  /// The space for a pane's text, without its label and its counter.
  func textRoom(_ pane: Focus) -> Rect {
    let isPrompt = pane == layout.promptPane
    let row = isPrompt ? layout.prompt : layout.negative
    let counter = counter(of: pane).count + 1
    if isPrompt, layout.hasFrame {
      return Rect(x: row.x + 2, y: row.y + 1, width: row.width - 4 - counter, height: 1)
    }
    let label = pane == .prompt ? 8 : Self.negativeLabel.count + 2
    return Rect(x: row.x + label, y: row.y, width: row.width - label - counter, height: 1)
  }

  /// The number of tokens in a text, out of those the model reads; nothing for an empty negative prompt.
  private func counter(of pane: Focus) -> String {
    guard let tokenLimit, pane == .prompt || !fields.negative.text.isEmpty else { return "" }
    let limit = "\(tokenLimit)"
    return "\(fields.measure(of: pane)?.tokens ?? 0)".padded(limit.count) + "/" + limit
  }

  private func drawText(_ pane: Focus, _ buffer: inout CellBuffer) {
    let room = textRoom(pane)
    let field = fields.text(pane)
    let measure = fields.measure(of: pane)
    painter.editable(
      field, in: room, isFocused: fields.focus == pane && !isCovered,
      ignored: measure?.ignoredFrom, &buffer)
    if field.text.isEmpty {
      let hint = pane == .prompt ? "what to paint" : "the negative prompt"
      buffer.print(hint, x: room.x, y: room.y, painter.text(theme.line), in: room)
    }
    let isOver = measure.map { $0.tokens > (tokenLimit ?? .max) || $0.ignoredFrom != nil }
    buffer.print(
      counter(of: pane), x: room.maxX + 1, y: room.y,
      painter.text(isOver == true ? theme.warning : theme.dim))
  }

  // MARK: Numbers and choices

  private func drawNumbers(_ buffer: inout CellBuffer) {
    guard !layout.numbers.isEmpty else { return }
    for (pane, x, width) in layout.numberColumns {
      field(
        pane, Rect(x: layout.numbers.x + x, y: layout.numbers.y, width: width - 1, height: 1),
        &buffer)
    }
    guard !layout.choices.isEmpty else { return }
    for (pane, x, width) in layout.choiceColumns {
      field(
        pane, Rect(x: layout.choices.x + x, y: layout.choices.y, width: width - 1, height: 1),
        &buffer)
    }
  }

  private func field(_ pane: Focus, _ rect: Rect, _ buffer: inout CellBuffer) {
    let isFocused = fields.focus == pane
    let bracket = painter.text(isFocused ? theme.accent : theme.line)
    var x = painter.label(name(of: pane), rect, isFocused: isFocused, &buffer)
    x = buffer.print("‹", x: x, y: rect.y, bracket, in: rect)
    var value = value(of: pane)
    let room = rect.maxX - x - 1
    if CellWidth.of(value) > room {
      // While typing, the end is what matters.
      let isTyped = isFocused && fields.typed != nil
      value = isTyped ? "…" + value.suffix(max(0, room - 1)) : value.cut(columns: room)
    }
    x = buffer.print(
      value, x: x, y: rect.y, painter.text(theme.ink, isFocused ? .bold : []), in: rect)
    if isFocused, fields.typed != nil, !isCovered { buffer.cursor = (x, rect.y) }
    x = buffer.print("›", x: x, y: rect.y, bracket, in: rect)
    if pane == .seed, !layout.hasNarrowNumbers {
      buffer.print(
        fields.seedMode.rawValue, x: x + 1, y: rect.y, painter.text(theme.dim), in: rect)
    }
  }

  private func name(of pane: Focus) -> String {
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
    case .sampler: fields.settings.sampler.rawValue
    case .spacing: fields.settings.spacing.rawValue
    case .model: model
    default: fields.focus == pane ? fields.typed ?? fields.number(pane) : fields.number(pane)
    }
  }
}

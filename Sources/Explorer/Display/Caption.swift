import Cells

/// The caption of a presented picture: the prompt, and how much of the noise is removed.
struct Caption {
  let prompt: String
  let facts: String

  /// The height of the caption in rows at a screen height.
  static func rows(height: Int) -> Int {
    switch height {
    case 44...: 2 * LargeText.rows
    case 28...: LargeText.rows + 1
    case 16...: 2
    default: 1
    }
  }

  func draw(in rect: Rect, _ painter: Painter, _ buffer: inout CellBuffer) {
    let (ink, dim) = (painter.text(painter.theme.ink, .bold), painter.text(painter.theme.dim))
    guard rect.height > 1 else {
      // The facts change with every step and are never cut.
      let room = rect.width - 2 - CellWidth.of(facts) - (facts.isEmpty ? 0 : 3)
      let words = [prompt.cut(columns: max(8, room)), facts].filter { !$0.isEmpty }
      draw(words.joined(separator: " · "), in: rect, ink, &buffer)
      return
    }
    let below = rect.height >= 2 * LargeText.rows ? LargeText.rows : 1
    draw(
      prompt, in: Rect(x: rect.x, y: rect.y, width: rect.width, height: rect.height - below), ink,
      &buffer)
    draw(
      facts, in: Rect(x: rect.x, y: rect.maxY - below, width: rect.width, height: below),
      below > 1 ? ink : dim, &buffer)
  }

  /// A centred line, in large letters if they fit.
  private func draw(_ text: String, in rect: Rect, _ style: Style, _ buffer: inout CellBuffer) {
    if rect.height >= LargeText.rows, let large = LargeText(text), large.columns <= rect.width - 2 {
      large.draw(x: rect.x + (rect.width - large.columns) / 2, y: rect.y, style, &buffer)
      return
    }
    let line = text.cut(columns: max(0, rect.width - 2))
    buffer.print(
      line, x: rect.x + (rect.width - CellWidth.of(line)) / 2, y: rect.y + rect.height / 2, style,
      in: rect)
  }
}

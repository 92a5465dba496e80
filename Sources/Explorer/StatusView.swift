import Cells

extension Explorer {
  func drawStatus(_ layout: Layout, _ buffer: inout CellBuffer) {
    let row = layout.status
    if let message {
      let style = messageIsWarning ? theme.text(theme.warning, .bold) : theme.text(theme.ink)
      buffer.print((messageIsWarning ? "! " : "") + message, x: row.x, y: row.y, style, in: row)
      return
    }
    // The way to the help stays when there is room for nothing else.
    let help = ("?", "help")
    var room = row.width - width(help)
    var x = row.x
    for hint in hints {
      guard width(hint) + 3 <= room else { break }
      x = draw(hint, x: x, row, &buffer) + 3
      room -= width(hint) + 3
    }
    if !focus.isText { _ = draw(help, x: x, row, &buffer) }
  }

  private func width(_ hint: (String, String)) -> Int {
    CellWidth.of(hint.0) + 1 + CellWidth.of(hint.1)
  }

  private func draw(_ hint: (String, String), x: Int, _ row: Rect, _ buffer: inout CellBuffer)
    -> Int
  {
    let end = buffer.print(hint.0, x: x, y: row.y, theme.text(theme.ink, .bold), in: row)
    return buffer.print(hint.1, x: end + 1, y: row.y, theme.text(theme.dim), in: row)
  }

  /// What can be pressed here, the most useful first.
  private var hints: [(String, String)] {
    if focus.isText {
      return [("enter", "run"), ("tab", "next field"), ("esc", "back to the picture")]
    }
    if focus != .canvas {
      return [
        ("+ -", "change"), ("enter", "run"), ("tab", "next field"), ("esc", "back to the picture"),
      ]
    }
    let table = Keymap.bindings.filter { !$0.hint.isEmpty && $0.hint != "help" }.map {
      binding -> (String, String) in
      let isPause = binding.action == .pause
      return (binding.label, isPause ? pauseWord : binding.hint)
    }
    return [("← →", "scrub")] + table
  }

  private var pauseWord: String {
    switch run?.status {
    case .running: "pause"
    case .paused: "go on"
    default: "rewind"
    }
  }

  func drawHelp(_ layout: Layout, _ buffer: inout CellBuffer) {
    var rows = Keymap.bindings.filter { !("0"..."9").contains($0.label) }.map {
      ($0.label, $0.help)
    }
    rows.insert(("0 … 9", "to tenths of the run"), at: 2)
    let labels = rows.map { CellWidth.of($0.0) }.max() ?? 0
    let width = min(layout.width - 2, labels + 6 + (rows.map { CellWidth.of($0.1) }.max() ?? 0))
    let height = min(layout.height, rows.count + 4)
    let rect = Rect(
      x: (layout.width - width) / 2, y: (layout.height - height) / 2, width: width, height: height)
    buffer.fill(rect, with: Cell(" ", theme.text(theme.ink)))
    let style = theme.text(theme.accent)
    let edge = String(repeating: "━", count: max(0, rect.width - 2))
    buffer.print("┏" + edge + "┓", x: rect.x, y: rect.y, style)
    buffer.print("┗" + edge + "┛", x: rect.x, y: rect.maxY - 1, style)
    for y in (rect.y + 1)..<max(rect.y + 1, rect.maxY - 1) {
      buffer.print("┃", x: rect.x, y: y, style)
      buffer.print("┃", x: rect.maxX - 1, y: y, style)
    }
    buffer.print(" keys ", x: rect.x + 2, y: rect.y, theme.text(theme.accent, .bold))
    buffer.print(" any key closes ", x: rect.x + 2, y: rect.maxY - 1, theme.text(theme.dim))
    let inside = rect.inset(2, 1)
    for (index, row) in rows.prefix(max(0, inside.height)).enumerated() {
      let y = inside.y + index + (inside.height > rows.count ? 1 : 0)
      buffer.print(row.0, x: inside.x, y: y, theme.text(theme.ink, .bold), in: inside)
      buffer.print(row.1, x: inside.x + labels + 2, y: y, theme.text(theme.dim), in: inside)
    }
    buffer.cursor = nil
  }
}

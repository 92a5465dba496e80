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

  // MARK: Help

  /// The lines of the help: keys, and what they do, wrapped.
  func helpRows(width: Int) -> [(String, String)] {
    let table = Keymap.bindings.filter { !("0"..."9").contains($0.label) }
    var rows = table.map { ($0.label, $0.help) }
    rows.insert(("0 … 9", "to tenths of the run"), at: 2)
    return rows.flatMap { label, help in
      Explorer.wrapped(help, columns: max(8, helpWidth(width) - 15)).enumerated().map {
        ($0.offset == 0 ? label : "", $0.element)
      }
    }
  }

  private func helpWidth(_ width: Int) -> Int { min(width, 86) }

  /// Lines that the help has room for.
  func helpHeight(_ height: Int) -> Int { max(1, height - 2) }

  func drawHelp(_ layout: Layout, _ buffer: inout CellBuffer) {
    let rows = helpRows(width: layout.width)
    let width = helpWidth(layout.width)
    let height = min(layout.height, rows.count + 2)
    let rect = Rect(
      x: (layout.width - width) / 2, y: (layout.height - height) / 2, width: width, height: height)
    buffer.fill(rect, with: Cell(" ", theme.text(theme.ink)))
    frame(rect, label: "keys", isFocused: true, &buffer)
    let inside = rect.inset(2, 1)
    let first = min(helpLine, max(0, rows.count - inside.height))
    for (index, row) in rows.dropFirst(first).prefix(inside.height).enumerated() {
      let y = inside.y + index
      buffer.print(row.0, x: inside.x, y: y, theme.text(theme.ink, .bold), in: inside)
      buffer.print(row.1, x: inside.x + 11, y: y, theme.text(theme.dim), in: inside)
    }
    let isLonger = rows.count > inside.height
    buffer.print(
      isLonger ? " ↑ ↓ more, any other key closes " : " any key closes ", x: rect.x + 2,
      y: rect.maxY - 1, theme.text(theme.dim), in: rect)
    buffer.cursor = nil
  }
}

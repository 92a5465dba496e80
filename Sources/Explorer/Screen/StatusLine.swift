import Cells

/// The last line: the available keys, or the current message.
struct StatusLine {
  let explorer: Explorer
  let layout: Layout
  let painter: Painter

  private var theme: Theme { painter.theme }
  private var keymap: Keymap { explorer.keymap }
  private var focus: Focus { explorer.fields.focus }
  private var runs: Runs { explorer.runs }
  private var isInList: Bool { explorer.picker != nil }

  func draw(_ buffer: inout CellBuffer) {
    let row = layout.status
    if let question = explorer.typing.question(columns: row.width) {
      draw(question, isWarning: false, &buffer)
      return
    }
    if let text = explorer.notice.text {
      draw(text, isWarning: explorer.notice.isWarning, &buffer)
      return
    }
    for hint in placedHints { draw(hint.label, x: hint.x, row, &buffer) }
  }

  /// The hints that fit, with their columns.
  private var placedHints: [(label: (String, String), x: Int)] {
    let row = layout.status
    guard !row.isEmpty else { return [] }
    // The keys for the prompt, the tour and the help stay even if there is no room for anything else.
    let ways = ways
    var room = row.width - ways.reduce(0) { $0 + width($1) + 3 } + 3
    var placed: [(label: (String, String), x: Int)] = []
    var x = row.x
    func place(_ hint: (String, String)) {
      placed.append((hint, x))
      x += width(hint) + 3
    }
    for hint in hints {
      guard width(hint) + 3 <= room else { break }
      place(hint)
      room -= width(hint) + 3
    }
    for way in ways { place(way) }
    return placed
  }

  /// The keys of the hint at a column, for a click on it: of two keys, such as `← →`, the one at the column.
  func keys(atColumn column: Int) -> [ExplorerKey] {
    guard explorer.notice.text == nil, explorer.typing.offered == nil,
      let (label, start) = placedHints.first(where: {
        ($0.x..<$0.x + width($0.label)).contains(column)
      })
    else { return [] }
    let names = label.0.split(separator: " ").map(String.init)
    // “esc e” is one key after the other.
    if names.first == ExplorerKey.escape.name { return names.compactMap { ExplorerKey(name: $0) } }
    var end = start
    for name in names {
      end += CellWidth.of(name) + 1
      if column < end { return ExplorerKey(name: name).map { [$0] } ?? [] }
    }
    return names.first.flatMap { ExplorerKey(name: $0) }.map { [$0] } ?? []
  }

  /// Shows a message; a message longer than a line takes lines above it until the next key.
  private func draw(_ message: String, isWarning: Bool, _ buffer: inout CellBuffer) {
    let row = layout.status
    let style = isWarning ? painter.text(theme.warning, .bold) : painter.text(theme.ink)
    let text = (isWarning ? "! " : "") + message
    var lines = text.wrapped(columns: row.width)
    let most = max(1, layout.height / 3)
    if lines.count > most {
      lines = Array(lines.prefix(most))
      lines[most - 1] = CellWidth.prefix(lines[most - 1], columns: row.width - 1) + "…"
    }
    let top = row.maxY - lines.count
    let room = Rect(x: 0, y: top, width: layout.width, height: lines.count)
    buffer.fill(room, with: Cell(" ", painter.text(theme.ink)))
    for (index, line) in lines.enumerated() {
      buffer.print(line, x: row.x, y: top + index, style)
    }
  }

  private func width(_ hint: (String, String)) -> Int {
    CellWidth.of(hint.0) + 1 + CellWidth.of(hint.1)
  }

  private func draw(_ hint: (String, String), x: Int, _ row: Rect, _ buffer: inout CellBuffer) {
    let end = buffer.print(hint.0, x: x, y: row.y, painter.text(theme.ink, .bold), in: row)
    buffer.print(hint.1, x: end + 1, y: row.y, painter.text(theme.dim), in: row)
  }

  /// How to get to the prompt, the tour and the help from anywhere.
  private var ways: [(String, String)] {
    let isTyping = isInList || focus.isText || focus.isNumber || explorer.isTypingInView
    func way(_ action: Action, _ word: String) -> [(String, String)] {
      keymap.key(for: action, whileTyping: isTyping).map { [($0, word)] } ?? []
    }
    let key = keymap.key(for: .editPrompt, whileTyping: isTyping)
    // A view may say better what the key is for.
    let isNamed =
      focus == .canvas && !isInList && layout.status.width >= 72 && hints.contains { $0.0 == key }
    let prompt = focus == .prompt && !isInList || isNamed ? [] : way(.editPrompt, "prompt")
    let tour = !explorer.tour.isOn ? way(.tour, "tour") : []
    let help =
      focus.isText || isInList || explorer.isTypingInView
      ? [] : Array(keymap.hints([(.help, "help"), (.palette, "all actions")]).prefix(1))
    return prompt + tour + help
  }

  /// The keys available here, the most useful first.
  private var hints: [(String, String)] {
    if isInList { return [("esc", "close the list")] }
    let next = keymap.hints([(.nextField, explorer.typing.isAtStart ? "picture" : "next field")])
    if focus.isText {
      let canBranch = canSteerOtherwise && keymap.action(for: .altEnter)?.action == .branch
      let branch = canBranch ? [("alt-enter", branchWord)] : []
      let history =
        focus == .prompt && explorer.fields.history.prompts.count > 1 ? [("↑ ↓", "earlier")] : []
      let typing = explorer.fields.text(focus).isAllSelected ? [("type", "to replace it")] : []
      let ideas =
        focus == .prompt
        ? keymap.key(for: .ideas, whileTyping: true).map { [($0, "ideas")] } ?? [] : []
      return typing + [("enter", "run")] + ideas + branch + [back] + history + next
        + [("alt-x", "all actions")]
    }
    if focus == .model { return [("enter", "choose")] + next + [back] }
    if focus.isNumber {
      let key = keymap.key(for: .branch, whileTyping: true)
      let branch = canSteerOtherwise ? key.map { [($0, branchWord)] } ?? [] : []
      return [("+ -", "change"), ("enter", "run")] + branch + next + [back]
    }
    let branch = canSteerOtherwise ? keymap.hints([(.branch, branchWord)]) : []
    if focus != .canvas { return [("+ -", "change"), ("enter", "run")] + branch + next + [back] }
    if let open = explorer.views.open {
      let own = open.view.hints(in: explorer.context).map { ($0.key, $0.word) }
      if explorer.isTypingInView { return own }
      let leave = !explorer.tour.isOn ? ("esc", "back") : ("n", "next lesson")
      return [leave] + own + keymap.hints([(.save, "save"), (.views, "other views")])
    }
    let always: [Action] = [.help, .editPrompt, .tour]
    let table = Action.all.filter { !$0.hint.isEmpty && !always.contains($0) && isUseful($0) }
      .compactMap { action in
        keymap.label(of: action).map { ($0, action == .pause ? pauseWord : action.hint) }
      }
    let first = runs.shown?.frames.isEmpty == false ? [("← →", "scrub")] : []
    let models = explorer.model.problem == nil ? [] : keymap.hints([(.models, "another model")])
    return models + branch + first + table
  }

  private var back: (String, String) {
    ("esc", explorer.views.open == nil ? "back to the picture" : "back to the view")
  }

  /// Leaves out hints that would have no effect now.
  private func isUseful(_ action: Action) -> Bool {
    switch action {
    case .branch: false
    case .adopt: explorer.hasOtherSettings
    case .turnPictureKind, .save: runs.shown?.frames.isEmpty == false
    case .pause: runs.shown?.frames.isEmpty == false || runs.active?.isOpen == true
    case .nextField: !explorer.tour.isOn
    case .runs, .compare: runs.count > 1
    case .step: runs.active?.status == .paused
    case .play: runs.active?.isOpen == true
    default: true
    }
  }

  private var canSteerOtherwise: Bool {
    explorer.hasOtherSteering && runs.shown.map(explorer.model.made) == true
  }

  private var branchWord: String {
    if let shown = runs.shown, shown.isOpen, runs.watchesActive, shown.hasStepsToSteer {
      return "from the next step on"
    }
    return "branch from step \(runs.position + 1)"
  }

  private var pauseWord: String {
    switch runs.active?.status {
    case .running: "pause"
    case .paused: "continue"
    default: runs.playing.direction == nil ? "play" : "stop"
    }
  }
}

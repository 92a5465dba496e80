import Cells

/// The last line: what can be pressed, or what has to be said.
extension Explorer {
  func drawStatus(_ layout: Layout, _ buffer: inout CellBuffer) {
    let row = layout.status
    if let question = offerQuestion(columns: row.width) {
      draw(question, isWarning: false, layout, &buffer)
      return
    }
    if let message {
      draw(message, isWarning: messageIsWarning, layout, &buffer)
      return
    }
    // The ways to the prompt, the tour and the help stay when there is room for nothing else.
    var room = row.width - ways.reduce(0) { $0 + width($1) + 3 } + 3
    var x = row.x
    for hint in hints {
      guard width(hint) + 3 <= room else { break }
      x = draw(hint, x: x, row, &buffer) + 3
      room -= width(hint) + 3
    }
    for way in ways { x = draw(way, x: x, row, &buffer) + 3 }
  }

  /// A message; one that is longer than a line takes lines above it until the next key.
  private func draw(
    _ message: String, isWarning: Bool, _ layout: Layout, _ buffer: inout CellBuffer
  ) {
    let row = layout.status
    let style = isWarning ? theme.text(theme.warning, .bold) : theme.text(theme.ink)
    let text = (isWarning ? "! " : "") + message
    var lines = Explorer.wrapped(text, columns: row.width)
    let most = max(1, layout.height / 3)
    if lines.count > most {
      lines = Array(lines.prefix(most))
      lines[most - 1] = CellWidth.prefix(lines[most - 1], columns: row.width - 1) + "…"
    }
    let top = row.maxY - lines.count
    let room = Rect(x: 0, y: top, width: layout.width, height: lines.count)
    buffer.fill(room, with: Cell(" ", theme.text(theme.ink)))
    for (index, line) in lines.enumerated() {
      buffer.print(line, x: row.x, y: top + index, style)
    }
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

  /// How to get to the prompt, to the tour and to the help from wherever one is.
  private var ways: [(String, String)] {
    let isTyping = picker != nil || focus.isText || focus.isNumber
    func way(_ action: Action, _ word: String) -> [(String, String)] {
      keymap.key(for: action, whileTyping: isTyping).map { [($0, word)] } ?? []
    }
    let prompt = focus == .prompt && picker == nil ? [] : way(.edit(.prompt), "prompt")
    let tour = lesson == nil ? way(.tour, "tour") : []
    let help =
      focus.isText || picker != nil
      ? [] : Array(keymap.hints([(.help, "help"), (.palette, "all actions")]).prefix(1))
    return prompt + tour + help
  }

  /// What can be pressed here, the most useful first.
  private var hints: [(String, String)] {
    if picker != nil { return [("esc", "close the list")] }
    let next = keymap.hints([(.nextPane(1), isAtStart ? "picture" : "next field")])
    if focus.isText {
      let canBranch = canSteerOtherwise && keymap.action(for: .altEnter) == .branch
      let branch = canBranch ? [("alt-enter", branchWord)] : []
      let history = focus == .prompt && history.count > 1 ? [("↑ ↓", "earlier")] : []
      let field = focus == .prompt ? prompt : negative
      let typing = field.isAllSelected ? [("type", "to replace it")] : []
      return typing + [("enter", "run")] + branch + [back] + history + next
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
    if let open {
      let own = open.lens.hints(in: self).map { ($0.key, $0.word) }
      let leave = lesson == nil ? ("esc", "back") : ("n", "next lesson")
      return [leave] + own + keymap.hints([(.save, "save"), (.lenses, "other views")])
    }
    let always: [Action] = [.help, .edit(.prompt), .tour]
    let table = keymap.bindings.filter { !$0.hint.isEmpty && !always.contains($0.action) }
      .compactMap {
        binding -> (String, String)? in
        guard let key = binding.keys.first?.name, isUseful(binding.action) else { return nil }
        return (key, binding.action == .pause ? pauseWord : binding.hint)
      }
    let first = shown?.frames.isEmpty == false ? [("← →", "scrub")] : []
    let models = modelProblem == nil ? [] : keymap.hints([(.models, "another model")])
    return models + branch + first + table
  }

  private var back: (String, String) {
    ("esc", open == nil ? "back to the picture" : "back to the view")
  }

  /// What would do nothing at the moment is no hint.
  private func isUseful(_ action: Action) -> Bool {
    switch action {
    case .branch: false
    case .adopt: hasOtherRecipe
    case .turnView, .save: shown?.frames.isEmpty == false
    case .pause: shown?.frames.isEmpty == false || active?.isOpen == true
    case .nextPane: lesson == nil
    case .runs, .compare: runs.count > 1
    case .step: active?.status == .paused
    case .play: active?.isOpen == true
    default: true
    }
  }

  private var canSteerOtherwise: Bool {
    hasOtherSteering && shown.map(isOfLoadedModel) == true
  }

  private var branchWord: String {
    if let shown, shown.isOpen, shown.id == activeID, isFollowing, hasStepsToSteer(shown) {
      return "from the next step on"
    }
    return "branch from step \(position + 1)"
  }

  private var pauseWord: String {
    switch active?.status {
    case .running: "pause"
    case .paused: "go on"
    default: playing == nil ? "play" : "stop"
    }
  }
}

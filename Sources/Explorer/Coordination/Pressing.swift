/// Keys: where each one goes.
extension Explorer {
  /// Whether letters are commands.
  private var takesCommands: Bool {
    picker == nil && typing.offered == nil && !fields.focus.isText && !fields.focus.isNumber
      && !isTypingInView
  }

  /// Whether letters go into a text of the open view's own.
  var isTypingInView: Bool { fields.focus == .canvas && views.isTyping }

  mutating func press(_ key: ExplorerKey) -> [Effect] {
    if case .character(let letter) = key, takesCommands { return command(letter) }
    return pauseTyping() + answer(key)
  }

  /// What a key does where one is.
  private mutating func answer(_ key: ExplorerKey) -> [Effect] {
    if key == .control("c") { return interrupt() }
    if key == .control("z") { return [.suspend] }
    notice.clear()
    let bound = keymap.action(for: key)
    if bound?.action != .cancel { saves.interruptQuits = false }
    if saves.asksToQuit {
      saves.asksToQuit = false
      if bound?.action == .quit { return typing.release() + [.quit] }
    }
    if typing.offered != nil { return answerOffer(key) }
    if picker != nil { return pressInPicker(key) }
    if typing.isAtStart {
      typing.leaveStart()
      if bound?.action == .nextField {
        move(to: .canvas)
        return []
      }
    }
    if fields.focus == .canvas, let effects = pressOnCanvas(key) { return effects }
    if fields.focus.isText, let effects = type(key) { return effects }
    if fields.focus.isNumber, typeNumber(key) { return [] }
    // Enter runs from every field, whatever it does on the canvas.
    let isEnter = key == .enter && fields.focus != .canvas
    guard let (action, number) = isEnter ? (.run, 0) : bound else { return [] }
    // What was typed that cannot be stays to be mended, and nothing is run with another number.
    if action == .run, let problem = fields.typingProblem {
      warn(problem)
      return []
    }
    return takeTyped() + action.perform(&self, number)
  }

  /// A key on the canvas that a view or a lesson takes; `nil` for one that does what it does elsewhere.
  private mutating func pressOnCanvas(_ key: ExplorerKey) -> [Effect]? {
    let context = context
    if let answer = views.press(key, in: context) { return take(answer) }
    switch tour.way(of: key) {
    case .lesson(let index)?: return go(toLesson: index)
    case .out?: return toggleTour()
    case nil: break
    }
    guard key == .enter, let choice = views.open?.view.choice(in: context) else { return nil }
    return take(choice)
  }

  // MARK: Letters that are commands

  /// A letter where it is a command.
  private mutating func command(_ letter: Character) -> [Effect] {
    let key = ExplorerKey.character(letter)
    let dropsSave = typing.add(letter, mayFollow: keymap.action(for: key)?.action == .quit)
    if Sentence.isLikely(typing.burst) {
      offer(typing.burst)
      return []
    }
    let effects = answer(key)
    if picker != nil {
      if letter.isLetter { picker?.opener = typing.burst }
      typing.endBurst()
    }
    if dropsSave, notice.text == nil { say("nothing was saved: another letter followed at once") }
    let isSave = effects.contains { if case .save = $0 { true } else { false } }
    guard isSave, !effects.contains(.quit) else { return effects }
    typing.hold(effects)
    return []
  }

  /// No key follows the last one.
  mutating func pauseTyping() -> [Effect] {
    typing.endBurst()
    return typing.release()
  }

  /// Asks whether text is meant for the prompt.
  mutating func offer(_ text: String) {
    notice.clear()
    typing.offer(text)
  }

  private mutating func answerOffer(_ key: ExplorerKey) -> [Effect] {
    guard case .prompt(let text) = typing.answer(key) else { return [] }
    move(to: .canvas)
    fields.replacePrompt(with: text)
    return [.measurePrompt(fields.prompt.text)] + run()
  }

  // MARK: Fields

  /// A key in a text; `nil` for one that means something else there.
  private mutating func type(_ key: ExplorerKey) -> [Effect]? {
    if fields.focus == .prompt {
      if key == .up || key == .control("p") { return measured(fields.recall(-1)) }
      if key == .down || key == .control("n") { return measured(fields.recall(1)) }
    }
    if key == .control("r") { return list(.history) }
    if key == .alt("x") { return list(.palette) }
    return fields.edit(key).map { measured($0) }
  }

  /// What follows of a change of the text that has the focus.
  private func measured(_ isChanged: Bool) -> [Effect] {
    isChanged ? [.measurePrompt(fields.text(fields.focus).text)] : []
  }

  /// Types a key into a number; false for one that does what it does elsewhere.
  private mutating func typeNumber(_ key: ExplorerKey) -> Bool {
    if case .character(let character) = key, !character.isNumber, character != ".",
      isCommandInNumbers(character)
    {
      return false
    }
    switch fields.typeNumber(key) {
    case nil: return false
    case .typed?: if let problem = fields.typingWarning { warn(problem) }
    case .other?:
      // A sentence that is typed here is no row of commands.
      let prompt = keymap.key(for: .editPrompt, whileTyping: true).map {
        ", \($0) to the prompt"
      }
      say("this field takes numbers: esc goes to the picture" + (prompt ?? ""))
    }
    return true
  }

  /// Whether a character that belongs to no number does something in a field of one: signs change the value, and the help
  /// is everywhere.
  private func isCommandInNumbers(_ character: Character) -> Bool {
    switch keymap.action(for: .character(character))?.action {
    case .raise?, .lower?: !character.isLetter
    case .help?: true
    default: false
    }
  }

  /// Takes over the number that was typed, now that something else is done; says so where it cannot be.
  mutating func takeTyped() -> [Effect] { follow(fields.takeTyped()) }

  /// Raises or lowers the value of the field that has the focus.
  mutating func adjust(_ by: Int) -> [Effect] {
    fields.focus == .model
      ? Action.models.perform(&self, 0) : follow(fields.adjust(by))
  }

  private mutating func follow(_ change: Fields.NumberChange) -> [Effect] {
    switch change {
    case .none: return []
    case .refused(let problem):
      warn(problem)
      return []
    case .guidance: return guide()
    }
  }

  mutating func paste(_ text: String) -> [Effect] {
    staysOpen()
    typing.leaveStart()
    if typing.offered != nil {
      typing.insert(text)
      return []
    }
    if picker != nil {
      picker?.insert(text)
      return []
    }
    if isTypingInView {
      views.paste(text)
      return []
    }
    if fields.focus.isNumber, !text.contains(where: \.isLetter) {
      for character in text.prefix(TextField.limit) where !character.isWhitespace {
        _ = typeNumber(.character(character))
      }
      return []
    }
    // A paste elsewhere may be meant for the prompt, and so may the letters that came right before it.
    guard fields.focus.isText else {
      offer(typing.burst + text)
      return []
    }
    let (fits, isChanged) = fields.insert(text)
    if !fits { warn("a text has at most \(TextField.limit) characters; the rest was left out") }
    return measured(isChanged)
  }

  // MARK: Focus

  mutating func move(to focus: Focus) {
    fields.move(to: focus)
    if focus != .canvas { display.isFull = false }
    typing.leaveStart()
  }

  /// Goes to a field by a key: its text is selected, and what is typed takes its place.
  mutating func enter(_ focus: Focus) -> [Effect] {
    move(to: focus)
    fields.enter(focus)
    return []
  }

  /// Goes to the field so many places on.
  mutating func move(by: Int) -> [Effect] {
    display.isFull = false
    let all = layout.panes
    let index = all.firstIndex(of: fields.focus) ?? 0
    return enter(all[(index + by + all.count) % all.count])
  }

  /// Left and right scrub, but in a field with choices they choose.
  mutating func left(_ steps: Int) -> [Effect] {
    guard fields.focus == .canvas else { return adjust(steps) }
    return scrub(to: runs.position + steps)
  }

  /// From a field to the view, from the view to the picture, from two pictures to one, from that to the fields.
  mutating func goBack() -> [Effect] {
    runs.stopPlaying()
    if fields.focus == .canvas {
      if views.open == nil { display.goBack() }
      views.close()
    }
    move(to: .canvas)
    return []
  }
}

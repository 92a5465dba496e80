/// Decides which part of the explorer handles each key.
extension Explorer {
  /// Whether letters are commands.
  private var takesCommands: Bool {
    picker == nil && typing.offered == nil && !fields.focus.isText && !fields.focus.isNumber
      && !isTypingInView
  }

  /// Whether letters go into the open view's own text.
  var isTypingInView: Bool { fields.focus == .canvas && views.isTyping }

  mutating func press(_ key: ExplorerKey) -> [Effect] {
    guard case .character(let letter) = key else {
      typing.endNumber()
      let joined = key == .enter || key == .altEnter ? joinWord() : []
      typing.endTrail()
      return joined + pauseTyping() + answer(key)
    }
    if takesCommands { return command(letter) }
    let joined = joinBurst() + (letter.isLetter ? [] : joinWord())
    return joined + pauseTyping() + answer(key)
  }

  /// Handles a key according to the focus.
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
    // Enter starts a run from any field, even if the key does something else on the canvas.
    let isEnter = key == .enter && fields.focus != .canvas
    guard let (action, number) = isEnter ? (.run, 0) : bound else { return [] }
    // An invalid number stays in the field to be corrected, and no run starts with a different number.
    if action == .run, let problem = fields.typingProblem {
      warn(problem)
      return []
    }
    if isEnter, fields.focus.isText { views.makeWayForRun() }
    return takeTyped() + action.perform(&self, number)
  }

  /// Handles a key on the canvas for a view or a lesson; `nil` for a key that keeps its usual meaning.
  private mutating func pressOnCanvas(_ key: ExplorerKey) -> [Effect]? {
    let context = views.open == nil ? nil : context
    if let context, let answer = views.press(key, in: context) { return take(answer) }
    switch tour.way(of: key) {
    case .lesson(let index)?: return go(toLesson: index)
    case .out?: return toggleTour()
    case nil: break
    }
    guard key == .enter, let context, let choice = views.open?.view.choice(in: context) else {
      return nil
    }
    return take(choice)
  }

  // MARK: Letters as commands

  /// Handles a letter that is a command.
  private mutating func command(_ letter: Character) -> [Effect] {
    let key = ExplorerKey.character(letter)
    let before = Typing.Before(fields: fields, display: display, loads: model.loads)
    let trail = typing.trail(with: letter, from: before)
    typing.begin(from: before)
    let dropped = typing.add(letter, mayFollow: keymap.action(for: key)?.action == .quit)
    if Sentence.isLikely(typing.burst) {
      offer(typing.burst)
      return []
    }
    // If quit is pressed again after the question, it answers the question and need not wait.
    let isAnswer = saves.asksToQuit
    let effects = answer(key)
    typing.keep(picker == nil ? trail : [])
    if picker != nil {
      if letter.isLetter { picker?.opener = typing.burst }
      typing.endBurst()
    }
    if dropped.contains(where: \.isSave), notice.text == nil {
      say("nothing was saved: another letter followed immediately")
    }
    let isQuit = effects.contains(.quit)
    guard effects.contains(where: \.waitsForPause), !(isAnswer && isQuit) else { return effects }
    typing.hold(effects)
    return []
  }

  /// Inserts the letters that moved the focus to the prompt, if the next one follows so quickly that they belong to it.
  private mutating func joinBurst() -> [Effect] {
    guard picker == nil, typing.offered == nil, fields.focus == .prompt,
      let letters = typing.wayToPrompt
    else { return [] }
    let effects = takeBack() + enter(.prompt)
    _ = fields.insert(letters)
    return effects
  }

  /// Gives a finished word the letters that were commands on the way to the field, if only they make it a word.
  ///
  /// Afterwards, undo in the field removes them again.
  private mutating func joinWord() -> [Effect] {
    defer { typing.endTrail() }
    guard picker == nil, typing.offered == nil, fields.focus.isText else { return [] }
    let text = fields.text(fields.focus).text
    let word = String(text.prefix(while: \.isLetter))
    guard let start = typing.start(of: word) else { return [] }
    let effects = takeBack(to: start.before) + enter(.prompt)
    _ = fields.insert(text)
    fields.replacePrompt(with: start.letters + text)
    return effects + [.measurePrompt(fields.prompt.text)]
  }

  /// Undoes the changes that the first letters of a sentence made to the settings and the display.
  private mutating func takeBack() -> [Effect] {
    typing.takeBefore().map { takeBack(to: $0) } ?? []
  }

  /// Restores the settings and the display from before a letter.
  private mutating func takeBack(to before: Typing.Before) -> [Effect] {
    // A model loaded since then has its own settings.
    if before.loads == model.loads { fields.takeBack(to: before.fields) }
    let now = display
    display.takeBack(to: before.display)
    let isShownAlike = display.theme == now.theme && display.glyphs == now.glyphs
    return (isShownAlike ? [] : [rememberDisplay])
      + (display.usesMouse == now.usesMouse ? [] : [.useMouse(display.usesMouse)])
  }

  /// Records that no key followed the last one.
  mutating func pauseTyping() -> [Effect] {
    typing.endBurst()
    return typing.release()
  }

  /// Asks whether a text is meant as the prompt.
  mutating func offer(_ text: String) {
    notice.clear()
    typing.offer(text)
  }

  private mutating func answerOffer(_ key: ExplorerKey) -> [Effect] {
    guard case .prompt(let text) = typing.answer(key) else { return [] }
    let effects = takeBack()
    move(to: .canvas)
    views.makeWayForRun()
    fields.replacePrompt(with: text)
    return effects + [.measurePrompt(fields.prompt.text)] + run()
  }

  // MARK: Fields

  /// Handles a key in a text; `nil` for a key with another meaning there.
  private mutating func type(_ key: ExplorerKey) -> [Effect]? {
    if fields.focus == .prompt {
      if key == .up || key == .control("p") { return measured(fields.recall(-1)) }
      if key == .down || key == .control("n") { return measured(fields.recall(1)) }
    }
    if key == .control("r") { return list(.history) }
    if key == .alt("x") { return list(.palette) }
    return fields.edit(key).map { measured($0) }
  }

  /// Responds to a change of the focused text.
  private func measured(_ isChanged: Bool) -> [Effect] {
    isChanged ? [.measurePrompt(fields.text(fields.focus).text)] : []
  }

  /// Types a key into a number; false for a key that keeps its usual meaning.
  private mutating func typeNumber(_ key: ExplorerKey) -> Bool {
    if case .character(let character) = key, !character.isNumber, character != ".",
      isCommandInNumbers(character)
    {
      typing.endNumber()
      return false
    }
    if case .character(let character) = key, let sentence = typing.addInNumber(character) {
      offer(sentence)
      return true
    }
    switch fields.typeNumber(key) {
    case nil: return false
    case .typed?: if let problem = fields.typingWarning { warn(problem) }
    case .other?:
      // Several letters typed here are not a series of commands.
      let prompt = keymap.key(for: .editPrompt, whileTyping: true).map {
        ", \($0) goes to the prompt"
      }
      say("this field takes numbers: esc goes to the picture" + (prompt ?? ""))
    }
    return true
  }

  /// Whether a character that cannot be part of a number acts as a command in a number field: signs change the value,
  /// and the help is available everywhere.
  private func isCommandInNumbers(_ character: Character) -> Bool {
    switch keymap.action(for: .character(character))?.action {
    case .raise?, .lower?: !character.isLetter
    case .help?: true
    default: false
    }
  }

  /// Applies the typed number because the user moves on; reports it if it is invalid.
  mutating func takeTyped() -> [Effect] { follow(fields.takeTyped()) }

  /// Raises or lowers the value of the focused field.
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
    // Text pasted elsewhere may be meant for the prompt, and so may letters typed right before it.
    guard fields.focus.isText else {
      offer(typing.burst + text)
      return []
    }
    let effects = joinBurst()
    let (fits, isChanged) = fields.insert(text)
    if !fits { warn("a text has at most \(TextField.limit) characters; the rest was left out") }
    let joined = text.allSatisfy(\.isLetter) ? [] : joinWord()
    return effects + measured(isChanged) + joined
  }

  // MARK: Focus

  mutating func move(to focus: Focus) {
    fields.move(to: focus)
    if focus != .canvas { display.isFull = false }
    typing.leaveStart()
    typing.endNumber()
    typing.endTrail()
  }

  /// Moves the focus to a field by key: its text is selected, so typing replaces it.
  mutating func enter(_ focus: Focus) -> [Effect] {
    move(to: focus)
    fields.enter(focus)
    return []
  }

  /// Moves the focus by a number of fields.
  mutating func move(by: Int) -> [Effect] {
    display.isFull = false
    let all = layout.panes
    let index = all.firstIndex(of: fields.focus) ?? 0
    return enter(all[(index + by + all.count) % all.count])
  }

  /// Left and right scrub, except in a field with choices, where they choose.
  mutating func left(_ steps: Int) -> [Effect] {
    guard fields.focus == .canvas else { return adjust(steps) }
    return scrub(to: runs.position + steps)
  }

  /// Goes back one level: from a field to the view, from the view to the picture, from two pictures to one, and from
  /// full screen to the fields.
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

extension Effect {
  /// Whether it saves something.
  fileprivate var isSave: Bool { if case .save = self { true } else { false } }

  /// Whether it saves, copies or quits, which the first letter of a sentence must not do.
  fileprivate var waitsForPause: Bool {
    switch self {
    case .copy, .quit: true
    default: isSave
    }
  }
}

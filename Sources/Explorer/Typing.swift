/// Text where letters are commands: a sentence is offered as the prompt, and a letter of it saves nothing.
enum Sentence {
  /// Whether text is more than a few commands: it begins like one and has several different letters.
  ///
  /// A key that is held down counts once.
  static func isLikely(_ text: String) -> Bool {
    guard let first = text.first(where: { !$0.isWhitespace }),
      first.isLetter || first.isNumber || "\"'“‘«(".contains(first)
    else { return false }
    let letters = text.lowercased().filter(\.isLetter)
    var (count, last) = (0, Character(" "))
    for letter in letters where letter != last { (count, last) = (count + 1, letter) }
    return count >= 4 && Set(letters).count >= 3
  }
}

extension ExplorerEvent {
  /// Events that came together, a sentence among their keys as a paste: nobody presses so many keys at once.
  public static func gathered(_ events: [ExplorerEvent]) -> [ExplorerEvent] {
    var gathered: [ExplorerEvent] = []
    var keys: [ExplorerEvent] = []
    var text = ""
    func finish() {
      gathered += Sentence.isLikely(text) ? [.paste(text)] : keys
      (keys, text) = ([], "")
    }
    for event in events {
      if case .key(.character(let letter)) = event {
        keys.append(event)
        text.append(letter)
      } else {
        finish()
        gathered.append(event)
      }
    }
    finish()
    return gathered
  }
}

extension Picker {
  /// The sentence that was typed where the picture had the focus, its first letters taken for commands of which the last
  /// opened this list; `nil` where it may as well be a name or a path.
  var sentence: String? {
    guard kind != .help, kind != .palette, !opener.isEmpty else { return nil }
    let text = opener + query.text
    let isPath = text.contains("/") || text.contains(":") || text.dropLast().contains(".")
    return text.contains(" ") && !isPath && Sentence.isLikely(text) ? text : nil
  }
}

extension Explorer {
  /// Milliseconds within which letters that follow one another are taken for a sentence.
  public static let burstMilliseconds = 150

  /// Whether it matters that no key comes for ``burstMilliseconds``.
  public var awaitsPause: Bool { !burst.isEmpty || !held.isEmpty }

  /// Whether something is about to be saved.
  public var holdsSave: Bool { !held.isEmpty }

  /// Whether letters are commands.
  var takesCommands: Bool {
    picker == nil && offered == nil && !focus.isText && !focus.isNumber
  }

  /// What waited for the next key is done now.
  mutating func release() -> [Effect] {
    defer { held = [] }
    return held
  }

  mutating func pauseTyping() -> [Effect] {
    burst = ""
    return release()
  }

  /// A letter where it is a command.
  ///
  /// Saving waits for a moment: where another letter follows at once, the first was the beginning of a sentence.
  mutating func command(_ letter: Character) -> [Effect] {
    let key = ExplorerKey.character(letter)
    // A key that is held down is no sentence, and who saves and quits wants both.
    let isOther = letter != burst.last && keymap.action(for: key) != .quit
    let dropsSave = !held.isEmpty && isOther
    burst = burst.count < 200 ? burst + String(letter) : String(letter)
    if dropsSave { held = [] }
    if Sentence.isLikely(burst) {
      offer(burst)
      return []
    }
    let effects = answer(key)
    if picker != nil {
      if letter.isLetter { picker?.opener = burst }
      burst = ""
    }
    if dropsSave, message == nil { say("nothing was saved: another letter followed at once") }
    let saves = effects.contains { if case .save = $0 { true } else { false } }
    guard saves, !effects.contains(.quit) else { return effects }
    held = effects
    return []
  }

  // MARK: Offering

  /// Asks whether text is meant for the prompt.
  mutating func offer(_ text: String) {
    (burst, held, message) = ("", [], nil)
    let start = text.drop(while: \.isWhitespace)
    guard !start.isEmpty else { return }
    offered = TextField(String(start))
  }

  /// A key while text is offered as the prompt.
  mutating func answerOffer(_ key: ExplorerKey, _ field: TextField) -> [Effect] {
    var field = field
    switch key {
    case .escape: offered = nil
    case .enter:
      offered = nil
      let text = String(field.text.reversed().drop(while: \.isWhitespace).reversed())
      guard !text.isEmpty else { return [] }
      move(to: .canvas)
      prompt.replace(with: text)
      return [.measurePrompt(prompt.text)] + perform(.run)
    default:
      _ = field.edit(key)
      offered = field
    }
    return []
  }

  /// What is asked about text that is offered as the prompt, on a screen of so many columns.
  func offerQuestion(columns: Int) -> String? {
    guard let offered else { return nil }
    let most = max(20, columns - 10)
    let text =
      String(offered.characters.prefix(most)) + (offered.characters.count > most ? "…" : "")
    let cut =
      offered.characters.count >= TextField.limit ? " (\(TextField.limit) characters of it)" : ""
    return "Use “\(text)” as the prompt\(cut)? enter yes, esc no"
  }

  // MARK: Quitting

  /// Quits, and asks first where something would be lost.
  mutating func quit() -> [Effect] {
    let asks = unsavedRuns > 0 || !held.isEmpty
    guard asks, !isEnding, keymap.label(of: .quit) != nil else { return release() + [.quit] }
    asksToQuit = true
    say("press \(keymap.way(to: .quit)) again to quit\(unsavedNote)")
    return []
  }

  /// What is said of quitting where runs are not saved.
  var unsavedNote: String {
    switch unsavedRuns {
    case 0: ""
    case 1: "; 1 run is not saved"
    case let count: "; \(count) runs are not saved"
    }
  }

  /// Notes which runs something is being saved of.
  mutating func noteSaves(among effects: [Effect]) {
    for case .save(_, let run) in effects { beingSaved.append(run ?? shownID) }
  }

  /// The save that was asked for first has ended.
  mutating func endSave(isSaved: Bool) {
    guard !beingSaved.isEmpty, let run = beingSaved.removeFirst(), isSaved else { return }
    runs.change(run) { $0.isUnsaved = false }
  }
}

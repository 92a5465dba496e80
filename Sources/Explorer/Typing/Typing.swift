/// Letters that are typed where letters are commands: a sentence is offered as the prompt, and a letter of it saves nothing.
struct Typing: Sendable, Hashable {
  /// Milliseconds within which letters that follow one another are taken for a sentence.
  static let burstMilliseconds = 150

  /// Whether the caret stands in the prompt because the explorer has just opened.
  private(set) var isAtStart = false
  /// The prompt that the explorer opened with.
  let firstPrompt: String
  /// Text that was typed or pasted where letters are commands; the next key says whether it is meant for the prompt.
  private(set) var offered: TextField?
  /// The letters that were pressed one right after the other where they are commands.
  private(set) var burst = ""
  /// What is saved if no other letter follows at once.
  private(set) var held: [Effect] = []

  /// Whether it matters that no key comes for ``burstMilliseconds``.
  var awaitsPause: Bool { !burst.isEmpty || !held.isEmpty }

  /// The explorer opens with a prompt.
  init(firstPrompt: String) { self.firstPrompt = firstPrompt }

  /// The explorer has just opened, and the caret stands in the prompt.
  mutating func beginAtStart() { isAtStart = true }

  /// Something was done since the explorer opened.
  mutating func leaveStart() { isAtStart = false }

  // MARK: Letters

  /// A letter was pressed where letters are commands.
  ///
  /// - Parameter mayFollow: Whether it may follow a letter that saves: who saves and quits wants both.
  /// - Returns: Whether what was to be saved is not: another letter followed at once.
  mutating func add(_ letter: Character, mayFollow: Bool) -> Bool {
    // A key that is held down is no sentence.
    let dropsSave = !held.isEmpty && letter != burst.last && !mayFollow
    burst = burst.count < 200 ? burst + String(letter) : String(letter)
    if dropsSave { held = [] }
    return dropsSave
  }

  /// Saving waits for a moment: where another letter follows at once, the first was the beginning of a sentence.
  mutating func hold(_ effects: [Effect]) { held = effects }

  /// What waited for the next key is done now.
  mutating func release() -> [Effect] {
    defer { held = [] }
    return held
  }

  /// No letter follows those that were pressed.
  mutating func endBurst() { burst = "" }

  // MARK: Offering

  /// Asks whether text is meant for the prompt.
  mutating func offer(_ text: String) {
    (burst, held) = ("", [])
    let start = text.drop(while: \.isWhitespace)
    if !start.isEmpty { offered = TextField(String(start)) }
  }

  mutating func withdrawOffer() { offered = nil }

  /// Puts pasted text into what is offered.
  mutating func insert(_ text: String) { offered?.insert(text) }

  /// What a key comes to while text is offered.
  enum Answer: Sendable, Hashable {
    /// The text is the prompt.
    case prompt(String)
    case none
  }

  /// A key while text is offered as the prompt.
  mutating func answer(_ key: ExplorerKey) -> Answer {
    guard let field = offered else { return .none }
    switch key {
    case .escape: offered = nil
    case .enter:
      offered = nil
      let text = String(field.text.reversed().drop(while: \.isWhitespace).reversed())
      return text.isEmpty ? .none : .prompt(text)
    default: _ = offered?.edit(key)
    }
    return .none
  }

  /// What is asked about text that is offered as the prompt, on a screen of so many columns.
  func question(columns: Int) -> String? {
    guard let offered else { return nil }
    let most = max(20, columns - 10)
    let text =
      String(offered.characters.prefix(most)) + (offered.characters.count > most ? "…" : "")
    let cut =
      offered.characters.count >= TextField.limit ? " (\(TextField.limit) characters of it)" : ""
    return "Use “\(text)” as the prompt\(cut)? enter yes, esc no"
  }
}

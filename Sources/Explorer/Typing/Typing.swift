/// Letters typed where letters are commands: a sentence is offered as the prompt, and none of its letters saves, copies
/// or quits.
struct Typing: Sendable, Hashable {
  /// Letters pressed within this many milliseconds of each other count as a sentence.
  static let burstMilliseconds = 150

  /// Whether the caret is in the prompt because the explorer has just opened.
  private(set) var isAtStart = false
  /// The prompt with which the explorer opened.
  let firstPrompt: String
  /// Text that was typed or pasted where letters are commands; the next key decides whether it becomes the prompt.
  private(set) var offered: TextField?
  /// The letters that were pressed in quick succession where they are commands.
  private(set) var burst = ""
  /// The saving, copying or quitting that a letter causes if no other letter follows immediately.
  private(set) var held: [Effect] = []
  /// The state before the first letter of the burst.
  private var before: Before?
  /// The letters that were pressed one after another as commands, at any speed; the last one may have opened the prompt.
  private(set) var trail: [Step] = []
  /// The characters typed one after another into a number field.
  private var inNumber = ""

  /// The state that the letters of a sentence may change before it is recognised as one.
  struct Before: Sendable, Hashable {
    let fields: Fields
    let display: Display
    /// The number of models loaded until then.
    let loads: Int
  }

  /// A letter pressed as a command, and the state before it.
  struct Step: Sendable, Hashable {
    let letter: Character
    let before: Before
  }

  /// Whether the explorer needs to know that no key was pressed for ``burstMilliseconds``.
  var awaitsPause: Bool { !burst.isEmpty || !held.isEmpty }

  /// Records the prompt with which the explorer opens.
  init(firstPrompt: String) { self.firstPrompt = firstPrompt }

  /// Records that the explorer has just opened with the caret in the prompt.
  mutating func beginAtStart() { isAtStart = true }

  /// Records that the user has done something since the explorer opened.
  mutating func leaveStart() { isAtStart = false }

  // MARK: Letters

  /// Records the state before the first letter of a burst.
  mutating func begin(from before: Before) { if burst.isEmpty { self.before = before } }

  /// Handles a letter that was pressed where letters are commands.
  ///
  /// - Parameter mayFollow: Whether it may follow a letter that saves: a user who saves and quits wants both.
  /// - Returns: The effects of the previous letter, which were dropped because this one followed immediately.
  mutating func add(_ letter: Character, mayFollow: Bool) -> [Effect] {
    // A repeating key is not a sentence.
    let drops = letter != burst.last && !mayFollow
    burst = burst.count < 200 ? burst + String(letter) : String(letter)
    guard drops else { return [] }
    defer { held = [] }
    return held
  }

  /// Delays effects for a moment: if another letter follows immediately, the first one was the start of a sentence.
  mutating func hold(_ effects: [Effect]) { held = effects }

  /// Whether something is about to be saved.
  var holdsSave: Bool { held.contains { if case .save = $0 { true } else { false } } }

  /// Returns the effects that were held until the next key.
  mutating func release() -> [Effect] {
    defer { held = [] }
    return held
  }

  /// Records that no letter followed the pressed ones.
  mutating func endBurst() {
    burst = ""
    // While they are offered as a prompt, they may still be undone.
    if offered == nil { before = nil }
  }

  /// The letters before the focus moved to the prompt, if they may be the start of a sentence: at least two, none of
  /// them repeating.
  var wayToPrompt: String? {
    burst.count > 1 && zip(burst, burst.dropFirst()).allSatisfy(!=) ? burst : nil
  }

  /// Returns the state before the first letter of the sentence, to restore it.
  mutating func takeBefore() -> Before? {
    defer { before = nil }
    return before
  }

  // MARK: Words that lost their first letters

  /// The number of letters to remember: those of a long word's start.
  private static let longestTrail = 8

  /// The trail with another letter at its end.
  func trail(with letter: Character, from before: Before) -> [Step] {
    letter.isLetter
      ? trail.suffix(Self.longestTrail - 1) + [Step(letter: letter, before: before)] : []
  }

  /// Records the letters that led here, because the last one was a command.
  mutating func keep(_ trail: [Step]) { self.trail = trail }

  /// Forgets the letters pressed as commands.
  mutating func endTrail() { trail = [] }

  /// The letters that belong before a word which was typed after them, and the state before the first one; `nil` if the
  /// word is complete.
  func start(of word: String) -> (letters: String, before: Before)? {
    let letters = String(trail.map(\.letter))
    guard let count = Sentence.lettersMissing(from: word, after: letters),
      let first = trail.suffix(count).first
    else { return nil }
    return (String(letters.suffix(count)), first.before)
  }

  // MARK: Number fields

  /// Handles a character typed into a number field.
  ///
  /// - Returns: The characters so far, if they are likely to be a sentence.
  mutating func addInNumber(_ character: Character) -> String? {
    inNumber = inNumber.count < 200 ? inNumber + String(character) : String(character)
    return Sentence.isLikely(inNumber) ? inNumber : nil
  }

  /// Forgets the characters typed into a number field.
  mutating func endNumber() { inNumber = "" }

  // MARK: Offering

  /// Asks whether text is meant as the prompt.
  mutating func offer(_ text: String) {
    (burst, held, inNumber, trail) = ("", [], "", [])
    let start = text.drop(while: \.isWhitespace)
    if !start.isEmpty { offered = TextField(String(start)) }
  }

  mutating func withdrawOffer() { (offered, before) = (nil, nil) }

  /// Inserts pasted text into the offered text.
  mutating func insert(_ text: String) { offered?.insert(text) }

  /// The effect of a key while text is offered.
  enum Answer: Sendable, Hashable {
    /// The text becomes the prompt.
    case prompt(String)
    case none
  }

  /// Handles a key while text is offered as the prompt.
  mutating func answer(_ key: ExplorerKey) -> Answer {
    guard let field = offered else { return .none }
    switch key {
    case .escape: withdrawOffer()
    case .enter:
      offered = nil
      let text = String(field.text.reversed().drop(while: \.isWhitespace).reversed())
      return text.isEmpty ? .none : .prompt(text)
    default: _ = offered?.edit(key)
    }
    return .none
  }

  /// The question about text offered as the prompt, for a screen of this width.
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

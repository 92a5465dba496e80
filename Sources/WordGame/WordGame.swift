/// A game with noise in words. A sentence has one wrong word, then two, then most, then all. The player
/// repairs it, then watches the program repair the same sentence.
///
/// It consists only of state and events. Keys arrive through ``press(_:)``, embeddings through ``receive(_:for:)``;
/// ``request`` lists the sentences to encode, and ``scene`` says what to draw. The same seed and the same events always
/// give the same game.
package struct WordGame: Sendable, Hashable {
  /// A key that the game knows.
  package enum Key: Sendable, Hashable {
    case left, right, up, down, home, end, enter, escape, backspace
    case character(Character)
  }

  /// The sentences to encode now.
  package struct Request: Sendable, Hashable {
    /// Identifies the request in the answer. Answers to older requests are ignored.
    package let id: Int
    package let sentences: [String]
  }

  /// What the player or the program is doing.
  enum Phase: Sendable, Hashable {
    case finding
    case choosing(Choosing)
    case solved(byPlayer: Bool)
    case watching(Watching)
  }

  /// The choices for the selected place.
  struct Choosing: Sendable, Hashable {
    var index = 0
    var rejected: Set<String> = []
  }

  /// A run of the program, and the step shown; `nil` for the newest.
  struct Watching: Sendable, Hashable {
    var denoising: Denoising
    var shown: Int?

    /// The index of the step shown.
    var position: Int { min(shown ?? .max, max(0, denoising.steps.count - 1)) }
  }

  /// The message about the last key.
  enum Remark: Sendable, Hashable {
    case alreadyRight(String), doesNotBelong(String), repaired(String)
    case nothingTyped, textIsFull, sentenceWasCut
  }

  /// The maximum number of Unicode scalars in a typed text.
  private static let longestText = 400

  private(set) var puzzle: Puzzle
  /// The sentence with the player's repairs so far.
  private(set) var words: [String]
  /// Places that the player has found to be right or has repaired.
  private(set) var checked: Set<Int> = []
  /// The selected place.
  private(set) var selected = 0
  private(set) var phase = Phase.finding
  private(set) var remark: Remark?
  /// A sentence while the player types it.
  private(set) var typed: String?

  private var generator: SplitMix64
  private var upcoming: [Tale]
  private var requestID = 0

  /// A game that starts with one wrong word.
  package init(seed: UInt64) {
    generator = SplitMix64(seed: seed)
    upcoming = generator.draw(Tale.all.count, from: Tale.all)
    puzzle = Puzzle(.tale(upcoming.removeLast()), round: .oneWord, using: &generator)
    words = puzzle.noised
  }

  /// The current round.
  package var round: Round { puzzle.round }

  /// Whether characters go into the player's own sentence.
  package var isTyping: Bool { typed != nil }

  /// The program's run while it is watched.
  package var denoising: Denoising? {
    if case .watching(let watching) = phase { watching.denoising } else { nil }
  }

  /// The sentences to encode now; `nil` if there are none.
  package var request: Request? {
    denoising?.request.map { Request(id: requestID, sentences: $0) }
  }

  /// Receives the sentence embeddings of a request, in the order of its sentences; `nil` if they cannot be computed.
  package mutating func receive(_ embeddings: [[Float]]?, for id: Int) {
    guard id == requestID, case .watching(var watching) = phase, watching.denoising.request != nil
    else { return }
    watching.denoising.receive(embeddings)
    phase = .watching(watching)
    requestID += 1
  }

  /// Handles a key, and returns whether it has an effect now.
  @discardableResult
  package mutating func press(_ key: Key) -> Bool {
    if typed != nil { return pressWhileTyping(key) }
    switch (key, phase) {
    case (.character("o"), _): (typed, remark) = ("", nil)
    case (.character("r"), _): begin(.tale(nextTale()), puzzle.round)
    case (.character("w"), .finding), (.character("w"), .choosing), (.character("w"), .solved):
      watch()
    case (.character("g"), .finding), (.character("g"), .choosing): giveUp()
    case (_, .choosing(let choosing)): return press(key, choosing)
    case (.up, _): return change(to: puzzle.round.next)
    case (.down, _): return change(to: puzzle.round.previous)
    case (_, .finding): return pressWhileFinding(key)
    case (.enter, .solved): watch()
    case (_, .watching(let watching)): return press(key, watching)
    default: return false
    }
    return true
  }

  /// Inserts pasted text while the player types a sentence.
  package mutating func paste(_ text: String) {
    for character in text { type(character) }
  }

  private mutating func pressWhileFinding(_ key: Key) -> Bool {
    switch key {
    case .left: select(selected - 1)
    case .right: select(selected + 1)
    case .home: select(0)
    case .end: select(words.count - 1)
    case .enter: pick()
    default: return false
    }
    return true
  }

  private mutating func press(_ key: Key, _ choosing: Choosing) -> Bool {
    guard puzzle.places.indices.contains(selected) else { return false }
    var choosing = choosing
    let choices = puzzle.places[selected].choices
    switch key {
    case .up: choosing.index = max(0, choosing.index - 1)
    case .down: choosing.index = min(choices.count - 1, choosing.index + 1)
    case .left, .right, .escape:
      (phase, remark) = (.finding, nil)
      return key == .escape ? true : pressWhileFinding(key)
    case .enter:
      guard choices.indices.contains(choosing.index) else { return false }
      return choose(choices[choosing.index], choosing)
    default: return false
    }
    phase = .choosing(choosing)
    return true
  }

  private mutating func press(_ key: Key, _ watching: Watching) -> Bool {
    var watching = watching
    let (position, last) = (watching.position, watching.denoising.steps.count - 1)
    switch key {
    case .left where position > 0: watching.shown = position - 1
    case .home where position > 0: watching.shown = 0
    case .left, .home: break
    case .right: watching.shown = position + 1 < last ? position + 1 : nil
    case .end: watching.shown = nil
    case .enter:
      goOn()
      return true
    default: return false
    }
    phase = .watching(watching)
    return true
  }

  private mutating func select(_ place: Int) {
    selected = max(0, min(words.count - 1, place))
    remark = nil
  }

  /// Marks the selected word as wrong.
  private mutating func pick() {
    guard words.indices.contains(selected) else { return }
    guard words[selected] != puzzle.places[selected].original else {
      checked.insert(selected)
      remark = .alreadyRight(words[selected])
      return
    }
    (phase, remark) = (.choosing(Choosing()), nil)
  }

  private mutating func choose(_ word: String, _ choosing: Choosing) -> Bool {
    guard word == puzzle.places[selected].original else {
      var choosing = choosing
      choosing.rejected.insert(word)
      (phase, remark) = (.choosing(choosing), .doesNotBelong(word))
      return true
    }
    words[selected] = word
    checked.insert(selected)
    remark = .repaired(word)
    phase = words == puzzle.original ? .solved(byPlayer: true) : .finding
    return true
  }

  private mutating func giveUp() {
    words = puzzle.original
    (phase, remark) = (.solved(byPlayer: false), nil)
  }

  private mutating func watch() {
    requestID += 1
    remark = nil
    phase = .watching(Watching(denoising: Denoising(puzzle, using: &generator)))
  }

  /// Goes to the next round, or after the last one to another sentence.
  private mutating func goOn() {
    let origin = puzzle.tale == nil ? puzzle.origin : .tale(nextTale())
    begin(origin, puzzle.round.next ?? puzzle.round)
  }

  private mutating func change(to round: Round?) -> Bool {
    if let round { begin(puzzle.origin, round) }
    return true
  }

  private mutating func begin(_ origin: Puzzle.Origin, _ round: Round) {
    puzzle = Puzzle(origin, round: round, using: &generator)
    words = puzzle.noised
    (checked, selected, phase, remark) = ([], 0, .finding, nil)
  }

  /// Tales come in random order; none repeats before all have been used.
  private mutating func nextTale() -> Tale {
    if upcoming.isEmpty { upcoming = generator.draw(Tale.all.count, from: Tale.all) }
    return upcoming.removeLast()
  }
}

/// The player's own sentences.
extension WordGame {
  private mutating func pressWhileTyping(_ key: Key) -> Bool {
    switch key {
    case .character(let character): type(character)
    case .backspace:
      if typed?.isEmpty == false { typed?.removeLast() }
      remark = nil
    case .enter: finishTyping()
    case .escape: (typed, remark) = (nil, nil)
    default: return false
    }
    return true
  }

  private mutating func type(_ character: Character) {
    guard let text = typed else { return }
    let character = Sentence.isPrintable(character) ? character : " "
    guard text.unicodeScalars.count + character.unicodeScalars.count <= Self.longestText else {
      remark = .textIsFull
      return
    }
    typed = text + String(character)
    remark = nil
  }

  private mutating func finishTyping() {
    let (words, isCut) = Sentence.words(of: typed ?? "")
    guard !words.isEmpty else {
      remark = .nothingTyped
      return
    }
    typed = nil
    begin(.typed(words), puzzle.round)
    if isCut { remark = .sentenceWasCut }
  }
}

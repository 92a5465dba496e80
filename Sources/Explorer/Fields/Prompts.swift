/// The editable texts: the prompt, the negative prompt, and the prompts that were run before.
struct Prompts: Sendable, Hashable {
  private(set) var prompt: TextField
  private(set) var negative: TextField
  /// The prompts that were run.
  private(set) var history: PromptHistory
  private var measures: [Focus: Measure] = [:]

  /// What the text encoder reads of a text.
  struct Measure: Sendable, Hashable {
    let tokens: Int
    /// The index of the first character that the model does not read.
    let ignoredFrom: Int?
  }

  init(prompt: String, negative: String, history: [String]) {
    (self.prompt, self.negative) = (TextField(prompt), TextField(negative))
    self.history = PromptHistory(history)
  }

  /// The text in a field.
  func text(_ focus: Focus) -> TextField { focus == .negative ? negative : prompt }

  // MARK: Editing

  /// Handles a key in the text of a field.
  ///
  /// - Returns: Whether the key changed the text; `nil` if the key has no meaning in this field.
  mutating func edit(_ key: ExplorerKey, in focus: Focus) -> Bool? {
    var isTaken = false
    let isChanged = change(focus) { isTaken = $0.edit(key) }
    return isTaken ? isChanged : nil
  }

  /// Inserts text into a field.
  ///
  /// - Returns: Whether all of it fitted, and whether it changed the text.
  mutating func insert(_ text: String, into focus: Focus) -> (fits: Bool, isChanged: Bool) {
    var fits = true
    let isChanged = change(focus) { fits = $0.insert(text) }
    return (fits, isChanged)
  }

  private mutating func change(_ focus: Focus, _ body: (inout TextField) -> Void) -> Bool {
    let before = text(focus).text
    with(focus, body)
    let isChanged = text(focus).text != before
    if isChanged, focus == .prompt { history.endRecall() }
    return isChanged
  }

  private mutating func with(_ focus: Focus, _ body: (inout TextField) -> Void) {
    if focus == .negative { body(&negative) } else { body(&prompt) }
  }

  /// Moves the caret before a character of a field; with `selecting`, extends the selection to it.
  mutating func placeCaret(at place: Int, in focus: Focus, selecting: Bool) {
    with(focus) { $0.move(to: place, selecting: selecting) }
  }

  mutating func selectAll(of focus: Focus) { with(focus) { $0.selectAll() } }

  mutating func deselect() {
    prompt.deselect()
    negative.deselect()
  }

  mutating func replacePrompt(with text: String) { prompt.replace(with: text) }
  mutating func replaceNegative(with text: String) { negative.replace(with: text) }

  // MARK: Earlier prompts

  /// Goes through earlier prompts.
  ///
  /// - Returns: Whether the prompt changed.
  mutating func recall(_ by: Int) -> Bool {
    guard let text = history.recall(by, shown: prompt.text) else { return false }
    prompt.replace(with: text)
    return true
  }

  /// Records that the user has stopped going through earlier prompts.
  mutating func endRecall() { history.endRecall() }

  /// Adds the prompt to the history.
  ///
  /// - Returns: Whether it differs from the last one.
  mutating func remember() -> Bool { history.add(prompt.text) }

  /// Adopts the history of another state.
  mutating func keepHistory(of other: Prompts) { history = other.history }

  // MARK: Tokens

  /// Records what the text encoder reads of a text.
  mutating func take(_ measure: Measure, of text: String) {
    if text == prompt.text { measures[.prompt] = measure }
    if text == negative.text { measures[.negative] = measure }
  }

  /// How much of a field's text the text encoder reads; `nil` if unknown.
  func measure(of focus: Focus) -> Measure? { measures[focus] }
}

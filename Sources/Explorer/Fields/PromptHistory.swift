/// The prompts that were run, and the current position among them.
struct PromptHistory: Sendable, Hashable {
  /// The newest last.
  private(set) var prompts: [String]
  /// The shown prompt, and the text typed before it.
  private var recalled: Recalled?

  private struct Recalled: Sendable, Hashable {
    var index: Int
    let typed: String
  }

  init(_ prompts: [String]) { self.prompts = prompts }

  /// Adds a prompt; a prompt that is already listed moves to the end.
  ///
  /// - Returns: Whether the history changed.
  mutating func add(_ prompt: String) -> Bool {
    guard !prompt.allSatisfy(\.isWhitespace), prompts.last != prompt else { return false }
    prompts.removeAll { $0 == prompt }
    prompts.append(prompt)
    recalled = nil
    return true
  }

  /// The prompt this many places from the shown one; the typed text comes after the newest prompt.
  ///
  /// - Parameters:
  ///   - by: -1 for the previous prompt, 1 for the next one.
  ///   - shown: The text in the field.
  /// - Returns: `nil` at the ends.
  mutating func recall(_ by: Int, shown: String) -> String? {
    // The newest prompt is already shown, unless something else was typed.
    let newest = prompts.last == shown ? prompts.count - 1 : prompts.count
    let start = recalled ?? Recalled(index: newest, typed: shown)
    let index = start.index + by
    guard (0...prompts.count).contains(index) else { return nil }
    recalled = Recalled(index: index, typed: start.typed)
    return index == prompts.count ? start.typed : prompts[index]
  }

  /// Records that the field now shows something else.
  mutating func endRecall() { recalled = nil }
}

/// The prompts that were run, and the place among them that the prompt's field shows.
struct PromptHistory: Sendable, Hashable {
  /// The newest last.
  private(set) var prompts: [String]
  /// The prompt that is shown, and what was typed before.
  private var recalled: Recalled?

  private struct Recalled: Sendable, Hashable {
    var index: Int
    let typed: String
  }

  init(_ prompts: [String]) { self.prompts = prompts }

  /// Adds a prompt; one that was there moves to the end.
  ///
  /// - Returns: Whether the history changed.
  mutating func add(_ prompt: String) -> Bool {
    guard !prompt.allSatisfy(\.isWhitespace), prompts.last != prompt else { return false }
    prompts.removeAll { $0 == prompt }
    prompts.append(prompt)
    recalled = nil
    return true
  }

  /// The prompt so many places on from the one shown; beyond the newest is what was typed.
  ///
  /// - Parameters:
  ///   - by: -1 for the one before, 1 for the one after.
  ///   - shown: What the field shows.
  /// - Returns: `nil` at the ends.
  mutating func recall(_ by: Int, shown: String) -> String? {
    // The newest is what stands there already, as long as nothing else was typed.
    let newest = prompts.last == shown ? prompts.count - 1 : prompts.count
    let start = recalled ?? Recalled(index: newest, typed: shown)
    let index = start.index + by
    guard (0...prompts.count).contains(index) else { return nil }
    recalled = Recalled(index: index, typed: start.typed)
    return index == prompts.count ? start.typed : prompts[index]
  }

  /// The field shows something else now.
  mutating func endRecall() { recalled = nil }
}

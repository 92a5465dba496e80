/// A prompt that the model is known to paint, as a suggestion.
public struct Idea: Sendable, Hashable {
  /// The prompt.
  public var prompt: String
  /// The kind of thing it is: "animals", "food".
  public var kind: String

  /// A prompt of a kind.
  public init(prompt: String, kind: String) { (self.prompt, self.kind) = (prompt, kind) }
}

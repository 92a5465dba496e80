import Pictures

/// A prompt that the model is known to paint, as a suggestion.
public struct Idea: Sendable, Hashable {
  /// The prompt.
  public var prompt: String
  /// The kind of thing it is: "animals", "food".
  public var kind: String

  /// A prompt of a kind.
  public init(prompt: String, kind: String) { (self.prompt, self.kind) = (prompt, kind) }
}

/// A training picture of the thing that an idea names.
public struct IdeaPicture: Sendable, Hashable {
  /// The picture's name in the training set.
  public var name: String
  /// The picture.
  public var picture: Picture

  /// A training picture with its name.
  public init(name: String, picture: Picture) { (self.name, self.picture) = (name, picture) }
}

/// A token of a prompt.
struct PlacedToken: Sendable, Hashable {
  /// Its index among the tokens of the embedding.
  let index: Int
  /// Where it stands in the prompt.
  let range: Range<String.Index>
}

/// Encodes prompts as conditions for a network.
protocol PromptEncoder: Sendable {
  /// Tokens that are encoded at once, including the two that mark the ends.
  var tokenLimit: Int { get }

  /// The number of tokens of a prompt, including the two that mark its ends.
  func tokenCount(_ prompt: String) -> Int

  /// Where the part of a prompt begins that is cut off; `nil` when none is.
  func ignoredTail(of prompt: String) -> String.Index?

  /// The tokens of a prompt, each with its index among ``PromptEmbedding/tokens`` and its place in the prompt, without
  /// ends and padding.
  func placedTokens(of prompt: String) -> [PlacedToken]

  /// The embedding of a prompt.
  ///
  /// - Parameters:
  ///   - prompt: The text.
  ///   - isNegative: Whether guidance steers away from it; some models have nothing at all for an empty one.
  /// - Throws: `CheckpointError` when the encoder's weights cannot be read.
  func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding

  /// Gives the memory of large weights back until the next prompt.
  func rest() async
}

extension PromptEncoder {
  /// Small encoders stay as they are.
  func rest() async {}
}

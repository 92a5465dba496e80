/// A token of a prompt.
package struct PlacedToken: Sendable, Hashable {
  /// Its index among the tokens of the embedding.
  package let index: Int
  /// Its range in the prompt.
  package let range: Range<String.Index>
}

/// Encodes prompts as conditions for a network.
protocol PromptEncoder: Sendable {
  /// The number of tokens that are encoded at once, including the two that mark the ends.
  var tokenLimit: Int { get }

  /// The number of tokens of a prompt, including the two that mark its ends.
  func tokenCount(_ prompt: String) -> Int

  /// Where the cut-off part of a prompt begins; `nil` if nothing is cut off.
  func ignoredTail(of prompt: String) -> String.Index?

  /// The tokens of a prompt, each with its index in ``PromptEmbedding/tokens`` and its range in the prompt, without end
  /// tokens and padding.
  func placedTokens(of prompt: String) -> [PlacedToken]

  /// The embedding of a prompt.
  ///
  /// - Parameters:
  ///   - prompt: The text.
  ///   - isNegative: Whether guidance steers away from it; some models use zeros for an empty negative prompt.
  /// - Throws: `CheckpointError` when the encoder's weights cannot be read.
  func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding

  /// Releases the memory of large weights until the next prompt.
  func rest() async
}

extension PromptEncoder {
  /// Small encoders stay in memory.
  func rest() async {}
}

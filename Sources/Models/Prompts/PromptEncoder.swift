/// A token of a prompt.
struct PlacedToken: Sendable, Hashable {
  /// Its number among the tokens that the network is shown.
  let index: Int
  /// Where it stands in the prompt.
  let range: Range<String.Index>
}

/// What turns a prompt into what steers a network.
protocol PromptEncoder: Sendable {
  /// Tokens that are read at once, the two that mark a text's ends among them.
  var tokenLimit: Int { get }

  /// The tokens a prompt comes to, the two that mark its ends among them.
  func tokenCount(_ prompt: String) -> Int

  /// Where the part of a prompt begins that the network will not see; `nil` when it sees all.
  func ignoredTail(of prompt: String) -> String.Index?

  /// The tokens that the network is shown, each with its number among ``PromptEmbedding/tokens`` and its place in the
  /// prompt; those that mark ends and fill up are left out.
  func placedTokens(of prompt: String) -> [PlacedToken]

  /// A prompt's place in the text encoder's space.
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

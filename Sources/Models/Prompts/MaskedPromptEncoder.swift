import Foundation

/// Prompts for networks with a learned token that replaces padding: an empty negative prompt consists only of that
/// token, so the text encoder is not called.
struct MaskedPromptEncoder: PromptEncoder {
  /// Encodes all other prompts.
  let encoder: any PromptEncoder
  /// Channels of a token's state.
  let width: Int

  var tokenLimit: Int { encoder.tokenLimit }

  func tokenCount(_ prompt: String) -> Int { encoder.tokenCount(prompt) }

  func ignoredTail(of prompt: String) -> String.Index? { encoder.ignoredTail(of: prompt) }

  func placedTokens(of prompt: String) -> [PlacedToken] { encoder.placedTokens(of: prompt) }

  func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding {
    guard isNegative, prompt.allSatisfy(\.isWhitespace) else {
      return try await encoder.encode(prompt, isNegative: isNegative)
    }
    return PromptEmbedding(
      prompt: prompt, tokens: Array(repeating: 0, count: tokenLimit),
      mask: Array(repeating: 0, count: tokenLimit),
      states: Array(repeating: 0, count: tokenLimit * width), pooled: [],
      tokenCount: encoder.tokenCount(prompt))
  }

  func rest() async { await encoder.rest() }
}

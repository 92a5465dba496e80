import Checkpoints
import Foundation

/// Prompts for this project's own models: BERT's token states, and their mean as the sentence's own vector.
struct SentencePromptEncoder: PromptEncoder {
  let tokenizer: WordPieceTokenizer
  let encoder: BERTEncoder
  let tokenLimit: Int

  func tokenCount(_ prompt: String) -> Int { tokenizer.encode(prompt, limit: tokenLimit).count }

  func ignoredTail(of prompt: String) -> String.Index? {
    tokenizer.ignoredTail(of: prompt, limit: tokenLimit)
  }

  func placedTokens(of prompt: String) -> [PlacedToken] {
    tokenizer.tokens(of: prompt).prefix(tokenLimit - 2).enumerated().map {
      PlacedToken(index: $0.offset + 1, range: $0.element.range)
    }
  }

  func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding {
    let encoding = tokenizer.encode(prompt, limit: tokenLimit)
    let mask = encoding.mask.map { $0 ? Float(1) : 0 }
    let states = try await encoder.states(encoding.ids, mask: mask)
    return PromptEmbedding(
      prompt: prompt, tokens: encoding.ids, mask: mask, states: states,
      pooled: PromptEmbedding.pool(states, mask: mask), tokenCount: encoding.count)
  }
}

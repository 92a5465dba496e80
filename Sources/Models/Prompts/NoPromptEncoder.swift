/// Prompts for models that take none: they are ignored.
struct NoPromptEncoder: PromptEncoder {
  var tokenLimit: Int { 0 }

  func tokenCount(_ prompt: String) -> Int { 0 }

  func ignoredTail(of prompt: String) -> String.Index? {
    prompt.isEmpty ? nil : prompt.startIndex
  }

  func placedTokens(of prompt: String) -> [PlacedToken] { [] }

  func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding {
    PromptEmbedding(prompt: prompt, tokens: [], mask: [], states: [], pooled: [], tokenCount: 0)
  }
}

import Checkpoints

/// Prompts for Stable Diffusion: CLIP's token states, in chunks of 75 tokens where there are more, with the weights that
/// AUTOMATIC1111's marks give.
struct CLIPPromptEncoder: PromptEncoder {
  let tokenizer: CLIPTokenizer
  let encoder: CLIPTextEncoder

  var tokenLimit: Int { encoder.configuration.maxPositions }

  func tokenCount(_ prompt: String) -> Int {
    tokenizer.chunks(of: prompt, length: tokenLimit - 2).reduce(2) { $0 + $1.tokens.count }
  }

  /// A long prompt goes on in another chunk.
  func ignoredTail(of prompt: String) -> String.Index? { nil }

  func encode(_ prompt: String) async throws -> PromptEmbedding {
    let chunks = tokenizer.chunks(of: prompt, length: tokenLimit - 2)
    var (states, pooled): ([Float], [Float]) = ([], [])
    for chunk in chunks {
      let output = try await encoder.encode([chunk.ids])
      states += Self.weighted(output.states, by: chunk.weights)
      if pooled.isEmpty { pooled = output.pooled }
    }
    let ids = chunks.flatMap(\.ids)
    return PromptEmbedding(
      prompt: prompt, tokens: ids, mask: Array(repeating: 1, count: ids.count), states: states,
      pooled: pooled, tokenCount: tokenCount(prompt))
  }

  /// States multiplied by their tokens' weights, and brought back to the mean they had, as AUTOMATIC1111 does it.
  private static func weighted(_ states: [Float], by weights: [Float]) -> [Float] {
    guard weights.contains(where: { $0 != 1 }) else { return states }
    let width = states.count / weights.count
    let changed = states.indices.map { states[$0] * weights[$0 / width] }
    let before = states.reduce(0.0) { $0 + Double($1) }
    let after = changed.reduce(0.0) { $0 + Double($1) }
    // Means near zero say nothing of the size.
    guard abs(after) > 1e-6 * Double(states.count) else { return changed }
    return changed.map { $0 * Float(before / after) }
  }
}

import Checkpoints

/// Prompts for Stable Diffusion: CLIP's token states, in chunks of 75 tokens if there are more, with the weights of
/// AUTOMATIC1111's syntax; SDXL has two encoders, whose states are concatenated.
struct CLIPPromptEncoder: PromptEncoder {
  /// A text encoder and its tokenizer.
  struct Encoder: Sendable {
    let tokenizer: CLIPTokenizer
    let network: any CLIPTextNetwork
  }

  /// One, or SDXL's two.
  let encoders: [Encoder]
  /// Whether an empty negative prompt is zeros (diffusers' `force_zeros_for_empty_prompt`).
  let hasNothingForEmpty: Bool
  /// The layer to use, counted from the end as in AUTOMATIC1111: 1 for the last one; `nil` for the model's own.
  let clipSkip: Int?

  /// The first encoder; both of SDXL's encoders read the same tokens except for padding.
  private var first: Encoder { encoders[0] }

  /// Whether there are two encoders, as in SDXL.
  var isPair: Bool { encoders.count > 1 }

  var tokenLimit: Int { first.network.configuration.maxPositions }

  func tokenCount(_ prompt: String) -> Int {
    first.tokenizer.chunks(of: prompt, length: tokenLimit - 2).reduce(2) { $0 + $1.tokens.count }
  }

  /// A long prompt continues in another chunk.
  func ignoredTail(of prompt: String) -> String.Index? { nil }

  func placedTokens(of prompt: String) -> [PlacedToken] {
    first.tokenizer.chunks(of: prompt, length: tokenLimit - 2).enumerated().flatMap {
      number, chunk in
      chunk.tokens.enumerated().map {
        PlacedToken(index: number * tokenLimit + $0.offset + 1, range: $0.element.range)
      }
    }
  }

  func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding {
    var parts: [(states: [Float], width: Int)] = []
    var (ids, pooled): ([Int32], [Float]) = ([], [])
    // SDXL uses the states of the second-to-last layer without normalisation (Podell et al. 2023, section 2.1).
    let skipped = (clipSkip ?? (isPair ? 2 : 1)) - 1
    for encoder in encoders {
      var states: [Float] = []
      // The last encoder's vector of the first chunk represents the whole prompt.
      pooled = []
      let chunks = encoder.tokenizer.chunks(of: prompt, length: tokenLimit - 2)
      let own = chunks.flatMap(\.ids)
      if ids.isEmpty { ids = own }
      guard own.count == ids.count else {
        throw CheckpointError(
          .mismatched, file: "tokenizer_2",
          expected: "\(ids.count) tokens, as with the first tokenizer",
          found: "\(own.count)",
          advice: "Copy the tokenizers' folders again from the model's source")
      }
      for chunk in chunks {
        let output = try await encoder.network.encode(
          [chunk.ids], skipped: skipped, normalised: !isPair)
        states += Self.weighted(output.states, by: chunk.weights)
        if pooled.isEmpty { pooled = output.pooled }
      }
      parts.append((states, encoder.network.configuration.hiddenSize))
    }
    var states = parts[0].states
    if isPair {
      states = ids.indices.flatMap { token in
        parts.flatMap { $0.states[(token * $0.width)..<((token + 1) * $0.width)] }
      }
    }
    if isNegative, hasNothingForEmpty, prompt.isEmpty {
      states = Array(repeating: 0, count: states.count)
      pooled = Array(repeating: 0, count: pooled.count)
    }
    return PromptEmbedding(
      prompt: prompt, tokens: ids, mask: Array(repeating: 1, count: ids.count), states: states,
      pooled: pooled, tokenCount: tokenCount(prompt))
  }

  func rest() async {
    for encoder in encoders { await encoder.network.rest() }
  }

  /// States multiplied by their tokens' weights and rescaled to the mean they had before, as in AUTOMATIC1111.
  private static func weighted(_ states: [Float], by weights: [Float]) -> [Float] {
    guard weights.contains(where: { $0 != 1 }) else { return states }
    let width = states.count / weights.count
    let changed = states.indices.map { states[$0] * weights[$0 / width] }
    let before = states.reduce(0.0) { $0 + Double($1) }
    let after = changed.reduce(0.0) { $0 + Double($1) }
    // A mean near zero says nothing about the size of the values.
    guard abs(after) > 1e-6 * Double(states.count) else { return changed }
    return changed.map { $0 * Float(before / after) }
  }
}

import Diffusion
import Pictures

/// What looking into a run takes besides making one.
extension Pipeline {
  /// Where on a sample each token of a prompt is looked for, found in one evaluation under that prompt alone.
  ///
  /// Evaluations without maps are not touched: those with maps are a program of their own, made when the first is asked
  /// for, over the same weights.
  ///
  /// - Parameters:
  ///   - sample: One sample of a run, `(1, H, W, C)`, such as a step's.
  ///   - timestep: The step's time.
  ///   - condition: The prompt, as ``encode(_:)`` gives it.
  /// - Throws: `CheckpointError` when the weights cannot be read; `CancellationError` in the middle of the evaluation.
  public func attentionMaps(
    sample: Latent, timestep: Float, condition: PromptEmbedding
  ) async throws -> AttentionMaps {
    precondition(sample.shape.n == 1, "maps of one sample")
    return try await denoiser.attentionMaps(sample, timestep: timestep, condition: condition)
  }

  /// The clean sample `(1, H, W, C)` that a picture of the model's own size is: its pixels, or what the autoencoder makes
  /// of them.
  ///
  /// - Throws: `CheckpointError` when the encoder is missing or its weights cannot be read; `CancellationError`.
  public func sample(of picture: Picture) async throws -> Latent {
    try await space.sample(of: picture)
  }
}

extension PromptEmbedding {
  /// A share of the way from one prompt's place to another's, along a line: of the token states one by one, the shorter
  /// prompt's last one standing for those that it lacks, and of the sentence's vector, whose length is kept.
  ///
  /// - Parameter share: 0 is this prompt, 1 the other one.
  public func mixed(with other: PromptEmbedding, share: Float) -> PromptEmbedding {
    guard share > 0 else { return self }
    guard share < 1 else { return other }
    let width = states.count / max(1, tokens.count)
    guard width > 0, other.states.count / max(1, other.tokens.count) == width else { return self }
    let count = max(mask.count, other.mask.count)
    let (own, theirs) = (counted, other.counted)
    var mixed = [Float](repeating: 0, count: count * width)
    for token in 0..<max(own, theirs) {
      let (a, b) = (min(token, own - 1) * width, min(token, theirs - 1) * width)
      for channel in 0..<width {
        mixed[token * width + channel] =
          (1 - share) * states[a + channel] + share * other.states[b + channel]
      }
    }
    return PromptEmbedding(
      prompt: prompt, tokens: mask.count >= other.mask.count ? tokens : other.tokens,
      mask: (0..<count).map { $0 < max(own, theirs) ? 1 : 0 }, states: mixed,
      pooled: Self.mixed(pooled, other.pooled, share),
      tokenCount: max(tokenCount, other.tokenCount))
  }

  /// A vector between two, as long as they are.
  private static func mixed(_ one: [Float], _ other: [Float], _ share: Float) -> [Float] {
    let mixed = zip(one, other).map { (1 - share) * $0 + share * $1 }
    func length(_ vector: [Float]) -> Float {
      vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let wanted = (1 - share) * length(one) + share * length(other)
    let own = length(mixed)
    return own > 0 ? mixed.map { $0 * wanted / own } : mixed
  }

  /// Tokens that count; they come first.
  private var counted: Int { max(1, mask.count { $0 > 0 }) }
}

import Diffusion
import Pictures

/// Computations for the explorer's views, besides runs.
extension Pipeline {
  /// The attention maps of a prompt's tokens on a sample, from one evaluation with only that prompt.
  ///
  /// Evaluations with maps use a separate program over the same weights, compiled at the first call; evaluations
  /// without maps are not affected.
  ///
  /// - Parameters:
  ///   - sample: One sample of a run, `(1, H, W, C)`, such as a step's.
  ///   - timestep: The step's time.
  ///   - condition: The prompt, as returned by ``encode(_:)``.
  /// - Throws: ``NoAttentionMapsError`` when the network has none; `CheckpointError` when the weights cannot be read;
  ///   `CancellationError` in the middle of the evaluation.
  public func attentionMaps(
    sample: Latent, timestep: Float, condition: PromptEmbedding
  ) async throws -> AttentionMaps {
    precondition(sample.shape.n == 1, "maps of one sample")
    guard let network = denoiser.network as? any AttendingNetwork else {
      throw NoAttentionMapsError(model: name, place: place)
    }
    return try await network.attentionMaps(sample, timestep: timestep, condition: condition)
  }

  /// The clean sample `(1, H, W, C)` of a picture of the model's own size: its pixels, or its latents.
  ///
  /// - Throws: `CheckpointError` when the encoder is missing or its weights cannot be read; `CancellationError`.
  public func sample(of picture: Picture) async throws -> Latent {
    try await space.sample(of: picture)
  }
}

/// A model whose network provides no attention maps.
public struct NoAttentionMapsError: Error, CustomStringConvertible, Sendable {
  /// The model's name.
  public let model: String
  /// The parts of it that are on a server, and which server; `nil` if all are here.
  public let place: String?

  /// A sentence for people.
  public var description: String {
    if let place {
      return "this view needs a local network (\(place)): run without --remote to see it"
    }
    return
      "the network of \(model) has no attention maps, so it is unknown which parts of the picture a word affects"
  }
}

extension PromptEmbedding {
  /// Linear interpolation between two prompts: between their token states one by one, with the shorter prompt's last
  /// state repeated, and between the sentence vectors, keeping their length.
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

  /// A vector between two vectors, with their length.
  private static func mixed(_ one: [Float], _ other: [Float], _ share: Float) -> [Float] {
    let mixed = zip(one, other).map { (1 - share) * $0 + share * $1 }
    func length(_ vector: [Float]) -> Float {
      vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    }
    let wanted = (1 - share) * length(one) + share * length(other)
    let own = length(mixed)
    return own > 0 ? mixed.map { $0 * wanted / own } : mixed
  }

  /// The number of tokens without padding; they come first.
  private var counted: Int { max(1, mask.count { $0 > 0 }) }
}

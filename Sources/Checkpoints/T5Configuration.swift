#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of T5's text encoder (Raffel et al. 2020), from the `config.json` of transformers' `T5EncoderModel` or
/// `T5ForConditionalGeneration`. T5 v1.1, FLAN-T5 and mT5 differ from the original T5 in their feed-forward layers.
///
/// Missing keys get the defaults of transformers' `T5Config`.
public struct T5Configuration: Sendable, Hashable {
  /// The kind of a feed-forward layer.
  public enum FeedForward: String, Sendable, Hashable, CaseIterable {
    /// Two linear layers with `max(x, 0)` between them, as in the original T5.
    case relu
    /// Two linear layers, the first one with a GELU gate (Shazeer 2020), as in T5 v1.1.
    case gatedGELU = "gated-gelu"
  }

  /// The number of token embeddings, often more than the tokenizer has tokens.
  public let vocabularySize: Int
  /// Channels of a token's state.
  public let hiddenSize: Int
  /// Channels of an attention head. All heads together may have more or fewer channels than a state.
  public let headSize: Int
  /// Channels within the feed-forward layers.
  public let intermediateSize: Int
  /// Transformer layers of the encoder.
  public let layers: Int
  /// Attention heads of each layer.
  public let attentionHeads: Int
  /// The number of groups of distances between tokens, each with its own attention bias.
  public let distanceBuckets: Int
  /// Distances from this one on share one group.
  public let maxDistance: Int
  /// The kind of the feed-forward layers.
  public let feedForward: FeedForward
  /// Added to the mean square in the normalisations.
  public let layerNormEpsilon: Float

  /// Reads a `config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or needs something that this program cannot
  ///   run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(T5Configuration.self, from: url)
  }

  /// Reads the text of a `config.json`; `name` is its name in messages.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(T5Configuration.self, from: json, name: name)
  }
}

extension T5Configuration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case vocabularySize = "vocab_size"
    case hiddenSize = "d_model"
    case headSize = "d_kv"
    case intermediateSize = "d_ff"
    case layers = "num_layers"
    case attentionHeads = "num_heads"
    case distanceBuckets = "relative_attention_num_buckets"
    case maxDistance = "relative_attention_max_distance"
    case feedForward = "feed_forward_proj"
    case layerNormEpsilon = "layer_norm_epsilon"
    case isDecoder = "is_decoder"
  }

  /// Decodes and checks; see ``init(contentsOf:)``.
  public init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    try values.require(.modelType, "t5", or: "mt5")
    try values.requireFalse(.isDecoder)
    vocabularySize = try values.count(.vocabularySize, default: 32_128, in: 1...1_000_000)
    hiddenSize = try values.count(.hiddenSize, default: 512, in: 1...16_384)
    headSize = try values.count(.headSize, default: 64, in: 2...512)
    intermediateSize = try values.count(.intermediateSize, default: 2048, in: 1...131_072)
    layers = try values.count(.layers, default: 6, in: 1...128)
    attentionHeads = try values.count(.attentionHeads, default: 8, in: 1...1024)
    distanceBuckets = try values.count(.distanceBuckets, default: 32, in: 4...4096)
    maxDistance = try values.count(.maxDistance, default: 128, in: 2...1_000_000)
    let name = try values.value(.feedForward, default: "relu")
    guard let known = FeedForward(rawValue: name) else {
      throw ConfigurationProblem.unsupported(
        "feed_forward_proj", supported: "\"gated-gelu\" or \"relu\"",
        found: CheckpointError.quoted(name))
    }
    feedForward = known
    layerNormEpsilon = try values.number(.layerNormEpsilon, default: 1e-6, in: 0...1)
    guard headSize.isMultiple(of: 2) else {
      throw ConfigurationProblem.unsupported(
        "d_kv", supported: "heads of an even size", found: "\(headSize)")
    }
    // In each direction, half of the groups are for a single distance each.
    guard maxDistance > distanceBuckets / 4 else {
      throw ConfigurationProblem.wrong(
        "relative_attention_max_distance", expected: "more than \(distanceBuckets / 4)",
        found: "\(maxDistance)")
    }
  }
}

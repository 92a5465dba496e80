#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of a BERT text encoder, from the `config.json` of transformers' `BertModel`.
///
/// Missing keys get the defaults of transformers' `BertConfig`.
public struct TextEncoderConfiguration: Sendable, Hashable {
  /// Tokens in the vocabulary.
  public let vocabularySize: Int
  /// Channels of a token's state.
  public let hiddenSize: Int
  /// Transformer layers.
  public let layers: Int
  /// Attention heads of each layer.
  public let attentionHeads: Int
  /// Channels between the two linear layers of the feed-forward part.
  public let intermediateSize: Int
  /// The maximum number of token positions.
  public let maxPositions: Int
  /// The number of segment types.
  public let tokenTypes: Int
  /// Added to the variance in the layer normalisations.
  public let layerNormEpsilon: Float

  /// Reads a `config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or needs something that
  ///   this program cannot run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(TextEncoderConfiguration.self, from: url)
  }

  /// Reads the text of a `config.json`; `name` is its name in messages.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(TextEncoderConfiguration.self, from: json, name: name)
  }
}

extension TextEncoderConfiguration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case vocabularySize = "vocab_size"
    case hiddenSize = "hidden_size"
    case layers = "num_hidden_layers"
    case attentionHeads = "num_attention_heads"
    case intermediateSize = "intermediate_size"
    case hiddenActivation = "hidden_act"
    case maxPositions = "max_position_embeddings"
    case tokenTypes = "type_vocab_size"
    case layerNormEpsilon = "layer_norm_eps"
    case positionType = "position_embedding_type"
    case isDecoder = "is_decoder"
    case crossAttention = "add_cross_attention"
  }

  /// Decodes and checks; see ``init(contentsOf:)``.
  public init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    try values.require(.modelType, "bert")
    try values.require(.hiddenActivation, "gelu")
    try values.require(.positionType, "absolute")
    try values.requireFalse(.isDecoder)
    try values.requireFalse(.crossAttention)
    vocabularySize = try values.count(.vocabularySize, default: 30_522, in: 1...1_000_000)
    hiddenSize = try values.count(.hiddenSize, default: 768, in: 1...16_384)
    layers = try values.count(.layers, default: 12, in: 1...128)
    attentionHeads = try values.count(.attentionHeads, default: 12, in: 1...1024)
    intermediateSize = try values.count(.intermediateSize, default: 3072, in: 1...65_536)
    maxPositions = try values.count(.maxPositions, default: 512, in: 1...65_536)
    tokenTypes = try values.count(.tokenTypes, default: 2, in: 1...64)
    layerNormEpsilon = try values.number(.layerNormEpsilon, default: 1e-12, in: 0...1)
    guard hiddenSize.isMultiple(of: attentionHeads) else {
      throw ConfigurationProblem.wrong(
        "num_attention_heads", expected: "a divisor of hidden_size, which is \(hiddenSize)",
        found: "\(attentionHeads)")
    }
  }
}

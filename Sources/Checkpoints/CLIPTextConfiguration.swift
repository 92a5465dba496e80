#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of a CLIP text encoder (Radford et al. 2021), from the `config.json` of transformers'
/// `CLIPTextModel` or `CLIPTextModelWithProjection`.
///
/// Missing keys have the defaults of transformers' `CLIPTextConfig`.
public struct CLIPTextConfiguration: Sendable, Hashable {
  /// The function between the two linear layers of the feed-forward part.
  public enum Activation: String, Sendable, Hashable {
    /// `x * sigmoid(1.702 x)`, of OpenAI's models.
    case quickGELU = "quick_gelu"
    /// The exact one, of OpenCLIP's models.
    case gelu
  }

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
  /// The most tokens that have a position.
  public let maxPositions: Int
  /// The function between those layers.
  public let activation: Activation
  /// Added to the variance in the layer normalisations.
  public let layerNormEpsilon: Float
  /// Numbers of the text's own vector, which is projected from the state of the end token, or
  /// `nil` where the encoder has no projection.
  public let projectionDim: Int?

  /// Reads a `config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or asks for something
  ///   this program cannot run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(CLIPTextConfiguration.self, from: url)
  }

  /// Reads the text of a `config.json`; `name` is what messages call it.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(CLIPTextConfiguration.self, from: json, name: name)
  }

  init(
    vocabularySize: Int, hiddenSize: Int, layers: Int, intermediateSize: Int, maxPositions: Int,
    activation: Activation, projectionDim: Int?
  ) {
    self.vocabularySize = vocabularySize
    self.hiddenSize = hiddenSize
    self.layers = layers
    self.intermediateSize = intermediateSize
    self.maxPositions = maxPositions
    self.activation = activation
    self.projectionDim = projectionDim
    // All published text encoders have heads of 64 channels; shapes do not tell.
    attentionHeads = hiddenSize.isMultiple(of: 64) ? hiddenSize / 64 : 1
    layerNormEpsilon = 1e-5
  }
}

extension CLIPTextConfiguration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case modelType = "model_type"
    case architectures
    case vocabularySize = "vocab_size"
    case hiddenSize = "hidden_size"
    case layers = "num_hidden_layers"
    case attentionHeads = "num_attention_heads"
    case intermediateSize = "intermediate_size"
    case maxPositions = "max_position_embeddings"
    case activation = "hidden_act"
    case layerNormEpsilon = "layer_norm_eps"
    case projectionDim = "projection_dim"
  }

  /// Decodes and checks; see ``init(contentsOf:)``.
  public init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    try values.require(.modelType, "clip_text_model")
    vocabularySize = try values.count(.vocabularySize, default: 49_408, in: 1...1_000_000)
    hiddenSize = try values.count(.hiddenSize, default: 512, in: 1...16_384)
    layers = try values.count(.layers, default: 12, in: 1...128)
    attentionHeads = try values.count(.attentionHeads, default: 8, in: 1...1024)
    intermediateSize = try values.count(.intermediateSize, default: 2048, in: 1...65_536)
    maxPositions = try values.count(.maxPositions, default: 77, in: 1...65_536)
    layerNormEpsilon = try values.number(.layerNormEpsilon, default: 1e-5, in: 0...1)
    let activation = try values.value(.activation, default: Activation.quickGELU.rawValue)
    guard let known = Activation(rawValue: activation) else {
      throw ConfigurationProblem.unsupported(
        "hidden_act", supported: "\"quick_gelu\" or \"gelu\"",
        found: CheckpointError.quoted(activation))
    }
    self.activation = known
    // Both classes write a projection_dim; only one has the projection.
    let classes = try values.value(.architectures, default: [String]())
    projectionDim =
      classes.contains("CLIPTextModelWithProjection")
      ? try values.count(.projectionDim, default: 512, in: 1...16_384) : nil
    guard hiddenSize.isMultiple(of: attentionHeads) else {
      throw ConfigurationProblem.wrong(
        "num_attention_heads", expected: "a divisor of hidden_size, which is \(hiddenSize)",
        found: "\(attentionHeads)")
    }
  }
}

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of CLIP's text encoder (Radford et al. 2021), from the `config.json` of transformers' `CLIPTextModel` and
/// `CLIPTextModelWithProjection`.
///
/// Missing keys have the defaults of transformers' `CLIPTextConfig`.
public struct CLIPTextConfiguration: Sendable, Hashable {
  /// The activation of the feed-forward layers.
  public enum Activation: String, Sendable, Hashable {
    /// `x * sigmoid(1.702 x)`, used by OpenAI.
    case quickGELU = "quick_gelu"
    /// Used by OpenCLIP.
    case gelu
  }

  /// Tokens in the vocabulary.
  public let vocabularySize: Int
  /// Channels of a token's state.
  public let hiddenSize: Int
  /// Channels between the two linear layers of the feed-forward part.
  public let intermediateSize: Int
  /// Transformer layers.
  public let layers: Int
  /// Attention heads of each layer.
  public let attentionHeads: Int
  /// The maximum number of token positions, including the two tokens that mark the ends of a text.
  public let maxPositions: Int
  /// The activation of the feed-forward layers.
  public let activation: Activation
  /// Added to the variance in the layer normalisations.
  public let layerNormEpsilon: Float
  /// Channels of the pooled text's projection, or `nil` if there is none.
  public let projectionSize: Int?
  /// The token that ends a text. Old files say 2, which is wrong; in that case it is the largest id in the text.
  public let endToken: Int

  /// Reads a `config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or needs something that
  ///   this program cannot run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(CLIPTextConfiguration.self, from: url)
  }

  /// Reads the text of a `config.json`; `name` is its name in messages.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(CLIPTextConfiguration.self, from: json, name: name)
  }
}

extension CLIPTextConfiguration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case architectures
    case modelType = "model_type"
    case vocabularySize = "vocab_size"
    case hiddenSize = "hidden_size"
    case intermediateSize = "intermediate_size"
    case layers = "num_hidden_layers"
    case attentionHeads = "num_attention_heads"
    case maxPositions = "max_position_embeddings"
    case hiddenActivation = "hidden_act"
    case layerNormEpsilon = "layer_norm_eps"
    case projectionSize = "projection_dim"
    case endToken = "eos_token_id"
  }

  /// Decodes and checks; see ``init(contentsOf:)``.
  public init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    try values.require(.modelType, "clip_text_model")
    vocabularySize = try values.count(.vocabularySize, default: 49_408, in: 1...1_000_000)
    hiddenSize = try values.count(.hiddenSize, default: 512, in: 1...16_384)
    intermediateSize = try values.count(.intermediateSize, default: 2048, in: 1...65_536)
    layers = try values.count(.layers, default: 12, in: 1...128)
    attentionHeads = try values.count(.attentionHeads, default: 8, in: 1...1024)
    maxPositions = try values.count(.maxPositions, default: 77, in: 1...4096)
    let name = try values.value(.hiddenActivation, default: "quick_gelu")
    guard let known = Activation(rawValue: name) else {
      throw ConfigurationProblem.unsupported(
        "hidden_act", supported: "\"quick_gelu\" or \"gelu\"", found: CheckpointError.quoted(name))
    }
    activation = known
    layerNormEpsilon = try values.number(.layerNormEpsilon, default: 1e-5, in: 0...1)
    // transformers writes projection_dim into every file, but only one class has the projection.
    let classes = try values.optional([String].self, .architectures) ?? []
    let size = try values.count(.projectionSize, default: 512, in: 1...16_384)
    projectionSize = classes.contains("CLIPTextModelWithProjection") ? size : nil
    endToken = try values.count(.endToken, default: 49_407, in: 0...1_000_000)
    guard hiddenSize.isMultiple(of: attentionHeads),
      (hiddenSize / attentionHeads).isMultiple(of: 2)
    else {
      throw ConfigurationProblem.wrong(
        "num_attention_heads",
        expected: "heads of an even size that divide hidden_size, which is \(hiddenSize)",
        found: "\(attentionHeads)")
    }
  }
}

import Checkpoints
import Tensors

/// The layers of text encoders, by their names in a checkpoint.
@Compute
struct TextLayers {
  let graph: Graph
  let source: any ParameterSource
  /// Attention heads.
  let heads: Int
  /// Added to the variance in normalisations.
  let epsilon: Float

  /// The weight with this name.
  func parameter(_ name: String, _ shape: [Int]) -> Parameter {
    Parameter(name, shape: shape, from: source)
  }

  /// `W x + b [+ residual]`, with this many output channels.
  func linear(
    _ x: Value, _ name: String, to width: Int, activation: Activation = .none,
    residual: Value? = nil
  ) throws -> Value {
    try graph.linear(
      x, parameter("\(name).weight", [width, x.shape.c]), bias: parameter("\(name).bias", [width]),
      activation: activation, residual: residual)
  }

  /// Layer normalisation (Ba et al. 2016).
  func layerNorm(_ x: Value, _ name: String) throws -> Value {
    try graph.layerNorm(
      x, scale: parameter("\(name).weight", [x.shape.c]),
      shift: parameter("\(name).bias", [x.shape.c]), epsilon: epsilon)
  }

  /// Self-attention without its last projection.
  ///
  /// - Parameters:
  ///   - parts: The names of the projections to queries, keys and values, which are computed in one product.
  ///   - mask: Added to the scores.
  ///   - causal: Whether a token attends only to itself and earlier tokens.
  func selfAttention(
    _ x: Value, _ parts: [String], mask: Value? = nil, causal: Bool = false
  ) throws -> Value {
    let width = x.shape.c
    let qkv = try graph.linear(
      x, .stacked(parts.map { parameter("\($0).weight", [width, width]) }),
      bias: .stacked(parts.map { parameter("\($0).bias", [width]) }))
    return graph.attention(
      q: Columns(qkv), k: Columns(qkv, from: width), v: Columns(qkv, from: 2 * width), mask: mask,
      heads: heads, dim: width / heads, causal: causal)
  }
}

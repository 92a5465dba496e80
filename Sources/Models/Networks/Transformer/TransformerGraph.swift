import Tensors

/// What is needed to build a transformer's blocks: the graph, and the source of parameters.
@Compute
struct TransformerGraph {
  let graph: Graph
  let source: any ParameterSource
  /// Added to the mean square in every normalisation.
  var epsilon: Float = 1e-6

  func parameter(_ name: String, _ shape: [Int]) -> Parameter {
    Parameter(name, shape: shape, from: source)
  }

  /// Tokens divided by their root mean square, with the scale `name.weight`.
  func rmsNorm(_ x: Value, _ name: String) throws -> Value {
    try graph.rmsNorm(x, scale: parameter("\(name).weight", [x.shape.c]), epsilon: epsilon)
  }
}

/// The attention heads of a block.
struct HeadShape: Sendable, Hashable {
  /// The number of heads.
  let count: Int
  /// The channels of each head.
  let size: Int

  /// The channels of all heads.
  var channels: Int { count * size }
}

/// The names and sizes of the layers for one stream of tokens in a block.
struct StreamLayers: Sendable, Hashable {
  /// The normalisation before the attention.
  let attentionNorm: String
  /// The product for queries, keys and values, stacked.
  let qkv: String
  /// The normalisations of each query's and each key's heads.
  let queryNorm: String
  let keyNorm: String
  /// The product after the attention.
  let projection: String
  /// The normalisation before the feed-forward layers.
  let feedForwardNorm: String
  /// The feed-forward layers `w1`, `w2` and `w3` of a SwiGLU.
  let feedForward: String
  /// The channels inside them.
  let feedForwardSize: Int
}

/// Queries, keys and values of one stream of tokens, before its heads are normalised and rotated.
struct StreamAttention {
  /// `(N, H, W, 3 A)`.
  let qkv: Value
  let heads: HeadShape
  /// The scales of each query's and each key's heads.
  let norms: (query: Parameter, key: Parameter)
  /// The rotary positions of the heads.
  let turns: RotaryTable
  let epsilon: Float

  /// The heads of the queries.
  var queries: Heads { Heads(Columns(qkv), scale: norms.query, epsilon: epsilon, turns: turns) }

  /// The heads of the keys, with those of the values beside them.
  var keysAndValues: [Heads] {
    [
      Heads(
        Columns(qkv, from: heads.channels), scale: norms.key, epsilon: epsilon, turns: turns),
      Heads(Columns(qkv, from: 2 * heads.channels)),
    ]
  }
}

extension TransformerGraph {
  /// Queries, keys and values of a stream's tokens `(N, H, W, C)`.
  func attention(
    of x: Value, _ layers: StreamLayers, heads: HeadShape, turns: RotaryTable
  ) throws -> StreamAttention {
    let rows = 3 * heads.channels
    return StreamAttention(
      qkv: try graph.linear(
        rmsNorm(x, layers.attentionNorm), parameter("\(layers.qkv).weight", [rows, x.shape.c]),
        bias: parameter("\(layers.qkv).bias", [rows])), heads: heads,
      norms: (
        parameter("\(layers.queryNorm).weight", [heads.size]),
        parameter("\(layers.keyNorm).weight", [heads.size])
      ), turns: turns, epsilon: epsilon)
  }

  /// A stream's tokens after adding the attention result, and after the feed-forward layers.
  ///
  /// - Parameters:
  ///   - x: The stream before the block, `(N, H, W, C)`.
  ///   - attended: `(N, H, W, A)`.
  func finished(_ x: Value, attended: Value, _ layers: StreamLayers) throws -> Value {
    let channels = x.shape.c
    let sum = try graph.linear(
      attended, parameter("\(layers.projection).weight", [channels, attended.shape.c]),
      bias: parameter("\(layers.projection).bias", [channels]), residual: x)
    let inner = layers.feedForwardSize
    let gated = try graph.gatedLinear(
      rmsNorm(sum, layers.feedForwardNorm),
      gate: parameter("\(layers.feedForward).w1.weight", [inner, channels]),
      factor: parameter("\(layers.feedForward).w3.weight", [inner, channels]), activation: .silu)
    return try graph.linear(
      gated, parameter("\(layers.feedForward).w2.weight", [channels, inner]), residual: sum)
  }

  /// A block with one stream, whose tokens attend to each other.
  func selfBlock(
    _ x: Value, _ layers: StreamLayers, heads: HeadShape, turns: RotaryTable
  ) throws -> Value {
    let own = try attention(of: x, layers, heads: heads, turns: turns)
    let (queries, keys) = (try queries(of: own), try keysAndValues([own]))
    return try finished(x, attended: attend(queries, to: keys, heads: heads), layers)
  }

  /// The queries of a stream, normalised and rotated, `(N, H, W, A)`.
  func queries(of stream: StreamAttention) throws -> Value {
    try graph.placed([[stream.queries]], count: stream.heads.count, dim: stream.heads.size)
  }

  /// The keys of several streams as one sequence, with the values beside them, `(N, T, 1, 2 A)`.
  func keysAndValues(_ streams: [StreamAttention]) throws -> Value {
    precondition(!streams.isEmpty, "keys of one stream at least")
    let heads = streams[0].heads
    return try graph.placed(streams.map(\.keysAndValues), count: heads.count, dim: heads.size)
  }

  /// The attention of queries to the keys of a sequence.
  func attend(_ queries: Value, to keysAndValues: Value, heads: HeadShape) -> Value {
    graph.attention(
      q: Columns(queries), k: Columns(keysAndValues),
      v: Columns(keysAndValues, from: heads.channels), heads: heads.count, dim: heads.size)
  }
}

import Checkpoints
import Tensors

/// Builds the graph of MM-JiT, the network of MiniT2I: blocks in which the text attends to itself, then blocks in which
/// text and picture attend to both, and a layer that returns the picture's patches.
@Compute
enum MMJiTGraph {
  /// Attention maps are computed for every second joint block, which keeps their cost below a third of an evaluation.
  private static let mapStride = 2

  /// A program with the inputs `patches` `(N, H, W, 3 p p)`, `positions` `(N, H, W, C)` and `text` `(N, T, 1, D)`, and
  /// the output `prediction` `(N, H, W, p p 3)`; if `maps` are requested, also the outputs that they name.
  static func program(
    _ configuration: MMJiTConfiguration, source: any ParameterSource, weights: WeightCache,
    type: NumberFormat, batch: Int, maps: AttentionMapSums? = nil, threads: Int
  ) throws -> Program {
    let graph = Graph(type: type, weights: weights, threads: threads)
    let parts = TransformerGraph(graph: graph, source: source)
    let (side, tokens) = (configuration.gridSize, configuration.promptLength)
    let heads = HeadShape(count: configuration.heads, size: configuration.headSize)
    let turns = (
      text: try RotaryTable(
        angles: RotaryAngles.line(tokens: tokens, dim: heads.size), tokens: tokens),
      picture: try RotaryTable(
        angles: RotaryAngles.grid(height: side, width: side, dim: heads.size), tokens: side * side)
    )
    let states = graph.input(
      "text", Shape(batch, tokens, 1, configuration.textInputSize), .condition)
    var text = try graph.linear(
      graph.narrowed(states),
      parts.parameter(
        "txt_embedder.weight", [configuration.textHiddenSize, configuration.textInputSize]))
    for index in 0..<configuration.preambleDepth {
      text = try parts.selfBlock(
        text, .preamble(index, configuration), heads: heads, turns: turns.text)
    }
    var picture = try parts.patchTokens(
      graph.input("patches", Shape(batch, side, side, configuration.patchChannels), .step),
      side: configuration.patchSize, first: "img_embedder.proj1",
      bottleneck: configuration.bottleneckSize, second: "img_embedder.proj2",
      positions: graph.input(
        "positions", Shape(batch, side, side, configuration.hiddenSize), .condition))
    for index in 0..<configuration.jointDepth {
      let block = JointBlock(
        text: .joint(index, "txt", configuration.textFeedForwardSize),
        picture: .joint(index, "img", configuration.feedForwardSize), heads: heads)
      let next = try parts.jointBlock(
        block, text: text, picture: picture, turns: turns,
        needsText: index + 1 < configuration.jointDepth,
        maps: index.isMultiple(of: mapStride) ? maps : nil)
      picture = next.picture
      text = next.text ?? text
    }
    var outputs = [
      "prediction": try parts.patches(
        of: picture, norm: "final_layer.norm_final", linear: "final_layer.linear",
        channels: configuration.patchChannels)
    ]
    for sum in maps?.sums ?? [] { outputs[sum.name] = sum.value }
    return try graph.compile(outputs: outputs)
  }
}

extension StreamLayers {
  /// A block with only the text.
  fileprivate static func preamble(_ index: Int, _ configuration: MMJiTConfiguration)
    -> StreamLayers
  {
    let block = "txt_preamble_blocks.\(index)"
    return StreamLayers(
      attentionNorm: "\(block).norm1", qkv: "\(block).qkv", queryNorm: "\(block).q_norm",
      keyNorm: "\(block).k_norm", projection: "\(block).attn_proj",
      feedForwardNorm: "\(block).norm2", feedForward: "\(block).mlp",
      feedForwardSize: configuration.textFeedForwardSize)
  }

  /// One stream of a joint block, whose two streams share the norms of their heads.
  fileprivate static func joint(_ index: Int, _ stream: String, _ feedForwardSize: Int)
    -> StreamLayers
  {
    let block = "double_blocks.\(index)"
    return StreamLayers(
      attentionNorm: "\(block).\(stream)_norm1", qkv: "\(block).\(stream)_qkv",
      queryNorm: "\(block).q_norm", keyNorm: "\(block).k_norm",
      projection: "\(block).\(stream)_attn_proj", feedForwardNorm: "\(block).\(stream)_norm2",
      feedForward: "\(block).\(stream)_mlp", feedForwardSize: feedForwardSize)
  }
}

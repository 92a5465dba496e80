import Checkpoints
import Tensors

/// Builds the graph of the U-Net (Ronneberger et al. 2015) as in latent diffusion (Rombach et al. 2022) and in
/// diffusers' `UNet2DConditionModel` and `UNet2DModel`.
@Compute
struct UNetGraph {
  let configuration: UNetConfiguration
  let layout: UNetLayout
  let source: any ParameterSource
  let graph: Graph

  /// The projections of the time embedding for all residual blocks, side by side, and where each begins.
  private var timeShifts: (value: Value, offsets: [String: Int])?

  /// The prompt's token states and their mask, if the network takes a prompt.
  private let context: Value?
  private let mask: Value?

  /// The sums to which cross-attention adds its maps; `nil` if none are computed.
  private let maps: AttentionMapSums?

  /// The network as a program with the output `prediction`, and with the outputs that `maps` names.
  ///
  /// The inputs are `sample` `(N, H, W, C)` and `time` `(N, 1, 1, C0)`. If the configuration has them, there are also
  /// `context` `(N, T, 1, D)`, `mask` `(N, 1, 1, T)`, `class` `(N, 1, 1, K)`, `added` `(N, 1, 1, A)` and `guidance`
  /// `(N, 1, 1, G)`.
  static func program(
    _ configuration: UNetConfiguration, source: any ParameterSource, weights: WeightCache,
    type: NumberFormat, batch: Int, height: Int, width: Int, tokens: Int, masked: Bool,
    maps: AttentionMapSums? = nil, threads: Int
  ) throws -> Program {
    let graph = Graph(type: type, weights: weights, threads: threads)
    let network = try UNetGraph(
      configuration, source: source, graph: graph, batch: batch, tokens: tokens, masked: masked,
      maps: maps)
    let sample = graph.input(
      "sample", Shape(batch, height, width, configuration.inChannels), .step)
    var outputs = ["prediction": try network.prediction(sample)]
    for sum in maps?.sums ?? [] { outputs[sum.name] = sum.value }
    return try graph.compile(outputs: outputs)
  }

  /// A graph with the inputs of ``program`` and with `target` `(N, H, W, C)` and `weight` `(N, 1, 1, 1)`, which
  /// computes the gradients of all weights and the output `losses`.
  static func learning(
    _ configuration: UNetConfiguration, source: any ParameterSource, weights: LearntWeights,
    type: NumberFormat, batch: Int, height: Int, width: Int, tokens: Int, masked: Bool, threads: Int
  ) throws -> Program {
    let graph = Graph(type: type, learning: weights, threads: threads)
    let network = try UNetGraph(
      configuration, source: source, graph: graph, batch: batch, tokens: tokens, masked: masked)
    let sample = graph.input(
      "sample", Shape(batch, height, width, configuration.inChannels), .step)
    let prediction = try network.prediction(sample)
    let target = graph.input("target", prediction.shape, .step)
    let weight = graph.input("weight", Shape(batch, 1, 1, 1), .step)
    let (losses, gradient) = graph.squaredError(prediction, target, weight: weight)
    try graph.backpropagate(prediction, from: gradient)
    return try graph.compile(outputs: ["losses": losses])
  }

  private init(
    _ configuration: UNetConfiguration, source: any ParameterSource, graph: Graph, batch: Int,
    tokens: Int, masked: Bool, maps: AttentionMapSums? = nil
  ) throws {
    self.configuration = configuration
    self.source = source
    self.graph = graph
    self.maps = maps
    layout = UNetLayout(configuration)
    context =
      configuration.readsPrompt
      ? graph.narrowed(
        graph.input("context", Shape(batch, tokens, 1, configuration.contextChannels), .condition))
      : nil
    mask =
      masked && configuration.readsPrompt
      ? graph.input("mask", Shape(batch, 1, 1, tokens), .condition) : nil
    timeShifts = try projectedTimes(batch: batch)
  }

  // MARK: Time and class

  /// The embedding of the time and, if the network takes one, of the prompt's vector, projected for every residual
  /// block in a single product.
  private func projectedTimes(batch: Int) throws -> (Value, [String: Int]) {
    let width = configuration.timeEmbeddingDim
    var time = graph.input("time", Shape(batch, 1, 1, layout.channels[0]), .step)
    if let size = configuration.guidanceEmbeddingDim {
      let guidance = graph.input("guidance", Shape(batch, 1, 1, size), .condition)
      let weight = parameter("time_embedding.cond_proj.weight", [layout.channels[0], size])
      time = graph.sum(time, try graph.linear(guidance, weight, type: .f32))
    }
    var embedding = try embedded(time, "time_embedding", width: width)
    if let size = configuration.classProjectionDim {
      let vector = graph.input("class", Shape(batch, 1, 1, size), .condition)
      embedding = graph.sum(embedding, try embedded(vector, "class_embedding", width: width))
    }
    if let added = configuration.addedEmbedding {
      let vector = graph.input("added", Shape(batch, 1, 1, added.inputDim), .condition)
      embedding = graph.sum(embedding, try embedded(vector, "add_embedding", width: width))
    }
    var offsets: [String: Int] = [:]
    var total = 0
    for stage in layout.stages {
      offsets[stage.resnet] = total
      total += stage.output
    }
    let names = layout.stages.map { "\($0.resnet).time_emb_proj" }
    let projections = zip(names, layout.stages).map {
      parameter("\($0).weight", [$1.output, width])
    }
    let biases = zip(names, layout.stages).map { parameter("\($0).bias", [$1.output]) }
    let projected = try graph.linear(
      graph.narrowed(graph.silu(embedding)), .stacked(projections), bias: .stacked(biases),
      type: .f32)
    return (projected, offsets)
  }

  /// Two layers with SiLU between them, in float32: they take almost no time, and their error would affect every pixel.
  private func embedded(_ x: Value, _ name: String, width: Int) throws -> Value {
    let hidden = try graph.linear(
      x, parameter("\(name).linear_1.weight", [width, x.shape.c]),
      bias: parameter("\(name).linear_1.bias", [width]), activation: .silu, type: .f32)
    return try graph.linear(
      hidden, parameter("\(name).linear_2.weight", [width, width]),
      bias: parameter("\(name).linear_2.bias", [width]), type: .f32)
  }

  // MARK: The downward and upward paths

  private func prediction(_ sample: Value) throws -> Value {
    let width = layout.channels[0]
    let (first, last) = (configuration.convInKernel, configuration.convOutKernel)
    var x = try graph.convolution(
      graph.narrowed(sample), parameter("conv_in.weight", [width, sample.shape.c, first, first]),
      bias: parameter("conv_in.bias", [width]), padding: Padding(first / 2))
    var kept = [x]
    for level in layout.down {
      for stage in level.stages {
        x = try self.stage(stage, x)
        kept.append(x)
      }
      if let name = level.resampler {
        x = try graph.convolution(
          x, parameter("\(name).weight", [x.shape.c, x.shape.c, 3, 3]),
          bias: parameter("\(name).bias", [x.shape.c]), stride: 2,
          padding: Padding(before: configuration.downsamplePadding, behind: 1))
        kept.append(x)
      }
    }
    for stage in layout.middle { x = try self.stage(stage, x) }
    for level in layout.up {
      for stage in level.stages { x = try self.stage(stage, x, beside: kept.removeLast()) }
      if let name = level.resampler, let next = kept.last {
        x = try enlarged(x, name, height: next.shape.h, width: next.shape.w)
      }
    }
    let normal = try groupNorm(x, "conv_norm_out", epsilon: configuration.normEpsilon, silu: true)
    return try graph.convolution(
      normal, parameter("conv_out.weight", [configuration.outChannels, width, last, last]),
      bias: parameter("conv_out.bias", [configuration.outChannels]),
      padding: Padding(last / 2), type: .f32)
  }

  /// The picture enlarged to the next level's size and convolved. When an odd size was halved, it was rounded up, so
  /// the size is that of the stored result.
  private func enlarged(_ x: Value, _ name: String, height: Int, width: Int) throws -> Value {
    let weight = parameter("\(name).weight", [x.shape.c, x.shape.c, 3, 3])
    let bias = parameter("\(name).bias", [x.shape.c])
    if height == 2 * x.shape.h, width == 2 * x.shape.w {
      return try graph.doubledConvolution(x, weight, bias: bias)
    }
    return try graph.convolution(
      graph.upsampled(x, height: height, width: width), weight, bias: bias, padding: Padding(1))
  }

  private func stage(_ stage: UNetLayout.Stage, _ x: Value, beside second: Value? = nil) throws
    -> Value
  {
    let h = try residualBlock(stage, x, beside: second)
    switch stage.attention {
    case .transformer(let transformer): return try self.transformer(transformer, h)
    case .pixels(let name, let heads): return try pixelAttention(name, heads: heads, h)
    case nil: return h
    }
  }

  /// GroupNorm, SiLU, convolution, time added, GroupNorm, SiLU, convolution, and the input added.
  ///
  /// `second` is a result stored on the downward path. It is never copied beside `x`: the normalisation reads both, and
  /// a 1x1 shortcut of two tensors is the sum of two products.
  private func residualBlock(_ stage: UNetLayout.Stage, _ x: Value, beside second: Value?) throws
    -> Value
  {
    let (name, output) = (stage.resnet, stage.output)
    let first = try groupNorm(
      x, beside: second, "\(name).norm1", epsilon: configuration.normEpsilon, silu: true)
    let h = try graph.convolution(
      first, parameter("\(name).conv1.weight", [output, stage.input, 3, 3]),
      bias: parameter("\(name).conv1.bias", [output]), padding: Padding(1))
    let shifted = try groupNorm(
      h, adding: timeShifts.map { Columns($0.value, from: $0.offsets[name] ?? 0) }, "\(name).norm2",
      epsilon: configuration.normEpsilon, silu: true)
    // diffusers passes the scale of the sum only to the mid block.
    let divisor = name.hasPrefix("mid_block") ? configuration.midBlockScaleFactor : 1
    return try graph.convolution(
      shifted, parameter("\(name).conv2.weight", [output, output, 3, 3]),
      bias: parameter("\(name).conv2.bias", [output]), padding: Padding(1),
      residual: try shortcut(stage, x, beside: second), scale: 1 / divisor)
  }

  private func shortcut(_ stage: UNetLayout.Stage, _ x: Value, beside second: Value?) throws
    -> Value
  {
    guard stage.input != stage.output || second != nil else { return x }
    let name = "\(stage.resnet).conv_shortcut"
    let weight = parameter("\(name).weight", [stage.output, stage.input, 1, 1])
    let bias = parameter("\(name).bias", [stage.output])
    guard let second else { return try graph.linear(x, weight, bias: bias) }
    let part = try graph.linear(x, weight.columns(0..<x.shape.c), bias: bias)
    return try graph.linear(second, weight.columns(x.shape.c..<stage.input), residual: part)
  }

  // MARK: Attention

  /// diffusers' `Transformer2DModel`: pixels become tokens, which attend to each other and to the prompt.
  private func transformer(_ transformer: UNetLayout.Transformer, _ x: Value) throws -> Value {
    let (name, channels) = (transformer.name, x.shape.c)
    // The published networks use 1e-6 in this normalisation, whatever epsilon their configuration gives.
    let normal = try groupNorm(x, "\(name).norm", epsilon: 1e-6, silu: false)
    let square =
      configuration.usesLinearProjection ? [channels, channels] : [channels, channels, 1, 1]
    var h = try graph.linear(
      normal, parameter("\(name).proj_in.weight", square),
      bias: parameter("\(name).proj_in.bias", [channels]))
    for block in 0..<transformer.depth {
      h = try transformerBlock("\(name).transformer_blocks.\(block)", transformer, h)
    }
    return try graph.linear(
      h, parameter("\(name).proj_out.weight", square),
      bias: parameter("\(name).proj_out.bias", [channels]), residual: x)
  }

  /// diffusers' `Attention` with a residual connection: pixels attend to each other.
  private func pixelAttention(_ name: String, heads: Int, _ x: Value) throws -> Value {
    let channels = x.shape.c
    let normal = try groupNorm(
      x, "\(name).group_norm", epsilon: configuration.normEpsilon, silu: false)
    let parts = ["q", "k", "v"].map { "\(name).to_\($0)" }
    let qkv = try graph.linear(
      normal, .stacked(parts.map { parameter("\($0).weight", [channels, channels]) }),
      bias: .stacked(parts.map { parameter("\($0).bias", [channels]) }))
    let attended = graph.attention(
      q: Columns(qkv), k: Columns(qkv, from: channels), v: Columns(qkv, from: 2 * channels),
      heads: heads, dim: try Self.headWidth(heads, channels))
    return try projected(attended, "\(name).to_out.0", residual: x)
  }

  private func transformerBlock(
    _ name: String, _ transformer: UNetLayout.Transformer, _ x: Value
  ) throws -> Value {
    var x = x
    x = try selfAttention("\(name).attn1", transformer, layerNorm(x, "\(name).norm1"), residual: x)
    x = try crossAttention("\(name).attn2", transformer, layerNorm(x, "\(name).norm2"), residual: x)
    return try feedForward("\(name).ff.net", layerNorm(x, "\(name).norm3"), residual: x)
  }

  private func selfAttention(
    _ name: String, _ transformer: UNetLayout.Transformer, _ x: Value, residual: Value
  ) throws -> Value {
    let channels = x.shape.c
    let weights = ["q", "k", "v"].map {
      parameter("\(name).to_\($0).weight", [channels, channels])
    }
    let qkv = try graph.linear(x, .stacked(weights))
    let attended = graph.attention(
      q: Columns(qkv), k: Columns(qkv, from: channels), v: Columns(qkv, from: 2 * channels),
      heads: transformer.heads, dim: try Self.headWidth(transformer.heads, channels))
    return try projected(attended, "\(name).to_out.0", residual: residual)
  }

  /// The channels of a head, if attention can be computed with this many.
  ///
  /// - Throws: `CheckpointError` that names `file`.
  nonisolated static func headWidth(
    _ heads: Int, _ channels: Int, file: String = "unet/config.json",
    key: String = "attention_head_dim"
  ) throws -> Int {
    let width = channels / heads
    guard width.isMultiple(of: 2), width <= Graph.largestHead else {
      throw CheckpointError(
        .unsupported, file: file, key: key,
        expected: "heads with an even number of channels, at most \(Graph.largestHead)",
        found: "\(channels) channels in \(heads) heads",
        advice: "Change the number of heads")
    }
    return width
  }

  private func crossAttention(
    _ name: String, _ transformer: UNetLayout.Transformer, _ x: Value, residual: Value
  ) throws -> Value {
    let channels = x.shape.c
    let q = try graph.linear(x, parameter("\(name).to_q.weight", [channels, channels]))
    let weights = ["k", "v"].map {
      parameter("\(name).to_\($0).weight", [channels, transformer.contextChannels])
    }
    guard let context else { preconditionFailure("a network with a prompt receives one") }
    let kv = try graph.linear(context, .stacked(weights))
    let dim = try Self.headWidth(transformer.heads, channels)
    let attended = graph.attention(
      q: Columns(q), k: Columns(kv), v: Columns(kv, from: channels), mask: mask,
      heads: transformer.heads, dim: dim)
    maps?.add(
      graph.attentionMap(
        q: Columns(q), k: Columns(kv), mask: mask, heads: transformer.heads, dim: dim), to: graph)
    return try projected(attended, "\(name).to_out.0", residual: residual)
  }

  /// A gated linear unit with four times the width, followed by a projection back.
  private func feedForward(_ name: String, _ x: Value, residual: Value) throws -> Value {
    let (channels, hidden) = (x.shape.c, 4 * x.shape.c)
    let gated = try graph.gatedLinear(
      x, parameter("\(name).0.proj.weight", [2 * hidden, channels]),
      bias: parameter("\(name).0.proj.bias", [2 * hidden]))
    return try graph.linear(
      gated, parameter("\(name).2.weight", [channels, hidden]),
      bias: parameter("\(name).2.bias", [channels]), residual: residual)
  }

  // MARK: Small parts

  private func projected(_ x: Value, _ name: String, residual: Value) throws -> Value {
    let channels = x.shape.c
    return try graph.linear(
      x, parameter("\(name).weight", [channels, channels]),
      bias: parameter("\(name).bias", [channels]), residual: residual)
  }

  private func layerNorm(_ x: Value, _ name: String) throws -> Value {
    try graph.layerNorm(
      x, scale: parameter("\(name).weight", [x.shape.c]),
      shift: parameter("\(name).bias", [x.shape.c]),
      epsilon: 1e-5)
  }

  private func groupNorm(
    _ x: Value, beside second: Value? = nil, adding addend: Columns? = nil, _ name: String,
    epsilon: Float, silu: Bool
  ) throws -> Value {
    let channels = x.shape.c + (second?.shape.c ?? 0)
    return try graph.groupNorm(
      x, beside: second, adding: addend, scale: parameter("\(name).weight", [channels]),
      shift: parameter("\(name).bias", [channels]), groups: configuration.normGroups,
      epsilon: epsilon, silu: silu)
  }

  private func parameter(_ name: String, _ shape: [Int]) -> Parameter {
    Parameter(name, shape: shape, from: source)
  }
}

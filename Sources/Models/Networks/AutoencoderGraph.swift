import Checkpoints
import Tensors

/// Builds the graphs of an autoencoder's encoder and decoder: diffusers' `AutoencoderKL` (latent diffusion, Rombach et
/// al. 2022, appendix E) and `AutoencoderTiny`.
@Compute
struct AutoencoderGraph {
  let configuration: AutoencoderConfiguration
  let source: any ParameterSource
  let graph: Graph

  /// Decodes a latent.
  func decoded(_ latent: Value) throws -> Value {
    switch configuration.kind {
    case .kl(let kl): try decoded(latent, kl)
    case .tiny(let tiny): try decoded(latent, tiny)
    }
  }

  /// Encodes a picture; for `AutoencoderKL`, as means and log-variances.
  func encoded(_ picture: Value) throws -> Value {
    switch configuration.kind {
    case .kl(let kl): try encoded(picture, kl)
    case .tiny(let tiny): try encoded(picture, tiny)
    }
  }

  // MARK: AutoencoderKL

  private func decoded(_ latent: Value, _ kl: AutoencoderConfiguration.KL) throws -> Value {
    let channels = Array(configuration.blockOutChannels.reversed())
    var x = latent
    if kl.usesPostQuantConvolution {
      x = try convolution(x, "post_quant_conv", to: configuration.latentChannels, kernel: 1)
    }
    x = try convolution(x, "decoder.conv_in", to: channels[0])
    x = try middle(x, "decoder.mid_block", kl)
    for (level, width) in channels.enumerated() {
      let name = "decoder.up_blocks.\(level)"
      for layer in 0...kl.layersPerBlock {
        x = try residualBlock(x, "\(name).resnets.\(layer)", to: width, kl)
      }
      guard level < channels.count - 1 else { continue }
      let conv = "\(name).upsamplers.0.conv"
      x = try graph.doubledConvolution(
        x, parameter("\(conv).weight", [width, width, 3, 3]),
        bias: parameter("\(conv).bias", [width]))
    }
    x = try groupNorm(x, "decoder.conv_norm_out", kl, silu: true)
    return try convolution(x, "decoder.conv_out", to: configuration.pictureChannels, type: .f32)
  }

  private func encoded(_ picture: Value, _ kl: AutoencoderConfiguration.KL) throws -> Value {
    let channels = configuration.blockOutChannels
    var x = try convolution(picture, "encoder.conv_in", to: channels[0])
    for (level, width) in channels.enumerated() {
      let name = "encoder.down_blocks.\(level)"
      for layer in 0..<kl.layersPerBlock {
        x = try residualBlock(x, "\(name).resnets.\(layer)", to: width, kl)
      }
      guard level < channels.count - 1 else { continue }
      let conv = "\(name).downsamplers.0.conv"
      x = try graph.convolution(
        x, parameter("\(conv).weight", [width, width, 3, 3]),
        bias: parameter("\(conv).bias", [width]), stride: 2, padding: Padding(before: 0, behind: 1))
    }
    x = try middle(x, "encoder.mid_block", kl)
    x = try groupNorm(x, "encoder.conv_norm_out", kl, silu: true)
    let moments = 2 * configuration.latentChannels
    guard kl.usesQuantConvolution else {
      return try convolution(x, "encoder.conv_out", to: moments, type: .f32)
    }
    x = try convolution(x, "encoder.conv_out", to: moments)
    return try convolution(x, "quant_conv", to: moments, kernel: 1, type: .f32)
  }

  private func middle(_ x: Value, _ name: String, _ kl: AutoencoderConfiguration.KL) throws -> Value
  {
    var h = try residualBlock(x, "\(name).resnets.0", to: x.shape.c, kl)
    if kl.hasMidAttention { h = try attention(h, "\(name).attentions.0", kl) }
    return try residualBlock(h, "\(name).resnets.1", to: x.shape.c, kl)
  }

  /// Self-attention among all pixels with one head.
  private func attention(_ x: Value, _ name: String, _ kl: AutoencoderConfiguration.KL) throws
    -> Value
  {
    let width = x.shape.c
    guard width <= Graph.largestHead, width.isMultiple(of: 2) else {
      throw CheckpointError(
        .unsupported, file: "vae/config.json", key: "block_out_channels",
        expected: "an even deepest width of at most \(Graph.largestHead)", found: "\(width)",
        advice: "Use another autoencoder")
    }
    let normal = try groupNorm(x, "\(name).group_norm", kl, silu: false)
    let parts = ["q", "k", "v"].map { "\(name).to_\($0)" }
    let qkv = try graph.linear(
      normal, .stacked(parts.map { parameter("\($0).weight", [width, width]) }),
      bias: .stacked(parts.map { parameter("\($0).bias", [width]) }))
    let attended = graph.attention(
      q: Columns(qkv), k: Columns(qkv, from: width), v: Columns(qkv, from: 2 * width), heads: 1,
      dim: width)
    return try graph.linear(
      attended, parameter("\(name).to_out.0.weight", [width, width]),
      bias: parameter("\(name).to_out.0.bias", [width]), residual: x)
  }

  private func residualBlock(
    _ x: Value, _ name: String, to width: Int, _ kl: AutoencoderConfiguration.KL
  ) throws -> Value {
    // The operations that need the unchanged input come first, so that the others can overwrite it.
    let residual =
      x.shape.c == width ? x : try convolution(x, "\(name).conv_shortcut", to: width, kernel: 1)
    var h = try groupNorm(x, "\(name).norm1", kl, silu: true)
    h = try convolution(h, "\(name).conv1", to: width)
    h = try groupNorm(h, "\(name).norm2", kl, silu: true)
    return try convolution(h, "\(name).conv2", to: width, residual: residual)
  }

  private func groupNorm(
    _ x: Value, _ name: String, _ kl: AutoencoderConfiguration.KL, silu: Bool
  ) throws -> Value {
    try graph.groupNorm(
      x, scale: parameter("\(name).weight", [x.shape.c]),
      shift: parameter("\(name).bias", [x.shape.c]), groups: kl.normGroups, epsilon: 1e-6,
      silu: silu)
  }

  // MARK: AutoencoderTiny

  private func decoded(_ latent: Value, _ tiny: AutoencoderConfiguration.Tiny) throws -> Value {
    // diffusers numbers its layers consecutively, including those without weights.
    var number = 0
    func next() -> String {
      defer { number += 1 }
      return "decoder.layers.\(number)"
    }
    var x = try convolution(latent, next(), to: tiny.decoderChannels[0], activation: .relu)
    number += 1
    for (level, blocks) in tiny.decoderBlocks.enumerated() {
      for _ in 0..<blocks { x = try tinyBlock(x, next()) }
      let width = tiny.decoderChannels[level]
      if level == tiny.decoderBlocks.count - 1 {
        return try convolution(x, next(), to: configuration.pictureChannels, type: .f32)
      }
      number += 1
      x = try convolution(
        graph.upsampled(x, height: 2 * x.shape.h, width: 2 * x.shape.w), next(), to: width,
        hasBias: false)
    }
    return x
  }

  private func encoded(_ picture: Value, _ tiny: AutoencoderConfiguration.Tiny) throws -> Value {
    var number = 0
    func next() -> String {
      defer { number += 1 }
      return "encoder.layers.\(number)"
    }
    var x = picture
    for (level, blocks) in tiny.encoderBlocks.enumerated() {
      let width = configuration.blockOutChannels[level]
      x = try convolution(x, next(), to: width, stride: level == 0 ? 1 : 2, hasBias: level == 0)
      for _ in 0..<blocks { x = try tinyBlock(x, next()) }
    }
    return try convolution(x, next(), to: configuration.latentChannels, type: .f32)
  }

  private func tinyBlock(_ x: Value, _ name: String) throws -> Value {
    let width = x.shape.c
    var h = try convolution(x, "\(name).conv.0", to: width, activation: .relu)
    h = try convolution(h, "\(name).conv.2", to: width, activation: .relu)
    return try convolution(h, "\(name).conv.4", to: width, activation: .relu, residual: x)
  }

  // MARK: Small parts

  private func convolution(
    _ x: Value, _ name: String, to width: Int, kernel: Int = 3, stride: Int = 1,
    hasBias: Bool = true, activation: Activation = .none, residual: Value? = nil,
    type: NumberFormat? = nil
  ) throws -> Value {
    try graph.convolution(
      x, parameter("\(name).weight", [width, x.shape.c, kernel, kernel]),
      bias: hasBias ? parameter("\(name).bias", [width]) : nil, stride: stride,
      padding: Padding(kernel / 2), activation: activation, residual: residual, type: type)
  }

  private func parameter(_ name: String, _ shape: [Int]) -> Parameter {
    Parameter(name, shape: shape, from: source)
  }
}

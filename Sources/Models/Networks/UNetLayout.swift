import Checkpoints

/// The residual blocks of a U-Net in execution order, derived from its configuration.
///
/// The order is that of diffusers' `UNet2DConditionModel`: the downward levels, the middle, the upward levels. Each
/// residual block on the upward path also takes the latest unused result of the downward path.
struct UNetLayout {
  /// One residual block with the attention after it, if the level has attention.
  struct Stage {
    let resnet: String
    let input: Int
    let output: Int
    let attention: Attention?
  }

  /// The attention after a residual block.
  enum Attention {
    case transformer(Transformer)
    /// Self-attention among the pixels, without a transformer around it.
    case pixels(name: String, heads: Int)
  }

  /// A stack of transformer blocks over the pixels of a picture.
  struct Transformer {
    let name: String
    let depth: Int
    let heads: Int
    let contextChannels: Int
  }

  /// One level of the downward or upward path.
  struct Level {
    let stages: [Stage]
    /// The convolution after the level that halves or doubles the picture.
    let resampler: String?
  }

  let down: [Level]
  let middle: [Stage]
  let up: [Level]
  let channels: [Int]

  /// All residual blocks in execution order.
  var stages: [Stage] { down.flatMap(\.stages) + middle + up.flatMap(\.stages) }

  init(_ configuration: UNetConfiguration) {
    let channels = configuration.blockOutChannels
    self.channels = channels
    let last = channels.count - 1

    func attention(_ name: String, level: Int, depth: Int, _ kind: UNetConfiguration.BlockKind?)
      -> Attention?
    {
      let heads = configuration.attentionHeads[level]
      switch kind {
      case .plain, nil: return nil
      case .selfAttention: return .pixels(name: name, heads: heads)
      case .crossAttention:
        return .transformer(
          Transformer(
            name: name, depth: depth, heads: heads,
            contextChannels: configuration.crossAttentionDim[level]))
      }
    }

    var kept = [channels[0]]
    var width = channels[0]
    down = channels.indices.map { level in
      let stages = (0..<configuration.layersPerBlock[level]).map { layer in
        let name = "down_blocks.\(level)"
        defer { width = channels[level] }
        kept.append(channels[level])
        return Stage(
          resnet: "\(name).resnets.\(layer)", input: width, output: channels[level],
          attention: attention(
            "\(name).attentions.\(layer)", level: level,
            depth: configuration.transformerLayersDown[level][layer],
            configuration.downBlocks[level]))
      }
      guard level < last else { return Level(stages: stages, resampler: nil) }
      kept.append(channels[level])
      return Level(stages: stages, resampler: "down_blocks.\(level).downsamplers.0.conv")
    }

    let deepest = channels[last]
    let first = Stage(
      resnet: "mid_block.resnets.0", input: deepest, output: deepest,
      attention: attention(
        "mid_block.attentions.0", level: last, depth: configuration.transformerLayersMid,
        configuration.midBlock))
    let second = Stage(
      resnet: "mid_block.resnets.1", input: deepest, output: deepest, attention: nil)
    middle =
      switch configuration.midBlock {
      case .crossAttention, .selfAttention: [first, second]
      case .plain: [first]
      case nil: []
      }

    up = channels.indices.map { index in
      let level = last - index
      let stages = (0...configuration.layersPerBlock[level]).map { layer in
        let name = "up_blocks.\(index)"
        let input = width + kept.removeLast()
        width = channels[level]
        return Stage(
          resnet: "\(name).resnets.\(layer)", input: input, output: channels[level],
          attention: attention(
            "\(name).attentions.\(layer)", level: level,
            depth: configuration.transformerLayersUp[index][layer], configuration.upBlocks[index]))
      }
      return Level(
        stages: stages, resampler: level > 0 ? "up_blocks.\(index).upsamplers.0.conv" : nil)
    }
  }
}

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of a U-Net, from the `config.json` of diffusers' `UNet2DConditionModel`, or of `UNet2DModel`, which paints
/// without a prompt (Ho et al. 2020).
///
/// Values that diffusers allows once for all levels or once a level are kept once a level, the
/// finest level first. Missing keys have diffusers' defaults. A configuration that can be made is
/// sound: sizes are positive and bounded, groups and heads divide the channels they split.
public struct UNetConfiguration: Sendable, Hashable {
  /// The kind of a level: what follows its residual blocks.
  public enum BlockKind: Sendable, Hashable {
    /// `AttnDownBlock2D` and `AttnUpBlock2D`: pixels attend to each other.
    case selfAttention
    /// `DownBlock2D` and `UpBlock2D`.
    case plain
    /// `CrossAttnDownBlock2D` and `CrossAttnUpBlock2D`.
    case crossAttention
  }

  /// What Stable Diffusion XL's U-Net adds to the time embedding (diffusers' `text_time`): the
  /// text's own vector beside the sinusoids of six numbers about the picture's size (Podell et al. 2023).
  public struct AddedEmbedding: Sendable, Hashable {
    /// Channels of each of the sinusoids.
    public let timeDim: Int
    /// Numbers in all, the text's vector among them, before they are projected.
    public let inputDim: Int
  }

  /// Rows of the latent the network was taught on.
  public let sampleHeight: Int
  /// Columns of the latent the network was taught on.
  public let sampleWidth: Int
  /// Channels of the sample.
  public let inChannels: Int
  /// Channels of the output.
  public let outChannels: Int
  /// Whether the sample is mapped from 0...1 to -1...1 before the first convolution.
  public let centersInput: Bool
  /// Whether the time embedding holds cosines first, then sines.
  public let flipsSinToCos: Bool
  /// What is taken off the number of frequencies in the time embedding's exponent.
  public let frequencyShift: Float
  /// The kind of each level on the way down.
  public let downBlocks: [BlockKind]
  /// The kind of the block between the ways, or `nil` where there is none. The plain one has one
  /// residual block, the others two with attention between them.
  public let midBlock: BlockKind?
  /// The kind of each level on the way up, the coarsest first.
  public let upBlocks: [BlockKind]
  /// Channels of each level.
  public let blockOutChannels: [Int]
  /// Residual blocks of each level on the way down; the way up has one more.
  public let layersPerBlock: [Int]
  /// Padding of the convolutions that halve the size: 1 on every side, or 0 for one row and column after.
  public let downsamplePadding: Int
  /// What the mid block's residual sums are divided by.
  public let midBlockScaleFactor: Float
  /// Groups of the group normalisations.
  public let normGroups: Int
  /// Added to the variance in the group normalisations of residual blocks.
  public let normEpsilon: Float
  /// Channels of the text states, by level.
  public let crossAttentionDim: [Int]
  /// Transformer blocks after each residual block on the way down: `[level][layer]`.
  public let transformerLayersDown: [[Int]]
  /// Transformer blocks in the mid block.
  public let transformerLayersMid: Int
  /// Transformer blocks after each residual block on the way up, the coarsest level first.
  public let transformerLayersUp: [[Int]]
  /// Attention heads by level (diffusers calls this `attention_head_dim`, which in `UNet2DModel` really is the channels of
  /// a head).
  public let attentionHeads: [Int]
  /// Whether the projections around the transformer blocks are linear; else 1x1 convolutions.
  public let usesLinearProjection: Bool
  /// Width of the time embedding inside the network.
  public let timeEmbeddingDim: Int
  /// Numbers in the class embedding that is projected and added to the time's, or `nil` for none.
  public let classProjectionDim: Int?
  /// Channels of the sinusoids that tell a latent consistency model its guidance scale (Luo et al. 2023, section 4.2), or
  /// `nil` where it is told none.
  public let guidanceEmbeddingDim: Int?
  /// What is added to the time embedding, or `nil` for nothing.
  public let addedEmbedding: AddedEmbedding?
  /// Rows and columns of the first convolution's kernel.
  public let convInKernel: Int
  /// Rows and columns of the last convolution's kernel.
  public let convOutKernel: Int

  /// Reads a `config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or asks for something
  ///   this program cannot run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(UNetConfiguration.self, from: url)
  }

  /// Reads the text of a `config.json`; `name` is what messages call it.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(UNetConfiguration.self, from: json, name: name)
  }

  /// Whether it is shown a prompt.
  public var readsPrompt: Bool {
    (downBlocks + upBlocks + [midBlock]).contains(.crossAttention)
  }

  /// Levels of the network.
  public var levels: Int { blockOutChannels.count }

  /// The kinds of the blocks at a level, on the way down, on the way up, and in the middle.
  func kinds(at level: Int) -> [BlockKind] {
    let middle = level == levels - 1 ? midBlock.map { [$0] } ?? [] : []
    return [downBlocks[level], upBlocks[levels - 1 - level]] + middle
  }

  /// Levels that attend to the prompt; the others may name any width for it, since nothing reads theirs.
  var attendingLevels: [Int] {
    blockOutChannels.indices.filter { kinds(at: $0).contains(.crossAttention) }
  }

  /// Channels of the token states that all transformers attend to.
  public var contextChannels: Int { crossAttentionDim[attendingLevels.first ?? levels - 1] }
}

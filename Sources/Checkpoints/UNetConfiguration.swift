#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of a U-Net, from the `config.json` of diffusers' `UNet2DConditionModel`, or of `UNet2DModel`, which paints
/// without a prompt (Ho et al. 2020).
///
/// Values that diffusers allows once for all levels or for each level are stored for each level, the finest level
/// first. Missing keys get diffusers' defaults. A configuration that can be created is valid: sizes are positive and
/// bounded, and groups and heads divide the channels they split.
public struct UNetConfiguration: Sendable, Hashable {
  /// The kind of a level: the layers that follow its residual blocks.
  public enum BlockKind: Sendable, Hashable {
    /// `AttnDownBlock2D` and `AttnUpBlock2D`: self-attention among the pixels.
    case selfAttention
    /// `DownBlock2D` and `UpBlock2D`.
    case plain
    /// `CrossAttnDownBlock2D` and `CrossAttnUpBlock2D`.
    case crossAttention
  }

  /// Stable Diffusion XL's addition to the time embedding (diffusers' `text_time`): the text's own vector and the
  /// sinusoids of six numbers about the picture's size (Podell et al. 2023).
  public struct AddedEmbedding: Sendable, Hashable {
    /// Channels of each of the sinusoids.
    public let timeDim: Int
    /// The total number of values before projection, including the text's vector.
    public let inputDim: Int
  }

  /// The rows of the latent that the network was trained on.
  public let sampleHeight: Int
  /// The columns of the latent that the network was trained on.
  public let sampleWidth: Int
  /// Channels of the sample.
  public let inChannels: Int
  /// Channels of the output.
  public let outChannels: Int
  /// Whether the sample is mapped from 0...1 to -1...1 before the first convolution.
  public let centersInput: Bool
  /// Whether the time embedding has cosines before sines.
  public let flipsSinToCos: Bool
  /// Subtracted from the number of frequencies in the time embedding's exponent.
  public let frequencyShift: Float
  /// The kind of each level on the downward path.
  public let downBlocks: [BlockKind]
  /// The kind of the mid block, or `nil` if there is none. The plain kind has one residual block, the others two with
  /// attention between them.
  public let midBlock: BlockKind?
  /// The kind of each level on the upward path, the coarsest first.
  public let upBlocks: [BlockKind]
  /// Channels of each level.
  public let blockOutChannels: [Int]
  /// Residual blocks of each level on the downward path; the upward path has one more.
  public let layersPerBlock: [Int]
  /// Padding of the convolutions that halve the size: 1 on every side, or 0 for one row and one column at the end.
  public let downsamplePadding: Int
  /// The divisor of the mid block's residual sums.
  public let midBlockScaleFactor: Float
  /// Groups of the group normalisations.
  public let normGroups: Int
  /// Added to the variance in the group normalisations of residual blocks.
  public let normEpsilon: Float
  /// Channels of the text states, by level.
  public let crossAttentionDim: [Int]
  /// Transformer blocks after each residual block on the downward path: `[level][layer]`.
  public let transformerLayersDown: [[Int]]
  /// Transformer blocks in the mid block.
  public let transformerLayersMid: Int
  /// Transformer blocks after each residual block on the upward path, the coarsest level first.
  public let transformerLayersUp: [[Int]]
  /// Attention heads by level (diffusers calls this `attention_head_dim`, which in `UNet2DModel` really means the
  /// channels of a head).
  public let attentionHeads: [Int]
  /// Whether the projections around the transformer blocks are linear; otherwise they are 1x1 convolutions.
  public let usesLinearProjection: Bool
  /// Width of the time embedding inside the network.
  public let timeEmbeddingDim: Int
  /// The length of the class embedding that is projected and added to the time embedding, or `nil` for none.
  public let classProjectionDim: Int?
  /// Channels of the sinusoids that encode the guidance scale of a latent consistency model (Luo et al. 2023, section
  /// 4.2), or `nil` if there are none.
  public let guidanceEmbeddingDim: Int?
  /// The embedding that is added to the time embedding, or `nil` if there is none.
  public let addedEmbedding: AddedEmbedding?
  /// Rows and columns of the first convolution's kernel.
  public let convInKernel: Int
  /// Rows and columns of the last convolution's kernel.
  public let convOutKernel: Int

  /// Reads a `config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or needs something that
  ///   this program cannot run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(UNetConfiguration.self, from: url)
  }

  /// Reads the text of a `config.json`; `name` is its name in messages.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(UNetConfiguration.self, from: json, name: name)
  }

  /// Whether it receives a prompt.
  public var readsPrompt: Bool {
    (downBlocks + upBlocks + [midBlock]).contains(.crossAttention)
  }

  /// Levels of the network.
  public var levels: Int { blockOutChannels.count }

  /// The kinds of the blocks at a level, on the downward path, on the upward path and in the middle.
  func kinds(at level: Int) -> [BlockKind] {
    let middle = level == levels - 1 ? midBlock.map { [$0] } ?? [] : []
    return [downBlocks[level], upBlocks[levels - 1 - level]] + middle
  }

  /// The levels that attend to the prompt; other levels may state any width for it, since it is not used there.
  var attendingLevels: [Int] {
    blockOutChannels.indices.filter { kinds(at: $0).contains(.crossAttention) }
  }

  /// Channels of the token states that all transformers attend to.
  public var contextChannels: Int { crossAttentionDim[attendingLevels.first ?? levels - 1] }
}

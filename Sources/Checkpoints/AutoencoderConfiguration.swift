#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of an autoencoder between pictures and latents, from the `config.json` of diffusers' `AutoencoderKL` or
/// `AutoencoderTiny`.
///
/// Missing keys get diffusers' defaults.
public struct AutoencoderConfiguration: Sendable, Hashable {
  /// Which of the two architectures it is.
  public enum Kind: Sendable, Hashable {
    /// Latent diffusion's (Rombach et al. 2022, appendix E).
    case kl(KL)
    /// The distilled one of madebyollin's TAESD.
    case tiny(Tiny)
  }

  /// Settings that only `AutoencoderKL` has.
  public struct KL: Sendable, Hashable {
    /// Residual blocks of each level of the encoder; the decoder has one more.
    public let layersPerBlock: Int
    /// Groups of the group normalisations.
    public let normGroups: Int
    /// Whether a 1x1 convolution follows the encoder.
    public let usesQuantConvolution: Bool
    /// Whether a 1x1 convolution precedes the decoder.
    public let usesPostQuantConvolution: Bool
    /// Whether the deepest level has self-attention.
    public let hasMidAttention: Bool
  }

  /// Settings that only `AutoencoderTiny` has.
  public struct Tiny: Sendable, Hashable {
    /// Residual blocks of each level of the encoder, the finest first.
    public let encoderBlocks: [Int]
    /// Residual blocks of each level of the decoder, the coarsest first.
    public let decoderBlocks: [Int]
    /// Channels of each level of the decoder, the coarsest first.
    public let decoderChannels: [Int]
  }

  /// The architecture.
  public let kind: Kind
  /// Channels of a picture.
  public let pictureChannels: Int
  /// Channels of a latent.
  public let latentChannels: Int
  /// Channels of each level of the encoder, and for `AutoencoderKL` of the decoder too, the finest first.
  public let blockOutChannels: [Int]
  /// The factor by which latents are multiplied after encoding, and divided before decoding.
  public let scalingFactor: Float
  /// Subtracted from latents before they are scaled.
  public let shiftFactor: Float

  /// The side in pixels of the block of the picture that becomes one position of the latent.
  public var downscale: Int {
    switch kind {
    case .kl: 1 << (blockOutChannels.count - 1)
    case .tiny(let tiny): 1 << (tiny.decoderBlocks.count - 1)
    }
  }

  /// Reads a `config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or needs something that
  ///   this program cannot run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(AutoencoderConfiguration.self, from: url)
  }

  /// Reads the text of a `config.json`; `name` is its name in messages.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(AutoencoderConfiguration.self, from: json, name: name)
  }
}

extension AutoencoderConfiguration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case actFn = "act_fn"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case latentChannels = "latent_channels"
    case blockOutChannels = "block_out_channels"
    case layersPerBlock = "layers_per_block"
    case normNumGroups = "norm_num_groups"
    case scalingFactor = "scaling_factor"
    case shiftFactor = "shift_factor"
    case useQuantConv = "use_quant_conv"
    case usePostQuantConv = "use_post_quant_conv"
    case midBlockAddAttention = "mid_block_add_attention"
    case downBlockTypes = "down_block_types"
    case upBlockTypes = "up_block_types"
    case latentsMean = "latents_mean"
    case latentsStd = "latents_std"
    case numEncoderBlocks = "num_encoder_blocks"
    case numDecoderBlocks = "num_decoder_blocks"
    case encoderBlockOutChannels = "encoder_block_out_channels"
    case decoderBlockOutChannels = "decoder_block_out_channels"
    case upsamplingScalingFactor = "upsampling_scaling_factor"
    case upsampleFn = "upsample_fn"
  }

  private typealias Values = ConfigurationValues<CodingKeys>

  /// Decodes and checks; see ``init(contentsOf:)``.
  public init(from decoder: any Decoder) throws {
    let values = Values(try decoder.container(keyedBy: CodingKeys.self))
    let name = try values.value(.className, default: "AutoencoderKL")
    try values.requireNull(.latentsMean)
    try values.requireNull(.latentsStd)
    pictureChannels = try values.count(.inChannels, default: 3, in: 3...3)
    _ = try values.count(.outChannels, default: 3, in: 3...3)
    latentChannels = try values.count(.latentChannels, default: 4, in: 1...1024)
    shiftFactor = try values.optional(Float.self, .shiftFactor) ?? 0
    switch name {
    case "AutoencoderKL":
      scalingFactor = try values.number(.scalingFactor, default: 0.18215, in: 0.0001...1000)
      blockOutChannels = try values.list(.blockOutChannels, default: [64], in: 1...16_384)
      kind = .kl(try Self.kl(values, channels: blockOutChannels))
    case "AutoencoderTiny":
      scalingFactor = try values.number(.scalingFactor, default: 1, in: 0.0001...1000)
      blockOutChannels = try values.list(
        .encoderBlockOutChannels, default: [64, 64, 64, 64], in: 1...4096)
      kind = .tiny(try Self.tiny(values, channels: blockOutChannels))
    default:
      throw ConfigurationProblem.unsupported(
        "_class_name", supported: "AutoencoderKL or AutoencoderTiny",
        found: CheckpointError.quoted(name))
    }
    guard (1...8).contains(blockOutChannels.count) else {
      throw ConfigurationProblem.wrong(
        "block_out_channels", expected: "1 to 8 levels", found: "\(blockOutChannels.count)")
    }
  }

  private static func kl(_ values: Values, channels: [Int]) throws -> KL {
    try values.require(.actFn, "silu", or: "swish")
    for (key, kind) in [
      (CodingKeys.downBlockTypes, "DownEncoderBlock2D"), (.upBlockTypes, "UpDecoderBlock2D"),
    ] {
      let types = try values.optional([String].self, key) ?? channels.map { _ in kind }
      guard types.count == channels.count, types.allSatisfy({ $0 == kind }) else {
        throw ConfigurationProblem.unsupported(
          key.rawValue, supported: "\(channels.count) times \(kind)",
          found: CheckpointError.quoted(types.joined(separator: ", ")))
      }
    }
    let groups = try values.count(.normNumGroups, default: 32, in: 1...1024)
    for width in channels where !width.isMultiple(of: groups) {
      throw ConfigurationProblem.wrong(
        "norm_num_groups", expected: "a divisor of all block_out_channels",
        found: "\(groups), which does not divide \(width)")
    }
    return KL(
      layersPerBlock: try values.count(.layersPerBlock, default: 1, in: 1...16),
      normGroups: groups, usesQuantConvolution: try values.value(.useQuantConv, default: true),
      usesPostQuantConvolution: try values.value(.usePostQuantConv, default: true),
      hasMidAttention: try values.value(.midBlockAddAttention, default: true))
  }

  private static func tiny(_ values: Values, channels: [Int]) throws -> Tiny {
    try values.require(.actFn, "relu")
    try values.require(.upsampleFn, "nearest")
    _ = try values.count(.upsamplingScalingFactor, default: 2, in: 2...2)
    let encoder = try values.list(.numEncoderBlocks, default: [1, 3, 3, 3], in: 0...64)
    let decoder = try values.list(.numDecoderBlocks, default: [3, 3, 3, 1], in: 0...64)
    let own = try values.list(.decoderBlockOutChannels, default: [64, 64, 64, 64], in: 1...4096)
    guard encoder.count == channels.count, decoder.count == own.count, !own.isEmpty,
      encoder.count == decoder.count
    else {
      throw ConfigurationProblem.wrong(
        "num_encoder_blocks", expected: "one number per level, in encoder and decoder",
        found: "\(encoder.count) and \(decoder.count)")
    }
    // A residual block keeps its number of channels, and so does the convolution between two levels.
    guard Set(channels).count == 1, Set(own).count == 1 else {
      throw ConfigurationProblem.unsupported(
        "encoder_block_out_channels", supported: "the same width at all levels",
        found: "\(channels) and \(own)")
    }
    return Tiny(encoderBlocks: encoder, decoderBlocks: decoder, decoderChannels: own)
  }
}

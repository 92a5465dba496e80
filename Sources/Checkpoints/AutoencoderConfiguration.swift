#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The shape of an autoencoder, from the `config.json` of diffusers' `AutoencoderKL`.
///
/// Missing keys have diffusers' defaults.
public struct AutoencoderConfiguration: Sendable, Hashable {
  /// Channels of the picture.
  public let inChannels: Int
  /// Channels of the picture that is decoded.
  public let outChannels: Int
  /// Channels of each level, the finest first.
  public let blockOutChannels: [Int]
  /// Residual blocks of each level of the encoder; the decoder has one more.
  public let layersPerBlock: Int
  /// Channels of the latent.
  public let latentChannels: Int
  /// Groups of the group normalisations.
  public let normGroups: Int
  /// What latents are multiplied by for the network.
  public let scalingFactor: Float
  /// What is taken off latents before that.
  public let shiftFactor: Float

  /// Reads a `config.json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, unsound, or asks for something
  ///   this program cannot run.
  public init(contentsOf url: URL) throws {
    self = try JSONFile.decode(AutoencoderConfiguration.self, from: url)
  }

  /// Reads the text of a `config.json`; `name` is what messages call it.
  public init(json: Data, name: String) throws {
    self = try JSONFile.decode(AutoencoderConfiguration.self, from: json, name: name)
  }

  /// Levels of the network; each but one halves the size.
  public var levels: Int { blockOutChannels.count }

  init(
    inChannels: Int, outChannels: Int, blockOutChannels: [Int], layersPerBlock: Int,
    latentChannels: Int, scalingFactor: Float
  ) {
    self.inChannels = inChannels
    self.outChannels = outChannels
    self.blockOutChannels = blockOutChannels
    self.layersPerBlock = layersPerBlock
    self.latentChannels = latentChannels
    self.scalingFactor = scalingFactor
    normGroups = 32
    shiftFactor = 0
  }
}

extension AutoencoderConfiguration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case downBlockTypes = "down_block_types"
    case upBlockTypes = "up_block_types"
    case blockOutChannels = "block_out_channels"
    case layersPerBlock = "layers_per_block"
    case actFn = "act_fn"
    case latentChannels = "latent_channels"
    case normNumGroups = "norm_num_groups"
    case scalingFactor = "scaling_factor"
    case shiftFactor = "shift_factor"
    case useQuantConv = "use_quant_conv"
    case usePostQuantConv = "use_post_quant_conv"
    case midBlockAddAttention = "mid_block_add_attention"
    case latentsMean = "latents_mean"
    case latentsStd = "latents_std"
  }

  /// Decodes and checks; see ``init(contentsOf:)``.
  public init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    try values.require(.className, "AutoencoderKL")
    try values.require(.actFn, "silu", or: "swish")
    try values.requireNull(.latentsMean)
    try values.requireNull(.latentsStd)
    for key in [CodingKeys.useQuantConv, .usePostQuantConv, .midBlockAddAttention] {
      guard try values.value(key, default: true) else {
        throw ConfigurationProblem.unsupported(key.rawValue, supported: "true", found: "false")
      }
    }
    blockOutChannels = try values.list(.blockOutChannels, default: [64], in: 1...16_384)
    normGroups = try values.count(.normNumGroups, default: 32, in: 1...1024)
    for channels in blockOutChannels where !channels.isMultiple(of: normGroups) {
      throw ConfigurationProblem.wrong(
        "norm_num_groups", expected: "a divisor of all block_out_channels",
        found: "\(normGroups), which does not divide \(channels)")
    }
    let levels = blockOutChannels.count
    guard (1...8).contains(levels) else {
      throw ConfigurationProblem.wrong(
        "block_out_channels", expected: "1 to 8 levels", found: "\(levels)")
    }
    for (key, kind) in [
      (CodingKeys.downBlockTypes, "DownEncoderBlock2D"), (.upBlockTypes, "UpDecoderBlock2D"),
    ] {
      let kinds = try values.value(key, default: Array(repeating: kind, count: levels))
      guard kinds == Array(repeating: kind, count: levels) else {
        throw ConfigurationProblem.unsupported(
          key.rawValue, supported: "\(kind) at each of the \(levels) levels",
          found: CheckpointError.quoted(kinds.joined(separator: ", ")))
      }
    }
    inChannels = try values.count(.inChannels, default: 3, in: 1...64)
    outChannels = try values.count(.outChannels, default: 3, in: 1...64)
    layersPerBlock = try values.count(.layersPerBlock, default: 1, in: 1...16)
    latentChannels = try values.count(.latentChannels, default: 4, in: 1...256)
    scalingFactor = try values.number(.scalingFactor, default: 0.18215, in: 0.0001...1000)
    shiftFactor = try values.number(.shiftFactor, default: 0, in: -1000...1000)
  }
}

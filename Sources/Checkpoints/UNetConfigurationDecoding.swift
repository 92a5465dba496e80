#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension UNetConfiguration: Decodable {
  private enum CodingKeys: String, CodingKey {
    case className = "_class_name"
    case sampleSize = "sample_size"
    case inChannels = "in_channels"
    case outChannels = "out_channels"
    case centerInputSample = "center_input_sample"
    case flipSinToCos = "flip_sin_to_cos"
    case freqShift = "freq_shift"
    case downBlockTypes = "down_block_types"
    case midBlockType = "mid_block_type"
    case upBlockTypes = "up_block_types"
    case onlyCrossAttention = "only_cross_attention"
    case midBlockOnlyCrossAttention = "mid_block_only_cross_attention"
    case blockOutChannels = "block_out_channels"
    case layersPerBlock = "layers_per_block"
    case downsamplePadding = "downsample_padding"
    case midBlockScaleFactor = "mid_block_scale_factor"
    case actFn = "act_fn"
    case normNumGroups = "norm_num_groups"
    case normEps = "norm_eps"
    case crossAttentionDim = "cross_attention_dim"
    case transformerLayers = "transformer_layers_per_block"
    case reverseTransformerLayers = "reverse_transformer_layers_per_block"
    case encoderHidDim = "encoder_hid_dim"
    case encoderHidDimType = "encoder_hid_dim_type"
    case attentionHeadDim = "attention_head_dim"
    case numAttentionHeads = "num_attention_heads"
    case dualCrossAttention = "dual_cross_attention"
    case useLinearProjection = "use_linear_projection"
    case classEmbedType = "class_embed_type"
    case additionEmbedType = "addition_embed_type"
    case additionTimeEmbedDim = "addition_time_embed_dim"
    case numClassEmbeds = "num_class_embeds"
    case resnetTimeScaleShift = "resnet_time_scale_shift"
    case resnetSkipTimeAct = "resnet_skip_time_act"
    case timeEmbeddingType = "time_embedding_type"
    case timeEmbeddingDim = "time_embedding_dim"
    case timeEmbeddingActFn = "time_embedding_act_fn"
    case timestepPostAct = "timestep_post_act"
    case timeCondProjDim = "time_cond_proj_dim"
    case convInKernel = "conv_in_kernel"
    case convOutKernel = "conv_out_kernel"
    case projectionClassDim = "projection_class_embeddings_input_dim"
    case attentionType = "attention_type"
    case classEmbeddingsConcat = "class_embeddings_concat"
    case downsampleType = "downsample_type"
    case upsampleType = "upsample_type"
    case addAttention = "add_attention"
    case attentionNormGroups = "attn_norm_num_groups"
    case crossAttentionNorm = "cross_attention_norm"
  }

  private typealias Values = ConfigurationValues<CodingKeys>

  /// Decodes and checks; see ``init(contentsOf:)``.
  public init(from decoder: any Decoder) throws {
    let values = Values(try decoder.container(keyedBy: CodingKeys.self))
    try Self.rejectUnsupported(values)
    let isUnconditional = try values.optional(String.self, .className) == Self.unconditional
    let attention =
      isUnconditional ? ("Attn", BlockKind.selfAttention) : ("CrossAttn", .crossAttention)

    blockOutChannels = try values.list(
      .blockOutChannels,
      default: isUnconditional ? [224, 448, 672, 896] : [320, 640, 1280, 1280], in: 1...16_384)
    let levels = blockOutChannels.count
    guard (1...8).contains(levels) else {
      throw ConfigurationProblem.wrong(
        "block_out_channels", expected: "1 to 8 levels", found: "\(levels)")
    }
    let plainFirst = [BlockKind.plain, attention.1, attention.1, attention.1]
    let plainLast = [attention.1, attention.1, attention.1, BlockKind.plain]
    downBlocks = try Self.kinds(
      values, .downBlockTypes, plain: "DownBlock2D", attention,
      default: isUnconditional ? plainFirst : plainLast, levels: levels)
    upBlocks = try Self.kinds(
      values, .upBlockTypes, plain: "UpBlock2D", attention,
      default: isUnconditional ? plainLast : plainFirst, levels: levels)
    midBlock = try isUnconditional ? Self.unconditionalMidKind(values) : Self.midKind(values)

    let size = try values.optional(OneOrMany<Int>.self, .sampleSize) ?? .one(64)
    let sides = try size.perLevel(2, key: "sample_size")
    for side in sides { try values.check(side, .sampleSize, in: 1...4096) }
    (sampleHeight, sampleWidth) = (sides[0], sides[1])
    let usual = isUnconditional ? 3 : 4
    inChannels = try values.count(.inChannels, default: usual, in: 1...4096)
    outChannels = try values.count(.outChannels, default: usual, in: 1...4096)
    centersInput = try values.value(.centerInputSample, default: false)
    flipsSinToCos = try values.value(.flipSinToCos, default: true)
    frequencyShift = try values.number(.freqShift, default: 0, in: -1024...1024)
    layersPerBlock = try values.perLevel(.layersPerBlock, default: 2, levels: levels, in: 1...16)
    downsamplePadding = try values.count(.downsamplePadding, default: 1, in: 0...1)
    midBlockScaleFactor = try values.number(.midBlockScaleFactor, default: 1, in: 0.001...1000)
    normGroups = try values.count(.normNumGroups, default: 32, in: 1...1024)
    normEpsilon = try values.number(.normEps, default: 1e-5, in: 0...1)
    crossAttentionDim = try values.perLevel(
      .crossAttentionDim, default: 1280, levels: levels, in: 1...16_384)
    attentionHeads =
      try isUnconditional
      ? Self.unconditionalHeads(values, blockOutChannels)
      : values.perLevel(.attentionHeadDim, default: 8, levels: levels, in: 1...1024)
    usesLinearProjection = try values.value(.useLinearProjection, default: false)
    timeEmbeddingDim =
      try values.optional(Int.self, .timeEmbeddingDim) ?? blockOutChannels[0] * 4
    try values.check(timeEmbeddingDim, .timeEmbeddingDim, in: 1...65_536)
    convInKernel = try values.count(.convInKernel, default: 3, in: 1...15)
    convOutKernel = try values.count(.convOutKernel, default: 3, in: 1...15)
    classProjectionDim = try Self.classProjection(values)
    addedEmbedding = try Self.addition(values)
    guidanceEmbeddingDim = try values.optional(Int.self, .timeCondProjDim)
    if let guidanceEmbeddingDim {
      try values.check(guidanceEmbeddingDim, .timeCondProjDim, in: 4...16_384)
    }

    let layers = try TransformerLayers(values, layersPerBlock: layersPerBlock)
    transformerLayersDown = layers.down
    transformerLayersMid = layers.mid
    transformerLayersUp = layers.up
    try checkDivisions()
  }

  // MARK: Parts of decoding

  private static let unconditional = "UNet2DModel"

  private static func kinds(
    _ values: Values, _ key: CodingKeys, plain: String,
    _ attention: (prefix: String, kind: BlockKind),
    default missing: [BlockKind], levels: Int
  ) throws -> [BlockKind] {
    let attending = attention.prefix + plain
    let kinds =
      try values.optional([String].self, key)?.map { name -> BlockKind in
        switch name {
        case plain: return .plain
        case attending: return attention.kind
        default:
          throw ConfigurationProblem.unsupported(
            key.stringValue, supported: "\(plain) or \(attending)",
            found: CheckpointError.quoted(name))
        }
      } ?? missing
    guard kinds.count == levels else {
      throw ConfigurationProblem.wrong(
        key.stringValue, expected: "\(levels) levels, as block_out_channels has",
        found: "\(kinds.count)")
    }
    return kinds
  }

  private static func unconditionalMidKind(_ values: Values) throws -> BlockKind? {
    guard values.isPresent(.midBlockType),
      try values.optional(String.self, .midBlockType) == nil
    else {
      try values.require(.midBlockType, "UNetMidBlock2D")
      return .selfAttention
    }
    return nil
  }

  /// The heads of each level, given a head width shared by all levels; one head at each level if none is given.
  private static func unconditionalHeads(_ values: Values, _ channels: [Int]) throws -> [Int] {
    let isGiven = try values.optional(Int.self, .attentionHeadDim) != nil
    guard isGiven || !values.isPresent(.attentionHeadDim) else { return channels.map { _ in 1 } }
    let width = try values.count(.attentionHeadDim, default: 8, in: 1...16_384)
    for count in channels where !count.isMultiple(of: width) {
      throw ConfigurationProblem.wrong(
        "attention_head_dim", expected: "a divisor of all block_out_channels",
        found: "\(width), which does not divide \(count)")
    }
    return channels.map { $0 / width }
  }

  private static func midKind(_ values: Values) throws -> BlockKind? {
    guard values.isPresent(.midBlockType) else { return .crossAttention }
    switch try values.optional(String.self, .midBlockType) {
    case nil: return nil
    case "UNetMidBlock2DCrossAttn": return .crossAttention
    case "UNetMidBlock2D": return .plain
    case .some(let other):
      throw ConfigurationProblem.unsupported(
        "mid_block_type", supported: "UNetMidBlock2DCrossAttn, UNetMidBlock2D or null",
        found: CheckpointError.quoted(other))
    }
  }

  private static func classProjection(_ values: Values) throws -> Int? {
    switch try values.optional(String.self, .classEmbedType) {
    case nil: return nil
    case "projection":
      guard let width = try values.optional(Int.self, .projectionClassDim) else {
        throw ConfigurationProblem.wrong(
          "projection_class_embeddings_input_dim",
          expected: "a number, since class_embed_type is \"projection\"", found: "null")
      }
      try values.check(width, .projectionClassDim, in: 1...65_536)
      return width
    case .some(let other):
      throw ConfigurationProblem.unsupported(
        "class_embed_type", supported: "null or \"projection\"",
        found: CheckpointError.quoted(other))
    }
  }

  private static func addition(_ values: Values) throws -> AddedEmbedding? {
    switch try values.optional(String.self, .additionEmbedType) {
    case nil:
      try values.requireNull(.additionTimeEmbedDim)
      return nil
    case "text_time":
      guard let timeDim = try values.optional(Int.self, .additionTimeEmbedDim),
        let inputDim = try values.optional(Int.self, .projectionClassDim)
      else {
        throw ConfigurationProblem.wrong(
          "projection_class_embeddings_input_dim",
          expected:
            "a number (and addition_time_embed_dim too), since addition_embed_type is \"text_time\"",
          found: "null")
      }
      try values.check(timeDim, .additionTimeEmbedDim, in: 2...4096)
      try values.check(inputDim, .projectionClassDim, in: (6 * timeDim)...65_536)
      return AddedEmbedding(timeDim: timeDim, inputDim: inputDim)
    case .some(let other):
      throw ConfigurationProblem.unsupported(
        "addition_embed_type", supported: "null or \"text_time\"",
        found: CheckpointError.quoted(other))
    }
  }

  /// Throws for settings that change the network in an unsupported way.
  private static func rejectUnsupported(_ values: Values) throws {
    try values.require(.className, "UNet2DConditionModel", or: unconditional)
    if try values.optional(String.self, .className) == unconditional {
      try values.require(.downsampleType, "conv")
      try values.require(.upsampleType, "conv")
      try values.requireNull(.attentionNormGroups)
      try values.requireNull(.classEmbedType)
      guard try values.value(.addAttention, default: true) else {
        throw ConfigurationProblem.unsupported("add_attention", supported: "true", found: "false")
      }
      guard try values.value(.midBlockScaleFactor, default: Float(1)) == 1 else {
        throw ConfigurationProblem.unsupported(
          "mid_block_scale_factor", supported: "1", found: "another number")
      }
    }
    try values.require(.actFn, "silu", or: "swish")
    try values.require(.timeEmbeddingType, "positional")
    try values.require(.resnetTimeScaleShift, "default")
    try values.require(.attentionType, "default")
    for key in [
      CodingKeys.dualCrossAttention, .resnetSkipTimeAct, .classEmbeddingsConcat,
      .midBlockOnlyCrossAttention,
    ] { try values.requireFalse(key) }
    let only = try values.optional(OneOrMany<Bool>.self, .onlyCrossAttention) ?? .one(false)
    if case .one(true) = only { throw Self.onlyCrossAttention }
    if case .many(let flags) = only, flags.contains(true) { throw Self.onlyCrossAttention }
    for key in [
      CodingKeys.encoderHidDim, .encoderHidDimType, .numAttentionHeads, .numClassEmbeds,
      .timeEmbeddingActFn, .timestepPostAct,
      .crossAttentionNorm,
    ] { try values.requireNull(key) }
  }

  private static var onlyCrossAttention: ConfigurationProblem {
    .unsupported("only_cross_attention", supported: "false", found: "true")
  }

  private func checkDivisions() throws {
    for (level, channels) in blockOutChannels.enumerated() {
      guard channels.isMultiple(of: normGroups) else {
        throw ConfigurationProblem.wrong(
          "norm_num_groups", expected: "a divisor of all block_out_channels",
          found: "\(normGroups), which does not divide \(channels)")
      }
      guard channels.isMultiple(of: attentionHeads[level]) || !hasAttention(level) else {
        throw ConfigurationProblem.wrong(
          "attention_head_dim", expected: "a number of heads that divides the level's channels",
          found: "\(attentionHeads[level]), which does not divide \(channels)")
      }
    }
    let widths = attendingLevels.map { crossAttentionDim[$0] }
    guard widths.allSatisfy({ $0 == contextChannels }) else {
      throw ConfigurationProblem.unsupported(
        "cross_attention_dim", supported: "one width for all levels", found: "\(widths)")
    }
    // The concatenated skips of the upward path are normalised too, before their first convolution. Sums of multiples
    // are also multiples, so nothing else needs to be checked.
    guard blockOutChannels[0].isMultiple(of: 2) else {
      throw ConfigurationProblem.wrong(
        "block_out_channels", expected: "an even first number, for sines and cosines of the time",
        found: "\(blockOutChannels[0])")
    }
    guard frequencyShift != Float(blockOutChannels[0] / 2) else {
      throw ConfigurationProblem.wrong(
        "freq_shift", expected: "a number other than half of the first block_out_channels",
        found: "\(frequencyShift)")
    }
    for (key, kernel) in [("conv_in_kernel", convInKernel), ("conv_out_kernel", convOutKernel)]
    where kernel.isMultiple(of: 2) {
      throw ConfigurationProblem.unsupported(
        key, supported: "an odd number, which keeps the size", found: "\(kernel)")
    }
  }

  private func hasAttention(_ level: Int) -> Bool {
    kinds(at: level).contains { $0 != .plain }
  }
}

/// Transformer depths, which diffusers writes as one number, one for each level, or one for each layer.
private struct TransformerLayers {
  var down: [[Int]]
  var mid: Int
  var up: [[Int]]

  init<Key: CodingKey>(_ values: ConfigurationValues<Key>, layersPerBlock: [Int]) throws {
    let levels = layersPerBlock.count
    let depthKey = "transformer_layers_per_block"
    let reverseKey = "reverse_transformer_layers_per_block"
    guard let key = Key(stringValue: depthKey), let reverse = Key(stringValue: reverseKey) else {
      preconditionFailure("the keys of a U-Net's configuration lack its transformer depths")
    }
    let depths = try values.optional(OneOrMany<OneOrMany<Int>>.self, key) ?? .one(.one(1))
    let perLevel: [OneOrMany<Int>] =
      switch depths {
      // A list of numbers may be read as one value that is itself a list.
      case .one(.many(let list)):
        try OneOrMany.many(list).perLevel(levels, key: depthKey).map { .one($0) }
      case .one(let one): Array(repeating: one, count: levels)
      case .many: try depths.perLevel(levels, key: depthKey)
      }
    down = try zip(perLevel, layersPerBlock).map { try $0.perLevel($1, key: depthKey) }
    let isNested = perLevel.contains { if case .many = $0 { true } else { false } }
    if let given = try values.optional([OneOrMany<Int>].self, reverse) {
      guard given.count == levels else {
        throw ConfigurationProblem.wrong(
          reverseKey, expected: "\(levels) levels", found: "\(given.count)")
      }
      up = try zip(given, layersPerBlock.reversed()).map {
        try $0.perLevel($1 + 1, key: reverseKey)
      }
    } else {
      guard !isNested else {
        throw ConfigurationProblem.wrong(
          reverseKey, expected: "depths for the up blocks, since \(depthKey) has one per layer",
          found: "null")
      }
      up = zip(down.reversed(), layersPerBlock.reversed()).map {
        Array(repeating: $0[0], count: $1 + 1)
      }
    }
    mid = down[levels - 1][0]
    for depth in (down + up).joined() where !(1...32).contains(depth) {
      throw ConfigurationProblem.wrong(depthKey, expected: "1 to 32", found: "\(depth)")
    }
  }
}

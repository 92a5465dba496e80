/// The U-Net in the original naming: `input_blocks`, `middle_block` and `output_blocks`, numbered continuously across
/// levels (CompVis/latent-diffusion, `openaimodel.py`).
enum OriginalUNet {
  /// The prefix of the names in a file of a whole model.
  static let prefix = "model.diffusion_model."

  // MARK: Names

  /// The table of a U-Net's names.
  static func names(_ configuration: UNetConfiguration) -> NameTable {
    var table = NameTable()
    table.layer("conv_in", "input_blocks.0.0")
    table.layer("time_embedding.linear_1", "time_embed.0")
    table.layer("time_embedding.linear_2", "time_embed.2")
    if configuration.guidanceEmbeddingDim != nil {
      table.layer("time_embedding.cond_proj", "time_embed.cond_proj", bias: false)
    }
    if configuration.addedEmbedding != nil {
      table.layer("add_embedding.linear_1", "label_emb.0.0")
      table.layer("add_embedding.linear_2", "label_emb.0.2")
    }
    if configuration.classProjectionDim != nil {
      table.layer("class_embedding.linear_1", "label_emb.0.0")
      table.layer("class_embedding.linear_2", "label_emb.0.2")
    }
    let channels = configuration.blockOutChannels
    let last = channels.count - 1
    var kept = [channels[0]]
    var width = channels[0]

    var block = 1
    for level in channels.indices {
      for layer in 0..<configuration.layersPerBlock[level] {
        let name = "down_blocks.\(level)"
        table.residual(
          "\(name).resnets.\(layer)", "input_blocks.\(block).0",
          shortcut: width != channels[level])
        table.attention(
          configuration.downBlocks[level], "\(name).attentions.\(layer)", "input_blocks.\(block).1",
          depth: configuration.transformerLayersDown[level][layer])
        width = channels[level]
        kept.append(width)
        block += 1
      }
      guard level < last else { continue }
      table.layer("down_blocks.\(level).downsamplers.0.conv", "input_blocks.\(block).0.op")
      kept.append(width)
      block += 1
    }

    if configuration.midBlock != nil {
      table.residual("mid_block.resnets.0", "middle_block.0", shortcut: false)
    }
    if let kind = configuration.midBlock, kind != .plain {
      table.attention(
        kind, "mid_block.attentions.0", "middle_block.1", depth: configuration.transformerLayersMid)
      table.residual("mid_block.resnets.1", "middle_block.2", shortcut: false)
    }

    block = 0
    for (index, level) in channels.indices.reversed().enumerated() {
      let layers = configuration.layersPerBlock[level]
      let kind = configuration.upBlocks[index]
      for layer in 0...layers {
        let name = "up_blocks.\(index)"
        let input = width + kept.removeLast()
        table.residual(
          "\(name).resnets.\(layer)", "output_blocks.\(block).0",
          shortcut: input != channels[level])
        table.attention(
          kind, "\(name).attentions.\(layer)", "output_blocks.\(block).1",
          depth: configuration.transformerLayersUp[index][layer])
        if layer == layers, level > 0 {
          table.layer(
            "\(name).upsamplers.0.conv", "output_blocks.\(block).\(kind == .plain ? 1 : 2).conv")
        }
        width = channels[level]
        block += 1
      }
    }
    table.layer("conv_norm_out", "out.0")
    table.layer("conv_out", "out.2")
    return table
  }

  // MARK: Configuration

  /// The configuration of the U-Net whose tensors have these shapes.
  ///
  /// Shapes do not show the heads: there are 8 in Stable Diffusion 1, and heads of 64 channels in 2 and XL. Nor do they
  /// show the picture's size or the 32 groups of the normalisations.
  ///
  /// - Parameters:
  ///   - shapes: The tensors, by their names without the prefix.
  ///   - family: The model's family.
  ///   - sampleSize: The rows and columns of the latent it was trained on.
  ///   - file: The file's name for messages.
  /// - Throws: ``CheckpointError`` if they are not a U-Net.
  static func configuration(
    _ shapes: [String: [Int]], family: ModelFamily, sampleSize: Int, file: String
  ) throws -> UNetConfiguration {
    let facts = try UNetFacts(
      OriginalShapes(shapes, file: file), family: family, sampleSize: sampleSize)
    return try UNetConfiguration(json: facts.json(), name: file)
  }
}

extension NameTable {
  /// A residual block.
  fileprivate mutating func residual(_ name: String, _ original: String, shortcut: Bool) {
    layer("\(name).norm1", "\(original).in_layers.0")
    layer("\(name).conv1", "\(original).in_layers.2")
    layer("\(name).time_emb_proj", "\(original).emb_layers.1")
    layer("\(name).norm2", "\(original).out_layers.0")
    layer("\(name).conv2", "\(original).out_layers.3")
    if shortcut { layer("\(name).conv_shortcut", "\(original).skip_connection") }
  }

  /// The attention after a residual block.
  fileprivate mutating func attention(
    _ kind: UNetConfiguration.BlockKind, _ name: String, _ original: String, depth: Int
  ) {
    switch kind {
    case .plain: break
    case .crossAttention: transformer(name, original, depth: depth)
    // No published model has these in the original naming, so only diffusers' names matter.
    case .selfAttention:
      layers(["group_norm", "to_q", "to_k", "to_v", "to_out.0"], of: name, original)
    }
  }

  /// A stack of transformer blocks, whose layers have the same names in both.
  fileprivate mutating func transformer(_ name: String, _ original: String, depth: Int) {
    layers(["norm", "proj_in", "proj_out"], of: name, original)
    for block in 0..<depth {
      let (name, original) = (
        "\(name).transformer_blocks.\(block)", "\(original).transformer_blocks.\(block)"
      )
      for attention in ["attn1", "attn2"] {
        layers(
          ["to_q", "to_k", "to_v"], bias: false, of: "\(name).\(attention)",
          "\(original).\(attention)")
        layers(["to_out.0"], of: "\(name).\(attention)", "\(original).\(attention)")
      }
      layers(["ff.net.0.proj", "ff.net.2", "norm1", "norm2", "norm3"], of: name, original)
    }
  }
}

/// What the shapes show about a U-Net, in the form of diffusers' `config.json`, whose reader checks it.
private struct UNetFacts: ConfigurationFacts {
  var sampleSize: Int
  var inChannels: Int
  var outChannels: Int
  var blockOutChannels: [Int] = []
  var layersPerBlock: [Int] = []
  var downBlockTypes: [String] = []
  var midBlockType: MidBlockType
  var upBlockTypes: [String] = []
  var transformerLayersPerBlock: [[Int]] = []
  var reverseTransformerLayersPerBlock: [[Int]] = []
  var crossAttentionDim: Int
  var attentionHeadDim: [Int]
  var useLinearProjection: Bool
  var timeEmbeddingDim: Int
  var timeCondProjDim: Int?
  var additionEmbedType: String?
  var additionTimeEmbedDim: Int?
  var projectionClassEmbeddingsInputDim: Int?

  /// Null means no block; a missing key would mean something else.
  enum MidBlockType: Encodable {
    case crossAttention, plain, none

    func encode(to encoder: any Encoder) throws {
      var container = encoder.singleValueContainer()
      switch self {
      case .crossAttention: try container.encode("UNetMidBlock2DCrossAttn")
      case .plain: try container.encode("UNetMidBlock2D")
      case .none: try container.encodeNil()
      }
    }
  }

  init(_ shapes: OriginalShapes, family: ModelFamily, sampleSize: Int) throws {
    self.sampleSize = sampleSize
    inChannels = try shapes.size(of: "input_blocks.0.0.weight", 1)
    outChannels = try shapes.size(of: "out.2.weight", 0)
    timeEmbeddingDim = try shapes.size(of: "time_embed.0.weight", 0)
    let condition = "time_embed.cond_proj.weight"
    timeCondProjDim = shapes.contains(condition) ? try shapes.size(of: condition, 1) : nil
    let first = try shapes.firstTransformer()
    crossAttentionDim = try shapes.size(of: "\(first).transformer_blocks.0.attn2.to_k.weight", 1)
    useLinearProjection = try shapes.shape("\(first).proj_in.weight").count == 2
    if family == .stableDiffusionXL {
      additionEmbedType = "text_time"
      additionTimeEmbedDim = 256
      projectionClassEmbeddingsInputDim = try shapes.size(of: "label_emb.0.0.weight", 1)
    }
    let middle = shapes.depth("middle_block.1")
    // SSD-1B kept one residual block in the middle, and no transformer.
    let hasMiddle = shapes.contains("middle_block.0.in_layers.2.weight")
    midBlockType = middle > 0 ? .crossAttention : hasMiddle ? .plain : .none
    attentionHeadDim = []

    var block = 1
    var depths: [Int] = []
    while true {
      let name = "input_blocks.\(block)"
      if shapes.contains("\(name).0.in_layers.2.weight") {
        let channels = try shapes.size(of: "\(name).0.in_layers.2.weight", 0)
        if depths.isEmpty { blockOutChannels.append(channels) }
        depths.append(shapes.depth("\(name).1"))
      } else {
        try close(&depths, shapes)
        guard shapes.contains("\(name).0.op.weight") else { break }
      }
      block += 1
    }
    // diffusers takes the middle's depth from the last level, whether or not it has transformers.
    let last = layersPerBlock.count - 1
    if middle > 0, downBlockTypes[last] == "DownBlock2D" {
      transformerLayersPerBlock[last] = Array(repeating: middle, count: layersPerBlock[last])
    }
    attentionHeadDim = blockOutChannels.map { channels in
      family == .stableDiffusion1 ? 8 : max(1, channels / 64)
    }
    try readWayUp(shapes)
  }

  /// Ends a level of the downward path.
  private mutating func close(_ depths: inout [Int], _ shapes: OriginalShapes) throws {
    guard !depths.isEmpty else {
      throw shapes.strange("residual blocks at every level", "a level without any")
    }
    layersPerBlock.append(depths.count)
    downBlockTypes.append(
      try shapes.kind(depths, plain: "DownBlock2D", crossing: "CrossAttnDownBlock2D"))
    transformerLayersPerBlock.append(depths.map { max(1, $0) })
    depths = []
  }

  private mutating func readWayUp(_ shapes: OriginalShapes) throws {
    var block = 0
    for level in blockOutChannels.indices.reversed() {
      let depths = (0...layersPerBlock[level]).map { shapes.depth("output_blocks.\(block + $0).1") }
      upBlockTypes.append(
        try shapes.kind(depths, plain: "UpBlock2D", crossing: "CrossAttnUpBlock2D"))
      reverseTransformerLayersPerBlock.append(depths.map { max(1, $0) })
      block += depths.count
    }
  }
}

extension OriginalShapes {
  /// The transformer blocks in the stack with this name, 0 if there is none.
  fileprivate func depth(_ name: String) -> Int {
    var depth = 0
    while contains("\(name).transformer_blocks.\(depth).norm1.weight") { depth += 1 }
    return depth
  }

  /// The name of the first stack of transformer blocks on the downward path.
  fileprivate func firstTransformer() throws -> String {
    let candidates = (1...64).map { "input_blocks.\($0).1" } + ["middle_block.1"]
    guard let first = candidates.first(where: { depth($0) > 0 }) else {
      throw strange("transformer blocks that read the prompt", "none in the U-Net")
    }
    return first
  }

  /// The kind of a level with transformers of these depths.
  fileprivate func kind(_ depths: [Int], plain: String, crossing: String) throws -> String {
    if depths.allSatisfy({ $0 == 0 }) { return plain }
    guard depths.allSatisfy({ $0 > 0 }) else {
      throw strange(
        "transformers after all residual blocks of a level or after none", "after some only")
    }
    return crossing
  }
}

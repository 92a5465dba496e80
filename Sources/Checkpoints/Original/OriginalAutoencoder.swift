#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// The autoencoder in the original naming (CompVis/latent-diffusion, `diffusionmodules/model.py`).
enum OriginalAutoencoder {
  /// The prefix of the names in a file of a whole model.
  static let prefixes = ["first_stage_model.", "vae."]

  /// Tensors that only training needs.
  static func isHarmless(_ name: String) -> Bool {
    name.hasPrefix("loss.") || name.hasPrefix("model_ema.")
  }

  /// The table of an autoencoder's names, or `nil` for an architecture that single files do not contain.
  static func names(_ configuration: AutoencoderConfiguration) -> NameTable? {
    guard case .kl(let kl) = configuration.kind else { return nil }
    let channels = configuration.blockOutChannels
    let last = channels.count - 1
    var table = NameTable()

    table.layer("encoder.conv_in", "encoder.conv_in")
    var width = channels[0]
    for level in channels.indices {
      for layer in 0..<kl.layersPerBlock {
        table.residual(
          "encoder.down_blocks.\(level).resnets.\(layer)", "encoder.down.\(level).block.\(layer)",
          shortcut: width != channels[level])
        width = channels[level]
      }
      guard level < last else { continue }
      table.layer(
        "encoder.down_blocks.\(level).downsamplers.0.conv", "encoder.down.\(level).downsample.conv")
    }
    table.ends(of: "encoder", attends: kl.hasMidAttention)

    table.layer("decoder.conv_in", "decoder.conv_in")
    for (index, level) in channels.indices.reversed().enumerated() {
      // The original naming also numbers the decoder's levels from the finest, although the finest is computed last.
      for layer in 0...kl.layersPerBlock {
        table.residual(
          "decoder.up_blocks.\(index).resnets.\(layer)", "decoder.up.\(level).block.\(layer)",
          shortcut: width != channels[level])
        width = channels[level]
      }
      guard level > 0 else { continue }
      table.layer(
        "decoder.up_blocks.\(index).upsamplers.0.conv", "decoder.up.\(level).upsample.conv")
    }
    table.ends(of: "decoder", attends: kl.hasMidAttention)
    if kl.usesQuantConvolution { table.layer("quant_conv", "quant_conv") }
    if kl.usesPostQuantConvolution { table.layer("post_quant_conv", "post_quant_conv") }
    return table
  }

  /// The configuration of the autoencoder whose tensors have these shapes.
  ///
  /// Shapes do not show the scaling factor: it is 0.13025 in XL, 0.18215 in the others.
  ///
  /// - Throws: ``CheckpointError`` if they are not an autoencoder.
  static func configuration(_ shapes: OriginalShapes, family: ModelFamily) throws
    -> AutoencoderConfiguration
  {
    func block(_ level: Int, _ layer: Int) -> String {
      "encoder.down.\(level).block.\(layer).conv1.weight"
    }
    let facts = AutoencoderFacts(
      inChannels: try shapes.size(of: "encoder.conv_in.weight", 1),
      outChannels: try shapes.size(of: "decoder.conv_out.weight", 0),
      blockOutChannels: try (0..<shapes.count { block($0, 0) }).map {
        try shapes.size(of: block($0, 0), 0)
      },
      layersPerBlock: shapes.count { block(0, $0) },
      latentChannels: try shapes.size(of: "decoder.conv_in.weight", 1),
      scalingFactor: family == .stableDiffusionXL ? 0.13025 : 0.18215)
    return try AutoencoderConfiguration(json: facts.json(), name: shapes.file)
  }
}

/// What the shapes show about an autoencoder, as the `config.json` of diffusers, whose reader checks it.
private struct AutoencoderFacts: ConfigurationFacts {
  var inChannels: Int
  var outChannels: Int
  var blockOutChannels: [Int]
  var layersPerBlock: Int
  var latentChannels: Int
  var scalingFactor: Float
}

extension NameTable {
  /// A residual block.
  fileprivate mutating func residual(_ name: String, _ original: String, shortcut: Bool) {
    layers(["norm1", "conv1", "norm2", "conv2"], of: name, original)
    if shortcut { layer("\(name).conv_shortcut", "\(original).nin_shortcut") }
  }

  /// The middle block and the last layers of either half.
  fileprivate mutating func ends(of half: String, attends: Bool) {
    let attention = ("\(half).mid_block.attentions.0", "\(half).mid.attn_1")
    residual("\(half).mid_block.resnets.0", "\(half).mid.block_1", shortcut: false)
    if attends {
      layer("\(attention.0).group_norm", "\(attention.1).norm")
      for (name, original) in [
        ("to_q", "q"), ("to_k", "k"), ("to_v", "v"), ("to_out.0", "proj_out"),
      ] {
        layer("\(attention.0).\(name)", "\(attention.1).\(original)", .pixelwise)
      }
    }
    residual("\(half).mid_block.resnets.1", "\(half).mid.block_2", shortcut: false)
    layer("\(half).conv_norm_out", "\(half).norm_out")
    layer("\(half).conv_out", "\(half).conv_out")
  }
}

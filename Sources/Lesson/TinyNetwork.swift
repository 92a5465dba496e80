import Checkpoints
import Diffusion
import Foundation
import Models
import Pictures
import Tensors

/// The lesson's network: a U-Net like the embedded model's, small enough to train within minutes.
struct TinyNetwork: Sendable {
  /// What it predicts: the clean picture.
  static let prediction = Prediction.sample
  /// The noise levels that it is trained on.
  static let schedule = NoiseSchedule.linear()
  /// The side of the blocks of pixels that are folded into channels.
  static let fold = 2

  let configuration: UNetConfiguration

  init() throws {
    configuration = try UNetConfiguration(json: Data(Self.json.utf8), name: "the lesson's network")
  }

  /// The shape of a sample.
  var shape: LatentShape {
    LatentShape(
      height: configuration.sampleHeight, width: configuration.sampleWidth,
      channels: configuration.inChannels)
  }

  /// The network with these weights, as a denoiser for the sampler core.
  @Compute func denoiser(_ weights: [NamedTensor]) throws -> NetworkDenoiser {
    NetworkDenoiser(
      prediction: Self.prediction,
      network: ConditionedUNet(
        UNet(configuration, source: LearntParameters(weights), type: .f32), type: .f32,
        scale: Self.fold))
  }

  /// A sample as a picture.
  func picture(of sample: Latent) -> Picture {
    PixelFold(fold: Self.fold).picture(sample, range: 1)
  }

  private static let json = """
    {"_class_name": "UNet2DConditionModel", "sample_size": 16, "in_channels": 12, "out_channels": 12,
     "block_out_channels": [32, 64, 96], "layers_per_block": 1, "norm_num_groups": 8,
     "cross_attention_dim": 384, "attention_head_dim": [1, 2, 3], "class_embed_type": "projection",
     "projection_class_embeddings_input_dim": 384,
     "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"],
     "up_block_types": ["CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"]}
    """
}

/// The weights learned so far.
private struct LearntParameters: ParameterSource {
  private let tensors: [String: NamedTensor]

  init(_ tensors: [NamedTensor]) {
    self.tensors = Dictionary(tensors.map { ($0.name, $0) }) { first, _ in first }
  }

  func values(_ name: String, shape: [Int]) throws -> [Float] {
    guard let tensor = tensors[name], tensor.shape == shape else {
      preconditionFailure("\(name) was not learnt in this shape")
    }
    return tensor.values
  }
}

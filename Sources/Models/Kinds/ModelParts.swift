import Checkpoints
import Diffusion
import Pictures
import Recipes
import Tensors

/// The parts of a ``Pipeline``. Each kind of model has a file beside this one that makes them.
struct ModelParts: Sendable {
  /// The model's name.
  let name: String
  /// The width in pixels of the pictures that it was trained on.
  let width: Int
  /// The height in pixels of the pictures that it was trained on.
  let height: Int
  /// The default settings of a run.
  let defaults: SamplingSettings
  /// The default schedules of samplers.
  let spacings: UsualSpacings
  /// Encodes prompts for the network.
  var prompts: any PromptEncoder
  /// The network with its additions.
  var network: NetworkParts
  /// The noise levels that it was trained on.
  let schedule: NoiseSchedule
  /// How the clean picture is clipped at each step; `nil` for no clipping.
  let clipping: Clipping?
  /// The space of its samples: pixels or latents.
  let space: PictureSpace
  /// The added words, as named in a picture's settings.
  var embeddings: [Recipe.Embedding] = []
  /// The number of parameters of the other parts.
  var otherParameters: (autoencoder: Int, text: Int) = (0, 0)
  /// A remote decoder for finished latents, if they are not decoded here.
  var decoder: RemoteDecoder?
  /// Which parts compute on a server and on which one, such as `network at host:8000`; `nil` if everything is computed
  /// here.
  var place: String?
}

/// How to open a model.
struct OpeningOptions: Sendable {
  /// The precision of computing.
  let precision: Precision
  /// How the network's weights are stored.
  let weights: WeightForm
  /// The additions to the model.
  let additions: ModelAdditions
}

/// A model's network with everything needed to run it.
struct NetworkParts: Sendable {
  /// Its configuration, if it is a U-Net.
  var configuration: UNetConfiguration?
  /// Its weights, as stored in the file; `nil` for a network on a server.
  let weights: WeightStore?
  /// Its precision of computing.
  let format: NumberFormat
  /// Whether its large weights are stored as eight-bit numbers.
  let holdsEightBits: Bool
  /// The changes by LoRAs to it and to the text encoders.
  let adaptation: Adaptation
  /// The network as the sampler core sees it.
  let denoiser: NetworkDenoiser

  /// A U-Net whose weights are read before the first step.
  ///
  /// - Parameters:
  ///   - scale: The side in pixels of one position of the sample.
  ///   - targets: The layers that LoRAs may change; computed only if there are LoRAs.
  /// - Throws: `PrecisionError` when the processor cannot compute in the requested precision, `CheckpointError` when a
  ///   LoRA cannot be used.
  init(
    _ configuration: UNetConfiguration, weights: WeightStore, prediction: Prediction, scale: Int,
    options: OpeningOptions, targets: @autoclosure () -> LoRATargets
  ) throws {
    let format = try options.precision.resolved()
    let holdsEightBits = options.weights.holdsEightBits(weights, type: format)
    let adaptation = try Adaptation(options.additions.loras, of: targets())
    let network = UNet(
      configuration, source: adaptation.parameters(.unet, weights), type: format,
      holdsEightBits: holdsEightBits)
    self.init(
      ConditionedUNet(network, type: format, scale: scale), prediction: prediction,
      weights: weights, format: format, holdsEightBits: holdsEightBits, adaptation: adaptation)
    self.configuration = configuration
  }

  /// Any network.
  ///
  /// - Parameters:
  ///   - weights: Its weights, as stored in the file; `nil` if it is on a server.
  ///   - format: Its precision of computing.
  ///   - holdsEightBits: Whether its large weights are stored as eight-bit numbers.
  ///   - adaptation: The changes by LoRAs.
  init(
    _ network: any DenoisingNetwork, prediction: Prediction, weights: WeightStore?,
    format: NumberFormat, holdsEightBits: Bool, adaptation: Adaptation
  ) {
    (self.weights, self.format, self.holdsEightBits) = (weights, format, holdsEightBits)
    self.adaptation = adaptation
    denoiser = NetworkDenoiser(prediction: prediction, network: network)
  }
}

extension Clipping {
  /// What a pixel model's scheduler says about it.
  init?(_ scheduler: SchedulerConfiguration) {
    guard scheduler.clipsSample else { return nil }
    self.init(range: scheduler.clipSampleRange, recomputesNoise: true)
  }
}

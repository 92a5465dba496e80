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
  /// The schedules of samplers that are chosen without one.
  let spacings: UsualSpacings
  /// Encodes prompts for the network.
  let prompts: any PromptEncoder
  /// The network, and what was added to it.
  let network: NetworkParts
  /// The noise levels that it was trained on.
  let schedule: NoiseSchedule
  /// How the clean picture is clipped at each step; `nil` where it is not.
  let clipping: Clipping?
  /// The space of its samples: pixels or latents.
  let space: PictureSpace
  /// Words that were added, as a picture's settings name them.
  var embeddings: [Recipe.Embedding] = []
  /// Parameters of the other parts.
  var otherParameters: (autoencoder: Int, text: Int) = (0, 0)
}

/// How a model is to be opened.
struct OpeningOptions: Sendable {
  /// How to compute.
  let precision: Precision
  /// How the network's weights are held.
  let weights: WeightForm
  /// What is added to the model.
  let additions: ModelAdditions
}

/// A model's network and what it takes to run it.
struct NetworkParts: Sendable {
  /// Its shape.
  let configuration: UNetConfiguration
  /// Its weights, as they are in the file.
  let weights: WeightStore
  /// How it computes.
  let format: NumberFormat
  /// Whether its large weights are held as eight-bit numbers.
  let holdsEightBits: Bool
  /// What LoRAs change in it and in the text encoders.
  let adaptation: Adaptation
  /// The network as the sampler core sees it.
  let denoiser: NetworkDenoiser

  /// A network whose weights are read when the first step is taken.
  ///
  /// - Parameters:
  ///   - scale: Pixels along the side of one place of the sample.
  ///   - targets: What LoRAs may change; made only where there are any.
  /// - Throws: `PrecisionError` when the processor cannot compute in the precision asked for, `CheckpointError` when
  ///   a LoRA cannot be used.
  init(
    _ configuration: UNetConfiguration, weights: WeightStore, prediction: Prediction, scale: Int,
    options: OpeningOptions, targets: @autoclosure () -> LoRATargets
  ) throws {
    format = try options.precision.resolved()
    (self.configuration, self.weights) = (configuration, weights)
    holdsEightBits = options.weights.holdsEightBits(weights, type: format)
    adaptation = try Adaptation(options.additions.loras, of: targets())
    denoiser = NetworkDenoiser(
      prediction: prediction,
      network: UNet(
        configuration, source: adaptation.parameters(.unet, weights), type: format,
        holdsEightBits: holdsEightBits),
      usesVector: configuration.classProjectionDim != nil, scale: scale)
  }
}

extension Clipping {
  /// What a pixel model's scheduler says about it.
  init?(_ scheduler: SchedulerConfiguration) {
    guard scheduler.clipsSample else { return nil }
    self.init(range: scheduler.clipSampleRange, recomputesNoise: true)
  }
}

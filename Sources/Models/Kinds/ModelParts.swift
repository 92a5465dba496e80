import Checkpoints
import Diffusion
import Pictures
import Tensors

/// What a ``Pipeline`` is put together from. Each kind of model has a file beside this one that makes it.
struct ModelParts: Sendable {
  /// The model's name.
  let name: String
  /// The width in pixels of the pictures it was taught.
  let width: Int
  /// The height in pixels of the pictures it was taught.
  let height: Int
  /// What a run begins with when nobody says otherwise.
  let defaults: SamplingSettings
  /// Makes of prompts what the network sees of them.
  let prompts: any PromptEncoder
  /// The network, and what was added to it.
  let network: NetworkParts
  /// The noise that it was taught with.
  let schedule: NoiseSchedule
  /// What keeps the clean picture within its bounds at each step, where anything does.
  let clipping: Clipping?
  /// Where its samples lie.
  let space: PictureSpace
  /// Words that were added, as a picture's settings name them.
  var embeddings: [Recipe.Embedding] = []
  /// Learnt numbers beside the network's.
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
  /// What a pixel model's scheduler says of it.
  init?(_ scheduler: SchedulerConfiguration) {
    guard scheduler.clipsSample else { return nil }
    self.init(range: scheduler.clipSampleRange, recomputesNoise: true)
  }
}

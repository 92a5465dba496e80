import Checkpoints
import Diffusion

extension ModelParts {
  /// The parts of a model that paints pixels without a prompt (Ho et al. 2020).
  ///
  /// - Throws: As ``Pipeline/init(contentsOf:precision:weights:additions:)``.
  init(_ model: UnconditionalModel, _ options: OpeningOptions) throws {
    let (name, configuration) = (HubCache.name(of: model.url), model.configuration)
    let additions = options.additions
    try additions.requireNoneForPrompts(of: name)
    let prediction =
      try additions.prediction ?? Prediction(model.scheduler, in: model.schedulerFile)
    let defaults = SamplingSettings(
      steps: 50, guidance: Guidance(scale: 1), sampler: .ddim, spacing: .trailing)
    self.init(
      name: name, width: configuration.sampleWidth, height: configuration.sampleHeight,
      defaults: defaults, spacings: UsualSpacings(model.scheduler, defaults: defaults),
      prompts: NoPromptEncoder(),
      network: try NetworkParts(
        configuration, weights: model.weights, prediction: prediction, scale: 1, options: options,
        targets: LoRATargets(unet: configuration, weights: model.weights, model: name)),
      schedule: NoiseSchedule(model.scheduler).fitting(additions.prediction)
        .withContrast(NoiseSchedule.pixelContrast),
      clipping: Clipping(model.scheduler), space: .pixels(PixelFold(fold: 1)))
  }
}

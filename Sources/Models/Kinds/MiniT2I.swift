import Checkpoints
import Diffusion
import Tensors

extension ModelParts {
  /// The parts of MiniT2I: T5's text encoder, and a transformer that paints pixels.
  ///
  /// - Throws: As ``Pipeline/init(contentsOf:precision:weights:additions:)``.
  init(_ model: MiniT2IModel, _ options: OpeningOptions) throws {
    let (configuration, additions) = (model.configuration, options.additions)
    try additions.requireNoneForPrompts(of: model.name)
    let format = try options.precision.resolved()
    let holdsEightBits = options.weights.holdsEightBits(model.weights, type: format)
    let adaptation = try Adaptation(additions.loras, of: LoRATargets(model))
    let text = try T5PromptEncoder(
      textEncoder: model.textEncoder, tokenizer: model.tokenizer,
      length: configuration.promptLength, type: format, holdsEightBits: holdsEightBits)
    guard text.width == configuration.textInputSize else {
      throw CheckpointError(
        .mismatched, file: model.textEncoder.path, key: "d_model",
        expected: "\(configuration.textInputSize), the network's input size",
        found: "\(text.width)",
        advice: "Use the text encoder \(configuration.textEncoder)")
    }
    let network = MMJiT(
      configuration, source: adaptation.parameters(.unet, model.weights), type: format,
      holdsEightBits: holdsEightBits)
    let defaults = SamplingSettings(
      steps: 25, guidance: Guidance(scale: 6), sampler: .dpmPlusPlus2M, spacing: .sgmUniform)
    self.init(
      name: model.name, width: configuration.imageSize, height: configuration.imageSize,
      defaults: defaults, spacings: UsualSpacings(always: defaults),
      prompts: MaskedPromptEncoder(encoder: text, width: text.width),
      network: NetworkParts(
        network, prediction: additions.prediction ?? .sample, weights: model.weights,
        format: format, holdsEightBits: holdsEightBits, adaptation: adaptation),
      schedule: .miniT2I(guidedTimes: configuration.guidedTimes), clipping: nil,
      space: .pixels(PixelFold(fold: 1), white: 1 / MMJiT.noiseScale),
      otherParameters: (0, text.parameterCount))
  }
}

extension NoiseSchedule {
  /// MiniT2I's straight path from noise of strength two, `x_t = t x_0 + 2 (1 - t) epsilon`. Everything is halved, which
  /// gives a path from noise of strength one to pictures of half the contrast.
  static func miniT2I(guidedTimes: ClosedRange<Float>) -> NoiseSchedule {
    var schedule = NoiseSchedule.flow()
      .withContrast(NoiseSchedule.pixelContrast / Double(MMJiT.noiseScale))
    schedule.leastVelocityNoise = 0.05
    schedule.guidedSignal = Double(guidedTimes.lowerBound)...Double(guidedTimes.upperBound)
    return schedule
  }
}

import Checkpoints
import Diffusion
import Foundation

extension ModelParts {
  /// The parts of a folder of this project's own kind: a sentence encoder, and a network that paints pixels.
  ///
  /// - Throws: As ``Pipeline/init(contentsOf:precision:weights:additions:)``.
  init(folder: URL, _ options: OpeningOptions) throws {
    let model = try ModelFolder(url: folder)
    let configuration = try UNetConfiguration(contentsOf: model.unetConfiguration)
    let scheduler = try SchedulerConfiguration(contentsOf: model.schedulerConfiguration)
    let text = try TextEncoderConfiguration(contentsOf: model.textEncoderConfiguration)
    let additions = options.additions
    try additions.requireNoneForPrompts(of: model.name)
    let tokenizer = try WordPieceTokenizer(vocabulary: model.vocabulary)
    try Self.check(model, configuration, text, tokenizer)
    let weights = try WeightStore(folder: model.unet)
    let textWeights = try WeightStore(folder: model.textEncoder, prefix: "bert.")
    let prediction =
      try additions.prediction ?? Prediction(scheduler, in: model.schedulerConfiguration)
    let fold = model.pixelFold
    let defaults = try SamplingSettings(model.defaults, in: model.url)
    self.init(
      name: model.name, width: configuration.sampleWidth * fold,
      height: configuration.sampleHeight * fold,
      defaults: defaults, spacings: UsualSpacings(always: defaults),
      prompts: SentencePromptEncoder(
        tokenizer: tokenizer, encoder: BERTEncoder(text, store: textWeights),
        tokenLimit: model.tokenLimit),
      network: try NetworkParts(
        configuration, weights: weights, prediction: prediction, scale: fold, options: options,
        targets: LoRATargets(unet: configuration, weights: weights, model: model.name)),
      schedule: NoiseSchedule(scheduler).fitting(additions.prediction)
        .withContrast(NoiseSchedule.pixelContrast),
      clipping: Clipping(scheduler), space: .pixels(PixelFold(fold: fold)),
      otherParameters: (0, textWeights.parameterCount))
  }

  private static func check(
    _ model: ModelFolder, _ network: UNetConfiguration, _ text: TextEncoderConfiguration,
    _ tokenizer: WordPieceTokenizer
  ) throws {
    let parts = PartsCheck(file: model.url.path, network: network)
    try parts.requireSamples(channels: 3 * model.pixelFold * model.pixelFold)
    try parts.requireStates(width: text.hiddenSize)
    try parts.requireVector(width: model.textEmbedding == .none ? nil : text.hiddenSize)
    try parts.requireText(text, tokenizer)
    guard network.addedEmbedding == nil else {
      throw CheckpointError(
        .unsupported, file: model.url.path, key: "addition_embed_type", expected: "null",
        found: "\"text_time\"", advice: "Only Stable Diffusion XL takes sizes as a condition")
    }
    guard model.tokenLimit <= text.maxPositions else {
      throw CheckpointError(
        .mismatched, file: model.url.path, key: "token_limit",
        expected: "at most the \(text.maxPositions) positions of the text encoder",
        found: "\(model.tokenLimit)", advice: "Lower token_limit in model_index.json")
    }
  }
}

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
    try Self.check(model, configuration, text)
    let weights = try WeightStore(folder: model.unet)
    let textWeights = try WeightStore(folder: model.textEncoder, prefix: "bert.")
    let prediction =
      try additions.prediction ?? Prediction(scheduler, in: model.schedulerConfiguration)
    let fold = model.pixelFold
    self.init(
      name: model.name, width: configuration.sampleWidth * fold,
      height: configuration.sampleHeight * fold,
      defaults: try SamplingSettings(model.defaults, in: model.url),
      prompts: SentencePromptEncoder(
        tokenizer: try WordPieceTokenizer(vocabulary: model.vocabulary),
        encoder: BERTEncoder(text, store: textWeights), tokenLimit: model.tokenLimit),
      network: try NetworkParts(
        configuration, weights: weights, prediction: prediction, scale: fold, options: options,
        targets: LoRATargets(unet: configuration, weights: weights, model: model.name)),
      schedule: NoiseSchedule(scheduler).fitting(additions.prediction),
      clipping: Clipping(scheduler), space: .pixels(PixelFold(fold: fold)),
      otherParameters: (0, textWeights.parameterCount))
  }

  private static func check(
    _ model: ModelFolder, _ network: UNetConfiguration, _ text: TextEncoderConfiguration
  ) throws {
    func require(_ key: String, _ expected: Int, _ found: Int) throws {
      guard expected != found else { return }
      throw CheckpointError(
        .mismatched, file: model.url.path, key: key, expected: "\(expected)", found: "\(found)",
        advice: "The parts of a model must come from the same training")
    }
    let channels = 3 * model.pixelFold * model.pixelFold
    try require("in_channels", channels, network.inChannels)
    try require("out_channels", channels, network.outChannels)
    try require("cross_attention_dim", text.hiddenSize, UNetLayout(network).contextChannels)
    if let size = network.classProjectionDim {
      try require("projection_class_embeddings_input_dim", text.hiddenSize, size)
    }
    guard model.tokenLimit <= text.maxPositions else {
      throw CheckpointError(
        .mismatched, file: model.url.path, key: "token_limit",
        expected: "at most the \(text.maxPositions) positions of the text encoder",
        found: "\(model.tokenLimit)", advice: "Lower token_limit in model_index.json")
    }
  }
}

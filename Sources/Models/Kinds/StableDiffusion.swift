import Checkpoints
import Diffusion
import Tensors

extension ModelParts {
  /// The parts of Stable Diffusion 1, 2 or XL: text encoders of CLIP, and a network that paints an autoencoder's latents.
  ///
  /// - Throws: As ``Pipeline/init(contentsOf:precision:weights:additions:)``.
  init(_ checkpoint: Checkpoint, _ options: OpeningOptions) throws {
    let configuration = checkpoint.unet.configuration
    let texts = checkpoint.textEncoders
    let autoencoder = try Self.fittingAutoencoder(of: checkpoint)
    let scale = autoencoder.configuration.downscale
    let additions = options.additions
    let network = try NetworkParts(
      configuration, weights: checkpoint.unet.weights,
      prediction: additions.prediction ?? Prediction(checkpoint.predictionType), scale: scale,
      options: options, targets: LoRATargets(checkpoint))
    let words = try AddedWords(
      additions.embeddings, widths: texts.map(\.configuration.hiddenSize), model: checkpoint.name)
    let usual = NoiseSchedule.stableDiffusion
    let schedule =
      checkpoint.scheduler.map { NoiseSchedule($0) }
      ?? (checkpoint.hasZeroTerminalSNR ? usual.rescaledToZeroTerminalSNR() : usual)
    self.init(
      name: checkpoint.name, width: configuration.sampleWidth * scale,
      height: configuration.sampleHeight * scale,
      defaults: SamplingSettings(
        checkpoint.scheduler, checkpoint.distillation, network: configuration),
      prompts: CLIPPromptEncoder(
        encoders: try Self.encoders(of: checkpoint, words, network.adaptation),
        hasNothingForEmpty: checkpoint.family == .stableDiffusionXL,
        clipSkip: try additions.clipSkip(within: texts.map(\.configuration.layers))),
      network: network, schedule: schedule.fitting(additions.prediction), clipping: nil,
      space: .latents(
        Autoencoder(
          autoencoder.configuration, source: CheckpointParameters(store: autoencoder.weights),
          type: network.format),
        LatentPreview(
          checkpoint.family, channels: autoencoder.configuration.latentChannels,
          type: network.format)),
      embeddings: words.records,
      otherParameters: (
        autoencoder.weights.parameterCount, texts.reduce(0) { $0 + $1.weights.parameterCount }
      ))
  }

  private static func encoders(
    of checkpoint: Checkpoint, _ words: AddedWords, _ adaptation: Adaptation
  ) throws -> [CLIPPromptEncoder.Encoder] {
    try checkpoint.textEncoders.enumerated().map { index, text in
      // The encoders of OpenCLIP fill texts up with another token than OpenAI's.
      let isOpenCLIP = index > 0 || checkpoint.family == .stableDiffusion2
      let tokenizer =
        try checkpoint.tokenizers.indices.contains(index)
        ? CLIPTokenizer(folder: checkpoint.tokenizers[index])
        : CLIPTokenizer(padding: isOpenCLIP ? .zero : .end)
      return words.encoder(
        index, text.configuration, tokenizer: tokenizer,
        source: adaptation.parameters(.textEncoder(index), text.weights))
    }
  }

  /// The autoencoder, once it is sure that all parts are there and belong together.
  private static func fittingAutoencoder(of checkpoint: Checkpoint) throws
    -> Checkpoint.Part<AutoencoderConfiguration>
  {
    func unsupported(_ expected: String, _ found: String) -> CheckpointError {
      CheckpointError(
        .unsupported, file: checkpoint.url.path, expected: expected, found: found,
        advice: "Choose another model")
    }
    let configuration = checkpoint.unet.configuration
    let texts = checkpoint.textEncoders
    guard let autoencoder = checkpoint.autoencoder, !texts.isEmpty else {
      throw unsupported("a whole model", "a network without its text encoder and autoencoder")
    }
    guard autoencoder.configuration.latentChannels == configuration.inChannels,
      texts.reduce(0, { $0 + $1.configuration.hiddenSize })
        == UNetLayout(configuration).contextChannels
    else {
      throw unsupported("parts that fit together", "a text encoder or autoencoder of another model")
    }
    if let added = configuration.addedEmbedding {
      let pooled = texts.last?.configuration.projectionSize ?? 0
      guard added.inputDim == pooled + 6 * added.timeDim else {
        throw unsupported(
          "an added embedding of \(pooled) + 6 x \(added.timeDim) numbers, as the text encoder and six sizes make",
          "projection_class_embeddings_input_dim \(added.inputDim)")
      }
    }
    if checkpoint.family == .stableDiffusionXL,
      let short = texts.first(where: { $0.configuration.layers < 2 })
    {
      throw unsupported(
        "text encoders of 2 layers or more", "one of \(short.configuration.layers)")
    }
    return autoencoder
  }
}

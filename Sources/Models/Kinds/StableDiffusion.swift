import Checkpoints
import Diffusion
import Tensors

extension ModelParts {
  /// The parts of Stable Diffusion 1, 2 or XL: text encoders of CLIP, and a network that paints an autoencoder's
  /// latents.
  ///
  /// - Throws: As ``Pipeline/init(contentsOf:precision:weights:additions:)``.
  init(_ checkpoint: Checkpoint, _ options: OpeningOptions) throws {
    let configuration = checkpoint.unet.configuration
    let texts = checkpoint.textEncoders
    let check = PartsCheck(file: checkpoint.url.path, network: configuration)
    let autoencoder = try Self.fittingAutoencoder(of: checkpoint, check)
    let scale = autoencoder.configuration.downscale
    let additions = options.additions
    let network = try NetworkParts(
      configuration, weights: checkpoint.unet.weights,
      prediction: additions.prediction ?? Prediction(checkpoint.predictionType), scale: scale,
      options: options, targets: LoRATargets(checkpoint))
    let words = try AddedWords(
      additions.embeddings, widths: texts.map(\.configuration.hiddenSize), model: checkpoint.name)
    let usual = NoiseSchedule.stableDiffusion
    var schedule =
      checkpoint.scheduler.map { NoiseSchedule($0) }
      ?? (checkpoint.hasZeroTerminalSNR ? usual.rescaledToZeroTerminalSNR() : usual)
    if checkpoint.family == .stableDiffusionXL {
      schedule.alignedRatios = NoiseSchedule.alignedForStableDiffusionXL
    }
    let defaults = SamplingSettings(
      checkpoint.scheduler, checkpoint.distillation, network: configuration)
    self.init(
      name: checkpoint.name, width: configuration.sampleWidth * scale,
      height: configuration.sampleHeight * scale,
      defaults: defaults, spacings: UsualSpacings(checkpoint.scheduler, defaults: defaults),
      prompts: CLIPPromptEncoder(
        encoders: try Self.encoders(of: checkpoint, words, network.adaptation, check),
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
    of checkpoint: Checkpoint, _ words: AddedWords, _ adaptation: Adaptation, _ check: PartsCheck
  ) throws -> [CLIPPromptEncoder.Encoder] {
    try checkpoint.textEncoders.enumerated().map { index, text in
      // The encoders of OpenCLIP use a different padding token from OpenAI's.
      let isOpenCLIP = index > 0 || checkpoint.family == .stableDiffusion2
      let tokenizer =
        try checkpoint.tokenizers.indices.contains(index)
        ? CLIPTokenizer(folder: checkpoint.tokenizers[index])
        : CLIPTokenizer(padding: isOpenCLIP ? .zero : .end)
      try check.requireText(text.configuration, tokenizer)
      return words.encoder(
        index, text.configuration, tokenizer: tokenizer,
        source: adaptation.parameters(.textEncoder(index), text.weights))
    }
  }

  /// The autoencoder, after checking that all parts exist and belong together.
  private static func fittingAutoencoder(
    of checkpoint: Checkpoint, _ check: PartsCheck
  ) throws -> Checkpoint.Part<AutoencoderConfiguration> {
    func unsupported(_ expected: String, _ found: String) -> CheckpointError {
      CheckpointError(
        .unsupported, file: checkpoint.url.path, expected: expected, found: found,
        advice: "Choose another model")
    }
    let configuration = checkpoint.unet.configuration
    let texts = checkpoint.textEncoders
    let missing = [
      texts.isEmpty ? "text encoder" : nil, checkpoint.autoencoder == nil ? "autoencoder" : nil,
    ].compactMap(\.self)
    guard let autoencoder = checkpoint.autoencoder, missing.isEmpty else {
      throw unsupported("a whole model", "one without its \(missing.joined(separator: " and "))")
    }
    let channels = autoencoder.configuration.latentChannels
    if configuration.inChannels > channels, configuration.outChannels == channels,
      let other = ForeignModel.purpose(ofInputChannels: configuration.inChannels)
    {
      throw unsupported("a model that paints from a prompt alone", other)
    }
    guard configuration.classProjectionDim == nil else {
      throw unsupported("a model that paints from a prompt alone", ForeignModel.unCLIP)
    }
    try check.requireSamples(channels: channels)
    try check.requireStates(width: texts.reduce(0) { $0 + $1.configuration.hiddenSize })
    let last = texts[texts.count - 1].configuration
    try check.requireAddedVector(width: last.projectionSize ?? last.hiddenSize)
    try check.requirePair(texts.map(\.configuration))
    return autoencoder
  }
}

import Checkpoints
import Diffusion
import Foundation
import Pictures
import Synchronization
import Tensors

/// A model ready to paint: the tokenizer, the text encoder, the network and the schedule it was taught with, and for
/// Stable Diffusion the autoencoder.
///
/// Opening one reads descriptions only. Weights are read when the first prompt is encoded and the first step taken.
public final class Pipeline: Sendable {
  /// The model's name.
  public let name: String
  /// The width in pixels of the pictures it was taught.
  public let width: Int
  /// The height in pixels of the pictures it was taught.
  public let height: Int
  /// What a run begins with when nobody says otherwise.
  public let defaults: SamplingSettings
  /// How the network computes.
  public let format: NumberFormat
  /// Learnt numbers of the network and the text encoder.
  public let parameterCount: Int
  /// Of these the autoencoder's and the text encoders'.
  let otherParameters: (autoencoder: Int, text: Int)
  /// The network's configuration.
  public let networkConfiguration: UNetConfiguration

  private let prompts: any PromptEncoder
  let denoiser: NetworkDenoiser
  let networkWeights: WeightStore
  /// Whether the network's large weights are held as eight-bit numbers.
  let holdsEightBits: Bool
  private let adaptation: Adaptation
  private let embeddings: [Recipe.Embedding]
  private let additions: ModelAdditions
  private let schedule: NoiseSchedule
  private let clipping: Clipping?
  let space: PictureSpace
  /// The last prompts encoded, so that typing one back costs nothing.
  private let encoded = Mutex<[String: PromptEmbedding]>([:])
  private let hash: WeightHash

  /// Opens a model: a folder of this project's own kind or of Stable Diffusion in the diffusers layout, or a single
  /// safetensors or GGUF file of Stable Diffusion.
  ///
  /// - Parameters:
  ///   - url: The folder or file.
  ///   - precision: How to compute.
  ///   - weights: How the network's weights are held.
  ///   - additions: What is added to the model.
  /// - Throws: `CheckpointError` when a part is missing or unsound, `PrecisionError` when the processor cannot
  ///   compute in the precision asked for.
  public convenience init(
    contentsOf url: URL, precision: Precision = .auto, weights: WeightForm = .auto,
    additions: ModelAdditions = ModelAdditions()
  ) throws {
    if UnconditionalModel.isOne(url) {
      try self.init(
        unconditional: try UnconditionalModel(folder: url), precision: precision,
        weights: weights, additions: additions)
    } else if ModelFolder.isOwnKind(url) {
      try self.init(folder: url, precision: precision, weights: weights, additions: additions)
    } else {
      try self.init(
        checkpoint: try Checkpoint(
          contentsOf: url, predictionType: additions.prediction.flatMap(PredictionType.init)),
        precision: precision, weights: weights, additions: additions)
    }
  }

  /// Opens a folder of this project's own kind.
  ///
  /// - Throws: As ``init(contentsOf:precision:weights:additions:)``.
  public init(
    folder: URL, precision: Precision = .auto, weights: WeightForm = .auto,
    additions: ModelAdditions = ModelAdditions()
  ) throws {
    let model = try ModelFolder(url: folder)
    let configuration = try UNetConfiguration(contentsOf: model.unetConfiguration)
    let scheduler = try SchedulerConfiguration(contentsOf: model.schedulerConfiguration)
    let textConfiguration = try TextEncoderConfiguration(contentsOf: model.textEncoderConfiguration)
    try additions.requireNoneForPrompts(of: model.name)
    try Pipeline.check(model, configuration, textConfiguration)
    format = try precision.resolved()
    networkConfiguration = configuration
    let networkWeights = try WeightStore(folder: model.unet)
    (self.networkWeights, hash) = (networkWeights, WeightHash(networkWeights))
    holdsEightBits = weights.holdsEightBits(networkWeights, type: format)
    adaptation = try Adaptation(
      additions.loras,
      of: LoRATargets(unet: configuration, weights: networkWeights, model: model.name))
    let textWeights = try WeightStore(folder: model.textEncoder, prefix: "bert.")
    prompts = SentencePromptEncoder(
      tokenizer: try WordPieceTokenizer(vocabulary: model.vocabulary),
      encoder: BERTEncoder(textConfiguration, store: textWeights), tokenLimit: model.tokenLimit)
    denoiser = NetworkDenoiser(
      prediction: try additions.prediction
        ?? Prediction(scheduler, in: model.schedulerConfiguration),
      network: UNet(
        configuration, source: adaptation.parameters(.unet, networkWeights), type: format,
        holdsEightBits: holdsEightBits),
      usesVector: configuration.classProjectionDim != nil, scale: model.pixelFold)
    schedule = NoiseSchedule(scheduler).fitting(additions.prediction)
    self.additions = additions
    embeddings = []
    clipping =
      scheduler.clipsSample
      ? Clipping(range: scheduler.clipSampleRange, recomputesNoise: true) : nil
    space = .pixels(PixelFold(fold: model.pixelFold))
    name = model.name
    width = configuration.sampleWidth * model.pixelFold
    height = configuration.sampleHeight * model.pixelFold
    defaults = try SamplingSettings(model.defaults, in: model.url)
    otherParameters = (0, textWeights.parameterCount)
    parameterCount = networkWeights.parameterCount + textWeights.parameterCount
  }

  /// Opens a model that paints without a prompt.
  ///
  /// - Throws: As ``init(contentsOf:precision:weights:additions:)``.
  init(
    unconditional model: UnconditionalModel, precision: Precision, weights: WeightForm,
    additions: ModelAdditions
  ) throws {
    name = HubCache.name(of: model.url)
    let configuration = model.configuration
    try additions.requireNoneForPrompts(of: name)
    let adaptation = try Adaptation(
      additions.loras,
      of: LoRATargets(unet: configuration, weights: model.weights, model: name))
    (self.adaptation, self.additions, embeddings) = (adaptation, additions, [])
    format = try precision.resolved()
    networkConfiguration = configuration
    (networkWeights, hash) = (model.weights, WeightHash(model.weights))
    holdsEightBits = weights.holdsEightBits(networkWeights, type: format)
    prompts = NoPromptEncoder()
    denoiser = NetworkDenoiser(
      prediction: try additions.prediction
        ?? Prediction(model.scheduler, in: model.schedulerFile),
      network: UNet(
        configuration, source: adaptation.parameters(.unet, model.weights), type: format,
        holdsEightBits: holdsEightBits),
      usesVector: false, scale: 1)
    schedule = NoiseSchedule(model.scheduler).fitting(additions.prediction)
    clipping =
      model.scheduler.clipsSample
      ? Clipping(range: model.scheduler.clipSampleRange, recomputesNoise: true) : nil
    space = .pixels(PixelFold(fold: 1))
    (width, height) = (configuration.sampleWidth, configuration.sampleHeight)
    defaults = SamplingSettings(
      steps: 50, guidance: Guidance(scale: 1), sampler: .ddim, spacing: .trailing)
    otherParameters = (0, 0)
    parameterCount = model.weights.parameterCount
  }

  /// Opens Stable Diffusion 1, 2 or XL.
  ///
  /// - Throws: As ``init(contentsOf:precision:weights:additions:)``.
  init(
    checkpoint: Checkpoint, precision: Precision, weights: WeightForm, additions: ModelAdditions
  ) throws {
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
    format = try precision.resolved()
    networkConfiguration = configuration
    (networkWeights, hash) = (checkpoint.unet.weights, WeightHash(checkpoint.unet.weights))
    holdsEightBits = weights.holdsEightBits(networkWeights, type: format)
    let adaptation = try Adaptation(additions.loras, of: LoRATargets(checkpoint))
    self.adaptation = adaptation
    let words = try AddedWords(
      additions.embeddings, widths: texts.map(\.configuration.hiddenSize), model: checkpoint.name)
    self.additions = additions
    embeddings = words.records
    prompts = CLIPPromptEncoder(
      encoders: try texts.enumerated().map { index, text in
        // The encoders of OpenCLIP fill texts up with another token than OpenAI's.
        let isOpenCLIP = index > 0 || checkpoint.family == .stableDiffusion2
        let tokenizer =
          try checkpoint.tokenizers.indices.contains(index)
          ? CLIPTokenizer(folder: checkpoint.tokenizers[index])
          : CLIPTokenizer(padding: isOpenCLIP ? .zero : .end)
        return words.encoder(
          index, text.configuration, tokenizer: tokenizer,
          source: adaptation.parameters(.textEncoder(index), text.weights))
      }, hasNothingForEmpty: checkpoint.family == .stableDiffusionXL,
      clipSkip: try additions.clipSkip(within: texts.map(\.configuration.layers)))
    denoiser = NetworkDenoiser(
      prediction: additions.prediction ?? Prediction(checkpoint.predictionType),
      network: UNet(
        configuration, source: adaptation.parameters(.unet, networkWeights), type: format,
        holdsEightBits: holdsEightBits),
      usesVector: false, scale: autoencoder.configuration.downscale)
    let usual = NoiseSchedule.stableDiffusion
    schedule =
      (checkpoint.scheduler.map { NoiseSchedule($0) }
      ?? (checkpoint.hasZeroTerminalSNR ? usual.rescaledToZeroTerminalSNR() : usual))
      .fitting(additions.prediction)
    clipping = nil
    space = .latents(
      Autoencoder(
        autoencoder.configuration, source: CheckpointParameters(store: autoencoder.weights),
        type: format),
      LatentPreview(
        checkpoint.family, channels: autoencoder.configuration.latentChannels, type: format))
    name = checkpoint.name
    let scale = autoencoder.configuration.downscale
    (width, height) = (configuration.sampleWidth * scale, configuration.sampleHeight * scale)
    defaults = SamplingSettings(
      checkpoint.scheduler, checkpoint.distillation, network: configuration)
    otherParameters = (
      autoencoder.weights.parameterCount, texts.reduce(0) { $0 + $1.weights.parameterCount }
    )
    parameterCount =
      networkWeights.parameterCount + otherParameters.autoencoder + otherParameters.text
  }

  /// Tokens that are read at once, the two that mark a prompt's ends among them.
  public var tokenLimit: Int { prompts.tokenLimit }

  /// The first ten hexadecimal digits of the SHA-256 of the network's weights; reads them all the first time.
  public var modelHash: String { hash.value }

  /// What a user should know of what was added to the model.
  public var notices: [String] { adaptation.notices }

  /// What a picture's settings say of it.
  public var signature: ModelSignature {
    var blank = Recipe(prompt: "", width: width, height: height, model: name)
    blank.loras = adaptation.records
    blank.embeddings = embeddings
    blank.holdsEightBits = holdsEightBits
    blank.clipSkip = additions.clipSkip
    blank.prediction = additions.prediction
    return ModelSignature(blank: blank, hash: hash)
  }

  // MARK: Prompts

  /// Whether a prompt steers it.
  public var readsPrompt: Bool { networkConfiguration.readsPrompt }

  /// The tokens a prompt comes to, the two that mark its ends among them.
  public func tokenCount(_ prompt: String) -> Int { prompts.tokenCount(prompt) }

  /// Where the part of a prompt begins that the network will not see; `nil` when it sees all.
  public func ignoredTail(of prompt: String) -> String.Index? { prompts.ignoredTail(of: prompt) }

  /// A prompt's place in the text encoder's space.
  ///
  /// - Throws: `CheckpointError` when the encoder's weights cannot be read.
  public func encode(_ prompt: String) async throws -> PromptEmbedding {
    try await encode(prompt, isNegative: false)
  }

  /// What guidance steers away from; `nil` where no prompt steers.
  func unconditional(_ prompt: String) async throws -> PromptEmbedding? {
    readsPrompt ? try await encode(prompt, isNegative: true) : nil
  }

  private func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding {
    let key = isNegative ? "-\(prompt)" : "+\(prompt)"
    if let known = encoded.withLock({ $0[key] }) { return known }
    let embedding = try await prompts.encode(prompt, isNegative: isNegative)
    encoded.withLock {
      if $0.count >= 64 { $0.removeAll() }
      $0[key] = embedding
    }
    return embedding
  }

  /// The words of a prompt as the network sees them, in their order; what lies beyond the last token that it sees is
  /// left out.
  public func words(of prompt: String) -> [PromptWord] {
    PromptWord.words(of: prompt, tokens: prompts.placedTokens(of: prompt))
  }

  // MARK: Runs

  /// The run that a recipe describes; iterate it to compute its steps.
  ///
  /// - Throws: `SamplingError` when the settings cannot be sampled, `SizeError` when the model cannot paint that size,
  ///   `CheckpointError` when weights cannot be read.
  public func trajectory(_ recipe: Recipe) async throws -> Trajectory<NetworkDenoiser> {
    guard canPaint(width: recipe.width, height: recipe.height) else {
      throw SizeError(
        model: name, width: width, height: height, askedWidth: recipe.width,
        askedHeight: recipe.height)
    }
    let (condition, unconditional) = try await resting {
      (
        try await self.encode(recipe.prompt), try await self.unconditional(recipe.negativePrompt)
      )
    }
    return try Trajectory(
      denoiser: denoiser, schedule: schedule, settings: recipe.sampling,
      shape: space.shape(width: recipe.width, height: recipe.height), condition: condition,
      unconditional: unconditional, clipping: clipping, origin: try await origin(of: recipe))
  }

  /// What a run begins with where that is not noise alone: the part of its picture that has the shape asked for.
  private func origin(of recipe: Recipe) async throws -> RunOrigin? {
    guard let start = recipe.start else { return nil }
    guard let picture = start.picture else { throw MissingPictureError(file: start.file) }
    let fitted = picture.filling(width: recipe.width, height: recipe.height)
      .over(SIMD3(repeating: 255))
    return RunOrigin(sample: try await space.sample(of: fitted), strength: start.strength)
  }

  /// Has a run follow its recipe's changes at the step that comes next.
  ///
  /// - Throws: `CheckpointError` when the text encoder's weights cannot be read.
  public func steer(
    _ iterator: inout Trajectory<NetworkDenoiser>.Iterator, by changes: [RecipeChange]
  ) async throws {
    for change in changes where change.step == iterator.index {
      if let scale = change.guidance { iterator.guidance.scale = scale }
      let (condition, unconditional) = try await resting {
        var condition: PromptEmbedding?
        var other: PromptEmbedding?
        if let prompt = change.prompt { condition = try await self.encode(prompt) }
        if let prompt = change.negativePrompt { other = try await self.unconditional(prompt) }
        return (condition, other)
      }
      if let condition { iterator.condition = condition }
      if change.negativePrompt != nil { iterator.unconditional = unconditional }
    }
  }

  /// Has a run follow this steering from the step that comes next.
  ///
  /// - Throws: `CheckpointError` when the text encoder's weights cannot be read.
  public func steer(
    _ iterator: inout Trajectory<NetworkDenoiser>.Iterator, to steering: Steering
  ) async throws {
    iterator.guidance.scale = steering.guidance
    // Prompts that are as they were are known.
    (iterator.condition, iterator.unconditional) = try await resting {
      (try await encode(steering.prompt), try await unconditional(steering.negativePrompt))
    }
  }

  /// Encodes prompts and gives the text encoders' memory back, also when that fails or is cancelled.
  private func resting<Embeddings: Sendable>(
    _ work: () async throws -> Embeddings
  ) async throws -> Embeddings {
    do {
      let embeddings = try await work()
      await prompts.rest()
      return embeddings
    } catch {
      await prompts.rest()
      throw error
    }
  }

  /// Whether a picture can have this size: for pixels the one that the model was taught, for latents any that is a
  /// multiple of the places of the sample.
  private func canPaint(width: Int, height: Int) -> Bool {
    guard case .latents = space else { return width == self.width && height == self.height }
    return [width, height].allSatisfy { (64...4096).contains($0) && $0.isMultiple(of: space.scale) }
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

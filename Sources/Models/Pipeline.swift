import BoundedCache
import Checkpoints
import Diffusion
import Foundation
import Pictures
import Recipes
import Synchronization
import Tensors

/// A model ready to paint: the tokenizer, the text encoder, the network, its noise schedule, and for Stable
/// Diffusion the autoencoder.
///
/// Opening one reads only descriptions. Weights are read when the first prompt is encoded and the first step is
/// computed.
public final class Pipeline: Sendable {
  let parts: ModelParts
  let additions: ModelAdditions
  /// The most recently encoded prompts, so that typing one again costs nothing.
  private let encoded = Mutex(BoundedCache<String, PromptEmbedding>(limit: 32 << 20))
  private let hash: WeightHash

  /// Opens a model: a folder of this project's own kind, or of Stable Diffusion or MiniT2I in the diffusers layout, a
  /// single safetensors file of either, or a GGUF file of Stable Diffusion.
  ///
  /// - Parameters:
  ///   - url: The folder or file.
  ///   - precision: The precision of computing.
  ///   - weights: How the network's weights are stored.
  ///   - additions: The additions to the model.
  /// - Throws: `CheckpointError` when a part is missing or invalid, `PrecisionError` when the processor cannot compute
  ///   in the requested precision, `AdditionError` when the model does not support an addition.
  public convenience init(
    contentsOf url: URL, precision: Precision = .auto, weights: WeightForm = .auto,
    additions: ModelAdditions = ModelAdditions()
  ) throws {
    let options = OpeningOptions(precision: precision, weights: weights, additions: additions)
    let parts =
      switch ModelKind(of: url) {
      case .unconditional: try ModelParts(try UnconditionalModel(folder: url), options)
      case .own: try ModelParts(folder: url, options)
      case .miniT2I: try ModelParts(try MiniT2IModel(contentsOf: url), options)
      case .stableDiffusion:
        try ModelParts(
          try Checkpoint(
            contentsOf: url, predictionType: additions.prediction.flatMap(PredictionType.init)),
          OpeningOptions(
            precision: precision, weights: weights, additions: try additions.withBundledWords()))
      }
    self.init(parts, additions)
  }

  /// Opens a folder of this project's own kind.
  ///
  /// - Throws: Like ``init(contentsOf:precision:weights:additions:)``.
  public convenience init(
    folder: URL, precision: Precision = .auto, weights: WeightForm = .auto,
    additions: ModelAdditions = ModelAdditions()
  ) throws {
    let options = OpeningOptions(precision: precision, weights: weights, additions: additions)
    self.init(try ModelParts(folder: folder, options), additions)
  }

  init(_ parts: ModelParts, _ additions: ModelAdditions) {
    (self.parts, self.additions) = (parts, additions)
    hash = WeightHash(parts.network.weights)
  }

  // MARK: Properties

  /// The model's name.
  public var name: String { parts.name }

  /// The width in pixels of the pictures that it was trained on.
  public var width: Int { parts.width }

  /// The height in pixels of the pictures that it was trained on.
  public var height: Int { parts.height }

  /// The sizes that it can paint: its own, and for a latent model all multiples of its autoencoder's downscale.
  public var sizes: PictureSizes {
    let own = PictureSize(width: width, height: height)
    return decodes ? .multiples(of: space.scale, own: own) : .one(own)
  }

  /// The default settings of a run.
  public var defaults: SamplingSettings { parts.defaults }

  /// The default schedule of a sampler: according to the model's files, or else diffusers' default for that sampler.
  public func spacing(for sampler: SamplerKind) -> Spacing { parts.spacings.spacing(for: sampler) }

  /// Whether the schedule has an effect with this sampler: LCM has its own times, except in a flow model.
  public func usesSpacing(with sampler: SamplerKind) -> Bool {
    sampler != .lcm || parts.schedule.isFlow
  }

  /// The network's precision of computing.
  public var format: NumberFormat { network.format }

  /// Which parts compute on a server and on which one, such as `network at host:8000`; `nil` if everything is computed
  /// here.
  public var place: String? { parts.place }

  /// The network's configuration, if it is a U-Net.
  public var networkConfiguration: UNetConfiguration? { network.configuration }

  /// The network's configuration, if it is MM-JiT.
  package var transformerConfiguration: MMJiTConfiguration? {
    (denoiser.network as? MMJiT)?.configuration
  }

  /// The total number of parameters.
  public var parameterCount: Int {
    (network.weights?.parameterCount ?? 0) + otherParameters.autoencoder + otherParameters.text
  }

  /// The number of parameters of the other parts.
  var otherParameters: (autoencoder: Int, text: Int) { parts.otherParameters }

  /// The network with its additions.
  var network: NetworkParts { parts.network }

  /// The network as the sampler core sees it.
  var denoiser: NetworkDenoiser { network.denoiser }

  /// The space of its samples: pixels or latents.
  var space: PictureSpace { parts.space }

  /// The number of tokens that are encoded at once, including the two that mark the ends.
  public var tokenLimit: Int { parts.prompts.tokenLimit }

  /// The first ten hexadecimal digits of the SHA-256 of the network's weights, `nil` if they are on a server; the first
  /// call reads all of them.
  public var modelHash: String? { hash.value }

  /// Notices for the user about the model's additions.
  public var notices: [String] { network.adaptation.notices }

  /// What a picture's settings record about the model.
  public var signature: ModelSignature {
    var blank = Recipe(prompt: "", width: width, height: height, model: name)
    blank.loras = network.adaptation.records
    blank.embeddings = parts.embeddings
    blank.holdsEightBits = network.holdsEightBits
    // A part on a server computes in its own precision.
    let isHere = network.weights != nil
    blank.precision = isHere ? Recipe.Precision(rawValue: format.rawValue) : nil
    blank.clipSkip = additions.clipSkip
    blank.prediction = additions.prediction
    return ModelSignature(blank: blank, hash: hash)
  }

  // MARK: Prompts

  /// Whether it takes a prompt.
  public var readsPrompt: Bool { denoiser.network.readsPrompt }

  /// Whether its network takes the time of a step as an input; without it, the network has to infer the
  /// noise level from the noisy picture.
  public var readsTime: Bool { denoiser.network.readsTime }

  /// The number of tokens of a prompt, including the two that mark its ends.
  public func tokenCount(_ prompt: String) -> Int {
    parts.prompts.tokenCount(TaggedPrompt(EditedPrompt(prompt).prompt(at: 0, of: 1)).plain)
  }

  /// Where the cut-off part of a prompt begins; `nil` if nothing is cut off.
  public func ignoredTail(of prompt: String) -> String.Index? {
    // A prompt that changes during the run has no single end, and tags are not part of the text.
    EditedPrompt(prompt).changes || !TaggedPrompt(prompt).loras.isEmpty
      ? nil : parts.prompts.ignoredTail(of: prompt)
  }

  /// The embedding of a prompt.
  ///
  /// - Throws: `CheckpointError` when the encoder's weights cannot be read.
  public func encode(_ prompt: String) async throws -> PromptEmbedding {
    try await resting { try await self.encode(prompt, isNegative: false) }
  }

  /// The embedding that guidance steers away from; `nil` if the model takes no prompt.
  func unconditional(_ prompt: String) async throws -> PromptEmbedding? {
    readsPrompt ? try await encode(prompt, isNegative: true) : nil
  }

  private func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding {
    let prompt = TaggedPrompt(prompt).plain
    let key = isNegative ? "-\(prompt)" : "+\(prompt)"
    let known = encoded.withLock { encoded in
      encoded.touch(key)
      return encoded[key]
    }
    if let known { return known }
    let embedding = try await parts.prompts.encode(prompt, isNegative: isNegative)
    encoded.withLock { $0.insert(embedding, for: key, bytes: embedding.bytes) }
    return embedding
  }

  /// The words of a prompt with their tokens, in order, without the part that is cut off.
  public func words(of prompt: String) -> [PromptWord] {
    PromptWord.words(of: prompt, tokens: parts.prompts.placedTokens(of: prompt))
  }

  // MARK: Runs

  /// The run that a recipe describes; iterate it to compute its steps.
  ///
  /// - Throws: `SamplingError` when the settings cannot be sampled, `SizeError` when the model cannot paint that size,
  ///   `CheckpointError` when weights cannot be read.
  public func trajectory(_ recipe: Recipe) async throws -> Trajectory<NetworkDenoiser> {
    let size = PictureSize(recipe)
    guard sizes.contains(size) else { throw SizeError(model: name, sizes: sizes, asked: size) }
    // Text encoders may be gigabytes, so they are not read for invalid settings.
    try Trajectory<NetworkDenoiser>.check(recipe.sampling, on: parts.schedule)
    let (condition, unconditional) = try await resting {
      (
        try await self.encode(
          EditedPrompt(recipe.prompt).prompt(at: 0, of: recipe.stepsTaken), isNegative: false),
        try await self.unconditional(
          EditedPrompt(recipe.negativePrompt).prompt(at: 0, of: recipe.stepsTaken))
      )
    }
    return try Trajectory(
      denoiser: denoiser, schedule: parts.schedule, settings: recipe.sampling,
      shape: space.shape(width: recipe.width, height: recipe.height), condition: condition,
      unconditional: unconditional, clipping: parts.clipping, origin: try await origin(of: recipe))
  }

  /// The sample that a run starts from instead of noise alone: its starting picture, cropped to the right shape.
  private func origin(of recipe: Recipe) async throws -> RunOrigin? {
    guard let start = recipe.start else { return nil }
    guard let picture = start.picture else { throw MissingPictureError(file: start.file) }
    let fitted = picture.filling(width: recipe.width, height: recipe.height)
      .over(SIMD3(repeating: 255))
    return RunOrigin(sample: try await space.sample(of: fitted), strength: start.strength)
  }

  /// Applies the recipe's changes for the next step, and prompts that change during the run.
  ///
  /// - Throws: `CheckpointError` when the text encoder's weights cannot be read.
  public func steer(
    _ iterator: inout Trajectory<NetworkDenoiser>.Iterator, by recipe: Recipe
  ) async throws {
    let step = iterator.index
    let steering = recipe.steering(at: step)
    if recipe.changes.contains(where: { $0.step == step }) || steering.changesOnItsWay {
      try await steer(&iterator, to: steering)
    }
  }

  /// Applies the changes for the next step; the prompts are the same at every step.
  ///
  /// - Throws: `CheckpointError` when the text encoder's weights cannot be read.
  package func steer(
    _ iterator: inout Trajectory<NetworkDenoiser>.Iterator, by changes: [RecipeChange]
  ) async throws {
    for change in changes where change.step == iterator.index {
      if let scale = change.guidance { iterator.guidance.scale = scale }
      let (condition, unconditional) = try await resting {
        var condition: PromptEmbedding?
        var other: PromptEmbedding?
        if let prompt = change.prompt {
          condition = try await self.encode(prompt, isNegative: false)
        }
        if let prompt = change.negativePrompt { other = try await self.unconditional(prompt) }
        return (condition, other)
      }
      if let condition { iterator.condition = condition }
      if change.negativePrompt != nil { iterator.unconditional = unconditional }
    }
  }

  /// Makes a run use this steering from its next step on. If the prompts change during the run, call this before every
  /// step.
  ///
  /// - Throws: `CheckpointError` when the text encoder's weights cannot be read.
  public func steer(
    _ iterator: inout Trajectory<NetworkDenoiser>.Iterator, to steering: Steering
  ) async throws {
    iterator.guidance.scale = steering.guidance
    let now = steering.prompts(at: iterator.index, of: iterator.count)
    // Unchanged prompts need not be encoded again.
    (iterator.condition, iterator.unconditional) = try await resting {
      (
        try await encode(now.prompt, isNegative: false),
        try await unconditional(now.negativePrompt)
      )
    }
  }

  /// Encodes prompts and releases the text encoders' memory, even if that fails or is cancelled.
  private func resting<Embeddings: Sendable>(
    _ work: () async throws -> Embeddings
  ) async throws -> Embeddings {
    do {
      let embeddings = try await work()
      await parts.prompts.rest()
      return embeddings
    } catch {
      await parts.prompts.rest()
      throw error
    }
  }
}

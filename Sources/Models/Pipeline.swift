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
/// Opening one reads descriptions only. Weights are read when the first prompt is encoded and the first step taken.
public final class Pipeline: Sendable {
  private let parts: ModelParts
  private let additions: ModelAdditions
  /// The last prompts encoded, so that typing one back costs nothing.
  private let encoded = Mutex(BoundedCache<String, PromptEmbedding>(limit: 32 << 20))
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
  ///   compute in the precision asked for, `AdditionError` when the model takes no such addition.
  public convenience init(
    contentsOf url: URL, precision: Precision = .auto, weights: WeightForm = .auto,
    additions: ModelAdditions = ModelAdditions()
  ) throws {
    let options = OpeningOptions(precision: precision, weights: weights, additions: additions)
    let parts =
      switch ModelKind(of: url) {
      case .unconditional: try ModelParts(try UnconditionalModel(folder: url), options)
      case .own: try ModelParts(folder: url, options)
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
  /// - Throws: As ``init(contentsOf:precision:weights:additions:)``.
  public convenience init(
    folder: URL, precision: Precision = .auto, weights: WeightForm = .auto,
    additions: ModelAdditions = ModelAdditions()
  ) throws {
    let options = OpeningOptions(precision: precision, weights: weights, additions: additions)
    self.init(try ModelParts(folder: folder, options), additions)
  }

  private init(_ parts: ModelParts, _ additions: ModelAdditions) {
    (self.parts, self.additions) = (parts, additions)
    hash = WeightHash(parts.network.weights)
  }

  // MARK: What it is

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

  /// The schedule of a sampler that was chosen without one: what the model's files say, or else what diffusers has for
  /// that sampler.
  public func spacing(for sampler: SamplerKind) -> Spacing { parts.spacings.spacing(for: sampler) }

  /// Whether a schedule decides anything with this sampler: LCM has times of its own, except in a flow.
  public func usesSpacing(with sampler: SamplerKind) -> Bool {
    sampler != .lcm || parts.schedule.isFlow
  }

  /// How the network computes.
  public var format: NumberFormat { network.format }

  /// The network's configuration.
  public var networkConfiguration: UNetConfiguration { network.configuration }

  /// Parameters in all.
  public var parameterCount: Int {
    network.weights.parameterCount + otherParameters.autoencoder + otherParameters.text
  }

  /// Parameters of the other parts.
  var otherParameters: (autoencoder: Int, text: Int) { parts.otherParameters }

  /// The network, and what was added to it.
  var network: NetworkParts { parts.network }

  /// The network as the sampler core sees it.
  var denoiser: NetworkDenoiser { network.denoiser }

  /// The space of its samples: pixels or latents.
  var space: PictureSpace { parts.space }

  /// Tokens that are encoded at once, including the two that mark the ends.
  public var tokenLimit: Int { parts.prompts.tokenLimit }

  /// The first ten hexadecimal digits of the SHA-256 of the network's weights; reads them all the first time.
  public var modelHash: String { hash.value }

  /// Notices for the user about what was added to the model.
  public var notices: [String] { network.adaptation.notices }

  /// What a picture's settings say about the model.
  public var signature: ModelSignature {
    var blank = Recipe(prompt: "", width: width, height: height, model: name)
    blank.loras = network.adaptation.records
    blank.embeddings = parts.embeddings
    blank.holdsEightBits = network.holdsEightBits
    blank.precision = Recipe.Precision(rawValue: format.rawValue)
    blank.clipSkip = additions.clipSkip
    blank.prediction = additions.prediction
    return ModelSignature(blank: blank, hash: hash)
  }

  // MARK: Prompts

  /// Whether it takes a prompt.
  public var readsPrompt: Bool { networkConfiguration.readsPrompt }

  /// The number of tokens of a prompt, including the two that mark its ends.
  public func tokenCount(_ prompt: String) -> Int {
    parts.prompts.tokenCount(TaggedPrompt(EditedPrompt(prompt).prompt(at: 0, of: 1)).plain)
  }

  /// Where the part of a prompt begins that is cut off; `nil` when none is.
  public func ignoredTail(of prompt: String) -> String.Index? {
    // Of one that changes on its way there is no single end, and tags are not read at all.
    EditedPrompt(prompt).changes || !TaggedPrompt(prompt).loras.isEmpty
      ? nil : parts.prompts.ignoredTail(of: prompt)
  }

  /// The embedding of a prompt.
  ///
  /// - Throws: `CheckpointError` when the encoder's weights cannot be read.
  public func encode(_ prompt: String) async throws -> PromptEmbedding {
    try await resting { try await self.encode(prompt, isNegative: false) }
  }

  /// The embedding that guidance steers away from; `nil` where the model takes no prompt.
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

  /// The words of a prompt with their tokens, in their order; what is cut off is left out.
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
    // Text encoders may be gigabytes, which are not read for settings that cannot be.
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

  /// The sample that a run starts from, where that is not noise alone: its starting picture, cut to the right shape.
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

  /// Has a run follow this steering from the step that comes next. Where its prompts change on their way, it is to be
  /// called at every step.
  ///
  /// - Throws: `CheckpointError` when the text encoder's weights cannot be read.
  public func steer(
    _ iterator: inout Trajectory<NetworkDenoiser>.Iterator, to steering: Steering
  ) async throws {
    iterator.guidance.scale = steering.guidance
    let now = steering.prompts(at: iterator.index, of: iterator.count)
    // Prompts that are as they were are known.
    (iterator.condition, iterator.unconditional) = try await resting {
      (
        try await encode(now.prompt, isNegative: false),
        try await unconditional(now.negativePrompt)
      )
    }
  }

  /// Encodes prompts and gives the text encoders' memory back, also when that fails or is cancelled.
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

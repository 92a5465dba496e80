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
  private let parts: ModelParts
  private let additions: ModelAdditions
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
  ///   compute in the precision asked for, `AdditionError` when the model takes no such addition.
  public convenience init(
    contentsOf url: URL, precision: Precision = .auto, weights: WeightForm = .auto,
    additions: ModelAdditions = ModelAdditions()
  ) throws {
    let options = OpeningOptions(precision: precision, weights: weights, additions: additions)
    let parts =
      if UnconditionalModel.isOne(url) {
        try ModelParts(try UnconditionalModel(folder: url), options)
      } else if ModelFolder.isOwnKind(url) {
        try ModelParts(folder: url, options)
      } else {
        try ModelParts(
          try Checkpoint(
            contentsOf: url, predictionType: additions.prediction.flatMap(PredictionType.init)),
          options)
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

  /// The width in pixels of the pictures it was taught.
  public var width: Int { parts.width }

  /// The height in pixels of the pictures it was taught.
  public var height: Int { parts.height }

  /// The sizes that it can paint: of pixels its own, of latents all that are whole places.
  public var sizes: PictureSizes {
    decodes ? .multiples(of: space.scale) : .one(PictureSize(width: width, height: height))
  }

  /// What a run begins with when nobody says otherwise.
  public var defaults: SamplingSettings { parts.defaults }

  /// How the network computes.
  public var format: NumberFormat { network.format }

  /// The network's configuration.
  public var networkConfiguration: UNetConfiguration { network.configuration }

  /// Learnt numbers in all.
  public var parameterCount: Int {
    network.weights.parameterCount + otherParameters.autoencoder + otherParameters.text
  }

  /// Learnt numbers beside the network's.
  var otherParameters: (autoencoder: Int, text: Int) { parts.otherParameters }

  /// The network, and what was added to it.
  var network: NetworkParts { parts.network }

  /// The network as the sampler core sees it.
  var denoiser: NetworkDenoiser { network.denoiser }

  /// Where its samples lie.
  var space: PictureSpace { parts.space }

  /// Tokens that are read at once, the two that mark a prompt's ends among them.
  public var tokenLimit: Int { parts.prompts.tokenLimit }

  /// The first ten hexadecimal digits of the SHA-256 of the network's weights; reads them all the first time.
  public var modelHash: String { hash.value }

  /// What a user should know of what was added to the model.
  public var notices: [String] { network.adaptation.notices }

  /// What a picture's settings say of it.
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

  /// Whether a prompt steers it.
  public var readsPrompt: Bool { networkConfiguration.readsPrompt }

  /// The tokens a prompt comes to, the two that mark its ends among them.
  public func tokenCount(_ prompt: String) -> Int { parts.prompts.tokenCount(prompt) }

  /// Where the part of a prompt begins that the network will not see; `nil` when it sees all.
  public func ignoredTail(of prompt: String) -> String.Index? {
    parts.prompts.ignoredTail(of: prompt)
  }

  /// A prompt's place in the text encoder's space.
  ///
  /// - Throws: `CheckpointError` when the encoder's weights cannot be read.
  public func encode(_ prompt: String) async throws -> PromptEmbedding {
    try await resting { try await self.encode(prompt, isNegative: false) }
  }

  /// What guidance steers away from; `nil` where no prompt steers.
  func unconditional(_ prompt: String) async throws -> PromptEmbedding? {
    readsPrompt ? try await encode(prompt, isNegative: true) : nil
  }

  private func encode(_ prompt: String, isNegative: Bool) async throws -> PromptEmbedding {
    let key = isNegative ? "-\(prompt)" : "+\(prompt)"
    if let known = encoded.withLock({ $0[key] }) { return known }
    let embedding = try await parts.prompts.encode(prompt, isNegative: isNegative)
    encoded.withLock {
      if $0.count >= 64 { $0.removeAll() }
      $0[key] = embedding
    }
    return embedding
  }

  /// The words of a prompt as the network sees them, in their order; what lies beyond the last token that it sees is
  /// left out.
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
        try await self.encode(recipe.prompt, isNegative: false),
        try await self.unconditional(recipe.negativePrompt)
      )
    }
    return try Trajectory(
      denoiser: denoiser, schedule: parts.schedule, settings: recipe.sampling,
      shape: space.shape(width: recipe.width, height: recipe.height), condition: condition,
      unconditional: unconditional, clipping: parts.clipping, origin: try await origin(of: recipe))
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

  /// Has a run follow this steering from the step that comes next.
  ///
  /// - Throws: `CheckpointError` when the text encoder's weights cannot be read.
  public func steer(
    _ iterator: inout Trajectory<NetworkDenoiser>.Iterator, to steering: Steering
  ) async throws {
    iterator.guidance.scale = steering.guidance
    // Prompts that are as they were are known.
    (iterator.condition, iterator.unconditional) = try await resting {
      (
        try await encode(steering.prompt, isNegative: false),
        try await unconditional(steering.negativePrompt)
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

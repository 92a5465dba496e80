import Diffusion
import Pictures

/// All settings of a picture, as saved in a PNG and read back.
public struct Recipe: Sendable, Hashable {
  /// What to paint.
  public var prompt: String
  /// The negative prompt; empty for none.
  public var negativePrompt: String
  /// Seed, steps, guidance, sampler and schedule.
  public var sampling: SamplingSettings
  /// Changes during the run, in the order of the steps.
  public var changes: [RecipeChange] = []
  /// Picture width in pixels.
  public var width: Int
  /// Picture height in pixels.
  public var height: Int
  /// The model's name, such as `mini`.
  public var model: String
  /// The first ten hexadecimal digits of the SHA-256 of the network's weights, if known.
  public var modelHash: String?
  /// The LoRAs added to the model, in the given order.
  public var loras: [LoRA] = []
  /// The textual inversions used in the prompts.
  public var embeddings: [Embedding] = []
  /// The text encoder's layer that was used, counted from 1 for the last; `nil` for the model's own.
  public var clipSkip: Int?
  /// What the network predicts, if the user chose it.
  public var prediction: Prediction?
  /// Whether the network's weights were stored as eight-bit numbers.
  public var holdsEightBits = false
  /// The number format in which the network computed, if known.
  public var precision: Precision?
  /// The starting picture, if the run does not start from noise alone.
  public var start: StartingPicture?

  /// A recipe with these values.
  public init(
    prompt: String, negativePrompt: String = "", sampling: SamplingSettings = SamplingSettings(),
    width: Int, height: Int, model: String, modelHash: String? = nil
  ) {
    self.prompt = prompt
    self.negativePrompt = negativePrompt
    self.sampling = sampling
    self.width = width
    self.height = height
    self.model = model
    self.modelHash = modelHash
  }
}

extension Recipe {
  /// The number format in which a network computes.
  public enum Precision: String, Sendable, Hashable, CaseIterable {
    /// 32-bit floating point.
    case f32
    /// bfloat16.
    case bf16
  }

  /// The number of steps to run: all, or those from the starting picture's noise level on.
  public var stepsTaken: Int {
    start.map { sampling.steps(atStrength: $0.strength) } ?? sampling.steps
  }

  /// A picture that a run starts from.
  public struct StartingPicture: Sendable, Hashable {
    /// The file's name, without its folder.
    public var file: String
    /// The first digits of the SHA-256 of the file, if known.
    public var hash: String?
    /// The fraction of the steps to run, 0 to 1; a larger one keeps less of the picture.
    public var strength: Double
    /// The picture; `nil` if only its name is known.
    public var picture: Cutout?

    /// The default strength, as in AUTOMATIC1111 and stable-diffusion.cpp.
    public static let usualStrength = 0.75

    /// A picture from this file.
    public init(file: String, hash: String? = nil, strength: Double, picture: Cutout? = nil) {
      (self.file, self.hash) = (file, hash)
      (self.strength, self.picture) = (strength, picture)
    }
  }

  /// A textual inversion file, and its word.
  public struct Embedding: Sendable, Hashable {
    /// The word that represents it in a prompt.
    public var word: String
    /// The file's name, without its folder.
    public var file: String
    /// The first digits of its hash, if known.
    public var hash: String?

    /// A file of this name.
    public init(word: String, file: String, hash: String? = nil) {
      (self.word, self.file, self.hash) = (word, file, hash)
    }
  }

  /// A LoRA file added to a model.
  public struct LoRA: Sendable, Hashable {
    /// The file's name, without its folder.
    public var file: String
    /// The factor for its changes.
    public var weight: Float
    /// The first digits of its hash, if known.
    public var hash: String?

    /// A file of this name.
    public init(file: String, weight: Float, hash: String? = nil) {
      self.file = file
      self.weight = weight
      self.hash = hash
    }

    /// The name without its file extension.
    public var name: String {
      file.lastIndex(of: ".").map { String(file[..<$0]) } ?? file
    }
  }
}

/// The prompts and the guidance of a run, which may change from one step to the next.
public struct Steering: Sendable, Hashable {
  /// What to paint.
  public var prompt: String
  /// The negative prompt.
  public var negativePrompt: String
  /// The guidance scale.
  public var guidance: Float

  /// Steering with these values.
  public init(prompt: String, negativePrompt: String, guidance: Float) {
    self.prompt = prompt
    self.negativePrompt = negativePrompt
    self.guidance = guidance
  }
}

/// A change of prompts or guidance during a run; `nil` values did not change.
public struct RecipeChange: Sendable, Hashable {
  /// The index of the first step that used it.
  public var step: Int
  /// What to paint.
  public var prompt: String?
  /// The negative prompt.
  public var negativePrompt: String?
  /// The guidance scale.
  public var guidance: Float?

  /// A change from `step` on.
  public init(
    step: Int, prompt: String? = nil, negativePrompt: String? = nil, guidance: Float? = nil
  ) {
    self.step = step
    self.prompt = prompt
    self.negativePrompt = negativePrompt
    self.guidance = guidance
  }

  /// The differences in `new`; `nil` if there are none.
  public init?(step: Int, from old: Steering, to new: Steering) {
    guard old != new else { return nil }
    self.init(
      step: step, prompt: new.prompt == old.prompt ? nil : new.prompt,
      negativePrompt: new.negativePrompt == old.negativePrompt ? nil : new.negativePrompt,
      guidance: new.guidance == old.guidance ? nil : new.guidance)
  }
}

extension Recipe {
  /// The prompts and the guidance of a step, with all changes up to it.
  public func steering(at step: Int) -> Steering {
    var steering = Steering(
      prompt: prompt, negativePrompt: negativePrompt, guidance: sampling.guidance.scale)
    for change in changes where change.step <= step {
      if let prompt = change.prompt { steering.prompt = prompt }
      if let negative = change.negativePrompt { steering.negativePrompt = negative }
      if let guidance = change.guidance { steering.guidance = guidance }
    }
    return steering
  }
}

extension PictureSize {
  /// The size of the picture.
  public init(_ recipe: Recipe) { self.init(width: recipe.width, height: recipe.height) }
}

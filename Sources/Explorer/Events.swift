import Diffusion
import Pictures

/// A key, as the terminal tells it.
public enum ExplorerKey: Sendable, Hashable {
  case character(Character)
  case control(Character)
  case alt(Character)
  case up, down, left, right
  case home, end, pageUp, pageDown
  case enter, tab, backTab, backspace, delete, escape
}

/// What the mouse did in a cell.
public struct MouseEvent: Sendable, Hashable {
  /// What it did.
  public enum Kind: Sendable, Hashable {
    case press, drag, release, wheelUp, wheelDown
  }

  /// What it did.
  public var kind: Kind
  /// The cell's column.
  public var x: Int
  /// The cell's row.
  public var y: Int

  /// A mouse event in a cell.
  public init(_ kind: Kind, x: Int, y: Int) {
    self.kind = kind
    self.x = x
    self.y = y
  }
}

/// What the explorer needs to know of a model.
public struct ModelFacts: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// The width of its pictures in pixels.
  public var width: Int
  /// The height of its pictures in pixels.
  public var height: Int
  /// Tokens that it reads at most.
  public var tokenLimit: Int
  /// How it computes, such as `bf16`.
  public var format: String
  /// What a run begins with.
  public var defaults: SamplingSettings

  /// Facts of these parts.
  public init(
    name: String, width: Int, height: Int, tokenLimit: Int, format: String,
    defaults: SamplingSettings
  ) {
    self.name = name
    self.width = width
    self.height = height
    self.tokenLimit = tokenLimit
    self.format = format
    self.defaults = defaults
  }
}

/// One step of a run, as pictures.
public struct Frame: Sendable, Hashable {
  /// The step's number, from 0.
  public var index: Int
  /// Steps of the run.
  public var count: Int
  /// The noise level.
  public var sigma: Float
  /// The share of noise in the sample, 0 to 1.
  public var noiseLevel: Float
  /// `x_t`, what the model looks at.
  public var sample: Picture
  /// `x_0`, what it thinks it sees.
  public var denoised: Picture
  /// The noise it believes to be there.
  public var noise: Picture
  /// The picture, behind the last step.
  public var finished: Picture?
  /// How long the step took.
  public var milliseconds: Double
  /// The guidance scale it was computed with.
  public var guidance: Float

  /// A frame of these parts.
  public init(
    index: Int, count: Int, sigma: Float, noiseLevel: Float, sample: Picture, denoised: Picture,
    noise: Picture, finished: Picture? = nil, milliseconds: Double, guidance: Float
  ) {
    self.index = index
    self.count = count
    self.sigma = sigma
    self.noiseLevel = noiseLevel
    self.sample = sample
    self.denoised = denoised
    self.noise = noise
    self.finished = finished
    self.milliseconds = milliseconds
    self.guidance = guidance
  }
}

/// Everything that can happen to the explorer.
public enum ExplorerEvent: Sendable, Hashable {
  case key(ExplorerKey)
  case paste(String)
  case mouse(MouseEvent)
  case resized(width: Int, height: Int)
  case modelLoaded(ModelFacts)
  case modelFailed(String)
  /// The prompt's tokens, and the character from which on the model reads no more.
  case promptMeasured(prompt: String, tokens: Int, ignoredFrom: Int?)
  case frame(run: Int, Frame)
  case runFailed(run: Int, message: String)
  case saved(path: String)
  case saveFailed(String)
}

/// Everything that the explorer asks of the world.
public enum Effect: Sendable, Hashable {
  case start(run: Int, Recipe)
  case cancel(run: Int)
  case pause(run: Int)
  case resume(run: Int)
  case stepOnce(run: Int)
  /// Guidance from the next step of a run on.
  case setGuidance(run: Int, Guidance)
  case measurePrompt(String)
  /// Saves a picture; `frameStep` counts from 1 and is `nil` for a finished one.
  case save(Picture, Recipe, frameStep: Int?, view: String?)
  case suspend
  case quit
}

/// Settings that a user chose before the model was there; what is `nil` is the model's own.
public struct ChosenSettings: Sendable, Hashable {
  /// The seed of the noise.
  public var seed: UInt64?
  /// The steps of a run.
  public var steps: Int?
  /// The guidance scale.
  public var guidance: Float?
  /// How much of guidance's contrast is taken back.
  public var guidanceRescale: Float?
  /// The sampler.
  public var sampler: SamplerKind?
  /// How the steps are spread.
  public var spacing: Spacing?
  /// DDIM's share of fresh noise.
  public var eta: Float?

  /// Nothing chosen.
  public init() {}

  /// The settings with what was chosen put in.
  public func applied(to settings: SamplingSettings) -> SamplingSettings {
    var settings = settings
    if let seed { settings.seed = seed }
    if let steps { settings.steps = steps }
    if let guidance { settings.guidance.scale = guidance }
    if let guidanceRescale { settings.guidance.rescale = guidanceRescale }
    if let sampler { settings.sampler = sampler }
    if let spacing { settings.spacing = spacing }
    if let eta { settings.eta = eta }
    return settings
  }
}

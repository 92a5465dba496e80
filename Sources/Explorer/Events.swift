import Cells
import Diffusion
import Pictures

/// Everything that can happen to the explorer.
public enum ExplorerEvent: Sendable, Hashable {
  case key(ExplorerKey)
  case paste(String)
  case mouse(MouseEvent)
  case resized(width: Int, height: Int)
  /// No key came for ``Explorer/burstMilliseconds``.
  case typingPaused
  /// A moment of playing has passed; see ``Explorer/tickMilliseconds``.
  case tick
  /// The terminal told whether its background is light.
  case background(isLight: Bool)
  case modelLoaded(ModelFacts)
  case modelFailed(String)
  /// The models there are, as asked for.
  case models([ModelListing])
  /// The prompt's tokens, and the character from which on the model reads no more.
  case promptMeasured(prompt: String, tokens: Int, ignoredFrom: Int?)
  /// The noise levels of a run's steps, before the first is computed.
  case planned(run: Int, [PlannedLevel])
  case frame(run: Int, Frame)
  /// Weights are read before a run's next step.
  case loading(run: Int, Loading)
  /// How much of a step's work is done, 0 to 1.
  case progress(run: Int, step: Int, share: Double)
  case runFailed(run: Int, message: String)
  /// A file was written; of a whole run another one beside it. A remark says what is other than was asked for.
  case saved(path: String, other: String? = nil, remark: String? = nil)
  case saveFailed(String)
  /// The saved pictures there are, as asked for; names of files.
  case pictures([String], onlySaved: Bool)
  /// A saved picture's settings, and the LoRAs that it was made with; `nil` for these where not all of them are at hand.
  case opened(path: String, Infotext.Contents, loras: [ChosenLoRA]? = [])
  case openFailed(String)
  /// Something came to light that a user should know.
  case noticed(String)
  /// The LoRAs there are, as asked for; paths of files.
  case loras([String])
  /// The file of a LoRA that was typed.
  case loraFound(path: String, weight: Float?)
  /// A picture that runs are to begin with.
  case startRead(Recipe.StartingPicture)
  /// What a study found; in parts where it takes long.
  case studied(Study, Finding)
  /// One has stayed at ``Explorer/resting`` for a moment.
  case rested
  /// A step's picture, decoded in full as asked for.
  case decoded(FramePlace, Picture)
  case decodeFailed(FramePlace, message: String)
}

/// Everything that the explorer asks of the world.
public enum Effect: Sendable, Hashable {
  /// Computes a run; a branch begins with the sample that another run had at a step.
  case start(run: Int, Recipe, from: BranchPoint?)
  case cancel(run: Int)
  case pause(run: Int)
  case resume(run: Int)
  case stepOnce(run: Int)
  /// Another steering from the next step of a run on.
  case steer(run: Int, Steering)
  /// Nothing of a run is needed any more.
  case forget(run: Int)
  case measurePrompt(String)
  /// Saves something of a run; `nil` where the model that is loaded made it of a run of another.
  case save(SaveRequest, run: Int?)
  /// Adds a prompt to the history that is kept.
  case remember(String)
  /// The lesson that the tour is to go on with another time.
  case rememberLesson(Int)
  /// The pictures in the folder: those that can hold a run, or all that can be looked at.
  case listPictures(onlySaved: Bool)
  case openPicture(String)
  /// Reads a picture that runs are to begin with.
  case readStart(path: String, strength: Double)
  case listModels
  /// Loads the model in a folder, or the embedded one.
  case loadModel(path: String?)
  case listLoRAs
  /// Looks for the LoRA that was typed.
  case findLoRA(path: String, weight: Float?)
  /// Loads the model anew with these LoRAs and no others.
  case useLoRAs([ChosenLoRA])
  /// Makes these studies, the first first, and no others any more.
  case study([Study])
  /// Takes the mouse, or leaves it to the terminal.
  case useMouse(Bool)
  /// Decodes a step's picture in full.
  case decode(FramePlace)
  /// Decoding is wanted no more.
  case cancelDecoding
  case suspend
  case quit
}

/// What is to be saved.
public enum SaveRequest: Sendable, Hashable {
  /// A picture; `frameStep` counts from 1 and is `nil` for a finished one. `decoding` says where the full picture comes
  /// from where this one is a quick one.
  case picture(Picture, Recipe, frameStep: Int?, view: String?, decoding: FramePlace? = nil)
  /// A run as an animation and as a strip: the pictures of its steps, and what it came to; of one that was cut short the
  /// number of its last step.
  case run([Picture], last: Picture?, lastStep: Int?, Recipe, view: String)
  /// A picture as text in colours.
  case text(CellBuffer, Recipe, frameStep: Int?, view: String?)
}

/// A step of a run to branch from.
public struct BranchPoint: Sendable, Hashable {
  /// The run.
  public var run: Int
  /// The step, from 0: the first that is computed anew.
  public var step: Int

  /// A step of a run.
  public init(run: Int, step: Int) {
    self.run = run
    self.step = step
  }
}

/// A step as it is planned.
public struct PlannedLevel: Sendable, Hashable {
  /// The noise level.
  public var sigma: Float
  /// The share of noise in the sample, 0 to 1.
  public var noiseLevel: Float

  /// A level of a plan.
  public init(sigma: Float, noiseLevel: Float) {
    self.sigma = sigma
    self.noiseLevel = noiseLevel
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
  /// Tokens that it reads at most; 0 where no prompt steers it.
  public var tokenLimit: Int
  /// How it computes, such as `bf16`.
  public var format: String
  /// What a run begins with.
  public var defaults: SamplingSettings
  /// The sizes that it can paint.
  public var sizes: PictureSizes
  /// Whether the pictures of its steps are quick ones of latents, which take a while to be decoded in full.
  public var decodes: Bool
  /// What to say where it will not fit into memory.
  public var memoryWarning: String?
  /// A recipe of nothing but the model: its name, the size of its pictures, and what was added to it.
  public var blank: Recipe
  /// The LoRAs that were added to it.
  public var loras: [ChosenLoRA]
  /// What a user should know of it.
  public var notices: [String]

  /// Facts of these parts; without `sizes` its own is the only one.
  public init(
    name: String, width: Int, height: Int, tokenLimit: Int, format: String,
    defaults: SamplingSettings, sizes: PictureSizes? = nil, decodes: Bool = false,
    memoryWarning: String? = nil,
    blank: Recipe? = nil, loras: [ChosenLoRA] = [], notices: [String] = []
  ) {
    (self.loras, self.notices) = (loras, notices)
    var own = Recipe(prompt: "", width: width, height: height, model: name)
    own.loras = loras.map(\.recorded)
    self.blank = blank ?? own
    self.name = name
    self.width = width
    self.height = height
    self.tokenLimit = tokenLimit
    self.format = format
    self.defaults = defaults
    self.sizes = sizes ?? .one(PictureSize(width: width, height: height))
    self.decodes = decodes
    self.memoryWarning = memoryWarning
  }

  /// The size that it was taught.
  var own: PictureSize { PictureSize(width: width, height: height) }

  /// Whether a prompt steers it.
  var readsPrompt: Bool { tokenLimit > 0 }

  /// Whether it may be asked for pictures of this size: one that it can paint, and not so large that memory for it would
  /// have to be asked for first.
  func mayPaint(_ size: PictureSize) -> Bool {
    sizes.contains(size) && size.pixels <= 4 * own.pixels
  }
}

/// A model that can be chosen.
public struct ModelListing: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// Its folder; `nil` for the embedded one.
  public var path: String?
  /// Its size, or why it cannot be used.
  public var detail: String

  /// A model that can be chosen.
  public init(name: String, path: String?, detail: String) {
    self.name = name
    self.path = path
    self.detail = detail
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
  /// How long its pictures took, where they are quick ones of latents.
  public var previewMilliseconds: Double?
  /// What steered it.
  public var steering: Steering
  /// How large its parts are.
  public var magnitudes: Magnitudes?

  /// A frame of these parts.
  public init(
    index: Int, count: Int, sigma: Float, noiseLevel: Float, sample: Picture, denoised: Picture,
    noise: Picture, finished: Picture? = nil, milliseconds: Double,
    previewMilliseconds: Double? = nil, steering: Steering, magnitudes: Magnitudes? = nil
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
    self.previewMilliseconds = previewMilliseconds
    self.steering = steering
    self.magnitudes = magnitudes
  }

  /// Bytes of its pictures.
  var bytes: Int {
    [sample, denoised, noise].reduce(finished?.pixels.count ?? 0) { $0 + $1.pixels.count }
  }
}

/// How large the parts of a step are: root mean squares over all values of the sample.
public struct Magnitudes: Sendable, Hashable {
  /// Of `x_t`.
  public var sample: Float
  /// Of the predicted noise.
  public var noise: Float
  /// Of `x_0`.
  public var denoised: Float
  /// Of what the step changes, `x_{t-1} - x_t`.
  public var change: Float
  /// Of what the prompt changes in the network's output: with it less without it; `nil` where it looked only once.
  public var guidance: Float?

  /// These sizes.
  public init(sample: Float, noise: Float, denoised: Float, change: Float, guidance: Float?) {
    (self.sample, self.noise, self.denoised) = (sample, noise, denoised)
    (self.change, self.guidance) = (change, guidance)
  }
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

  /// Everything that a recipe says.
  public init(_ settings: SamplingSettings) {
    (seed, steps, eta) = (settings.seed, settings.steps, settings.eta)
    (guidance, guidanceRescale) = (settings.guidance.scale, settings.guidance.rescale)
    (sampler, spacing) = (settings.sampler, settings.spacing)
  }

  /// These settings, and where there are none those of `other`.
  public func or(_ other: ChosenSettings) -> ChosenSettings {
    var result = self
    result.seed = seed ?? other.seed
    result.steps = steps ?? other.steps
    result.guidance = guidance ?? other.guidance
    result.guidanceRescale = guidanceRescale ?? other.guidanceRescale
    result.sampler = sampler ?? other.sampler
    result.spacing = spacing ?? other.spacing
    result.eta = eta ?? other.eta
    return result
  }

  /// These settings within what the fields can hold, whatever a file says.
  var bounded: ChosenSettings {
    var result = self
    result.steps = steps.map { max(1, min(1000, $0)) }
    result.guidance = guidance.map { $0.isFinite ? max(-100, min(100, $0)) : 1 }
    return result
  }

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

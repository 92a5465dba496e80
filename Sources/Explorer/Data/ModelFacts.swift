import Diffusion
import Pictures
import Recipes

/// What the explorer needs to know about a model.
public struct ModelFacts: Sendable, Hashable {
  /// Its name.
  public var name: String
  /// The width of its pictures in pixels.
  public var width: Int
  /// The height of its pictures in pixels.
  public var height: Int
  /// The maximum number of tokens it reads; 0 if it takes no prompt.
  public var tokenLimit: Int
  /// The number format in which it computes, such as `bf16`, or the parts that compute on a server.
  public var format: String
  /// The default settings of a run.
  public var defaults: SamplingSettings
  /// The default schedule for each sampler; samplers that are not listed use the default settings' schedule.
  public var spacings: [SamplerKind: Spacing]
  /// The sizes it can paint.
  public var sizes: PictureSizes
  /// The samplers that ignore the schedule.
  public var samplersWithOwnSteps: Set<SamplerKind>
  /// Whether the pictures of its steps are previews of latents, which take a while to decode in full.
  public var decodes: Bool
  /// Whether its network takes the time of a step as an input, and with it the noise level.
  public var readsTime: Bool
  /// A warning if it will not fit in memory.
  public var memoryWarning: String?
  /// A recipe with only the model's data: its name, picture size and additions.
  public var blank: Recipe
  /// The LoRAs added to it.
  public var loras: [ChosenLoRA]
  /// Remarks about the model for the user.
  public var notices: [String]

  /// Facts with these values; without `sizes`, its own size is the only one.
  public init(
    name: String, width: Int, height: Int, tokenLimit: Int, format: String,
    defaults: SamplingSettings, spacings: [SamplerKind: Spacing] = [:],
    sizes: PictureSizes? = nil, samplersWithOwnSteps: Set<SamplerKind> = [],
    decodes: Bool = false, readsTime: Bool = true,
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
    self.spacings = spacings
    self.samplersWithOwnSteps = samplersWithOwnSteps
    self.sizes = sizes ?? .one(PictureSize(width: width, height: height))
    self.decodes = decodes
    self.readsTime = readsTime
    self.memoryWarning = memoryWarning
  }

  /// The size that it was trained at.
  var own: PictureSize { PictureSize(width: width, height: height) }

  /// Whether it takes a prompt.
  var readsPrompt: Bool { tokenLimit > 0 }

  /// How the network learns the noise level, if not as an input.
  var noteOnNoise: String? {
    readsTime
      ? nil : "This network is not given the noise level: it sees the noise in the picture itself."
  }

  /// Whether a picture of this size may be requested: the model can paint it, and it needs no confirmation because of
  /// its memory.
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

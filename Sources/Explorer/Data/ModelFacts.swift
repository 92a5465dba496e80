import Diffusion
import Pictures
import Recipes

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
  /// The schedule that each sampler has with it where nobody chooses one; that of the defaults for those not listed.
  public var spacings: [SamplerKind: Spacing]
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
    defaults: SamplingSettings, spacings: [SamplerKind: Spacing] = [:],
    sizes: PictureSizes? = nil, decodes: Bool = false,
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

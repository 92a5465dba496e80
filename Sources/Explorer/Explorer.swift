import Diffusion
import Pictures

/// The state of the explorer. It changes only in ``update(_:)``, and is shown by ``view(width:height:)``.
public struct Explorer: Sendable, Hashable {
  /// Where the keys go.
  enum Focus: Sendable, Hashable, CaseIterable {
    case canvas, prompt, negative, seed, steps, guidance, sampler, spacing

    var isText: Bool { self == .prompt || self == .negative }
    var isNumber: Bool { self == .seed || self == .steps || self == .guidance }
  }

  /// What the canvas shows of a step.
  enum ViewMode: Sendable, Hashable, CaseIterable {
    case sample, denoised, noise

    /// In plain words.
    var caption: String {
      switch self {
      case .sample: "what it looks at"
      case .denoised: "what it thinks it sees"
      case .noise: "the noise it would take away"
      }
    }

    /// In the field's words.
    var symbol: String {
      switch self {
      case .sample: "x_t"
      case .denoised: "x0"
      case .noise: "noise"
      }
    }

    /// As a saved picture's settings say it.
    var key: String {
      switch self {
      case .sample: "sample"
      case .denoised: "x0"
      case .noise: "noise"
      }
    }
  }

  /// A run and what is there of it.
  struct Run: Sendable, Hashable {
    enum Status: Sendable, Hashable {
      case running, paused, finished, cancelled, failed
    }

    let id: Int
    let recipe: Recipe
    var frames: [Frame] = []
    var status = Status.running

    /// Places one can scrub to: every step there is, and the picture behind the last.
    var lastPosition: Int {
      guard let last = frames.last else { return 0 }
      return last.finished == nil ? frames.count - 1 : frames.count
    }

    var isOpen: Bool { status == .running || status == .paused }
  }

  var focus = Focus.canvas
  var prompt: TextField
  var negative = TextField()
  var settings: SamplingSettings
  /// A number as it is being typed, in the field that has the focus.
  var typing: String?
  var model: ModelFacts?
  var run: Run?
  /// The frames of the run before, shown until the first of the new one is there.
  var before: Run?
  var position = 0
  /// Whether the newest step is shown as it comes.
  var isFollowing = true
  var mode = ViewMode.sample
  var showsHelp = false
  var message: String?
  var messageIsWarning = false
  var tokens: Int?
  var ignoredFrom: Int?
  var columns = 80
  var rows = 24
  /// The theme.
  public var theme: Theme
  var nextRun = 0
  var random: UInt64
  /// What the user chose before the model's own settings were known.
  var chosen: ChosenSettings
  /// Why there is no model, where loading it failed.
  var modelProblem: String?
  /// The first line of the help that is shown.
  var helpLine = 0

  /// The explorer before its model is there.
  ///
  /// - Parameters:
  ///   - prompt: The first prompt; a good one where `nil`.
  ///   - chosen: Settings that are not to be the model's own.
  ///   - theme: The colours.
  ///   - randomSeed: What other seeds are drawn from.
  public init(
    prompt: String? = nil, chosen: ChosenSettings = ChosenSettings(), theme: Theme = .dark,
    randomSeed: UInt64
  ) {
    self.prompt = TextField(prompt ?? "a red apple")
    settings = chosen.applied(to: SamplingSettings(seed: 7))
    self.chosen = chosen
    self.theme = theme
    random = randomSeed
  }

  /// The settings to begin with once the model is known.
  func first(_ facts: ModelFacts) -> SamplingSettings {
    var settings = facts.defaults
    settings.seed = 7
    return chosen.applied(to: settings)
  }

  /// The recipe of what a frame of a run shows, with the guidance that its steps really had.
  func recipe(of run: Run, upTo position: Int) -> Recipe {
    var recipe = run.recipe
    var scale = recipe.sampling.guidance.scale
    for frame in run.frames.prefix(position + 1) where frame.guidance != scale {
      scale = frame.guidance
      recipe.guidanceChanges.append(GuidanceChange(step: frame.index, scale: scale))
    }
    return recipe
  }

  /// A seed of 32 bits (SplitMix64).
  mutating func drawSeed() -> UInt64 {
    random &+= 0x9e37_79b9_7f4a_7c15
    var z = random
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return (z ^ (z >> 31)) >> 32
  }

  /// The run that is shown: the new one once it has a frame.
  var shown: Run? {
    if let run, !run.frames.isEmpty { return run }
    return before ?? run
  }

  /// The frame that is shown; behind the last step it is the last one.
  var frame: Frame? {
    guard let frames = shown?.frames, !frames.isEmpty else { return nil }
    return frames[max(0, min(position, frames.count - 1))]
  }

  /// Whether the finished picture is shown.
  var showsFinished: Bool {
    guard let shown else { return false }
    return position >= shown.frames.count && shown.frames.last?.finished != nil
  }

  func picture(_ mode: ViewMode) -> Picture? {
    guard let frame else { return nil }
    if showsFinished, mode != .noise, let finished = frame.finished { return finished }
    switch mode {
    case .sample: return frame.sample
    case .denoised: return frame.denoised
    case .noise: return frame.noise
    }
  }
}

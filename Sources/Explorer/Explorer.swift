import Cells
import Diffusion
import Pictures

/// The state of the explorer. It changes only in ``update(_:)``, and is shown by ``view(width:height:)``.
public struct Explorer: Sendable, Hashable {
  /// Where the keys go.
  enum Focus: Sendable, Hashable, CaseIterable {
    case canvas, prompt, negative, seed, steps, guidance, strength, sampler, spacing, model

    var isText: Bool { self == .prompt || self == .negative }
    var isNumber: Bool {
      self == .seed || self == .steps || self == .guidance || self == .strength
    }

    /// What one is looking at, for the head of the help.
    var explanation: String {
      switch self {
      case .canvas:
        "The canvas. A run starts from pure noise. At each step the model guesses the picture behind the noise, "
          + "and a little of the noise is removed."
      case .prompt:
        "The prompt: what to paint. Enter runs it; ↑ ↓ go through earlier ones; ctrl-_ undoes the last change."
      case .negative: "Negative prompt: guidance pushes the picture away from these words."
      case .seed: "The seed of the starting noise. Different noise gives a different picture."
      case .steps: "How many steps from noise to picture. More steps are finer and take longer."
      case .guidance:
        "How strongly the prompt steers: 0 ignores the prompt, 1 adds no guidance, more follows the prompt more strongly."
      case .strength:
        "How far to go from the starting picture: 0.3 touches it up, 0.75 changes it freely, 1 keeps almost nothing."
      case .sampler: "The method that computes each step from the last."
      case .spacing: "How the steps are laid over the noise levels."
      case .model: "The trained network that paints."
      }
    }
  }

  /// What the canvas shows of a step.
  public enum ViewMode: String, Sendable, Hashable, CaseIterable {
    case sample, denoised = "x0", noise

    /// In plain words.
    var caption: String {
      switch self {
      case .sample: "noisy picture"
      case .denoised: "its guess"
      case .noise: "predicted noise"
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
  }

  /// Where the next run's seed comes from.
  public enum SeedMode: String, Sendable, Hashable, CaseIterable {
    case fixed, counting, random
  }

  /// Settings that a configuration file or the command line chose.
  public struct Preferences: Sendable, Hashable {
    /// The first prompt; a good one where `nil`.
    public var prompt: String?
    /// What to stay away from.
    public var negativePrompt: String = ""
    /// Settings of runs that are not to be the model's own.
    public var chosen = ChosenSettings()
    /// Where the next run's seed comes from.
    public var seedMode = SeedMode.fixed
    /// What the canvas shows.
    public var view = ViewMode.sample
    /// The glyphs of pictures.
    public var glyphs = GlyphSet.halves
    /// Steps a second while playing.
    public var speed = 10
    /// The keys.
    public var keymap = Keymap()
    /// The themes to turn through; the first is shown.
    public var themes: [Theme] = [.dark]
    /// Whether the theme may follow the terminal's background.
    public var themeFollowsTerminal = false
    /// Earlier prompts, the newest last.
    public var history: [String] = []
    /// A saved picture's settings to begin with.
    public var opening: Infotext.Contents?
    /// What was wrong with the configuration; told at once.
    public var warnings: [String] = []
    /// Whether the mouse is taken.
    public var usesMouse = true
    /// The lesson of the tour that was left, from 0.
    public var lesson = 0
    /// Whether the tour is on from the start.
    public var beginsTour = false

    /// The picture that runs begin with, where that is not noise alone.
    public var startingPicture: Recipe.StartingPicture?
    /// The size of pictures; the model's own where `nil`.
    public var size: PictureSize?
    /// Nothing chosen.
    public init() {}
  }

  // How keys are taken.
  /// Whether the caret stands in the prompt because the explorer has just opened.
  var isAtStart = false
  /// The prompt that the explorer opened with.
  let firstPrompt: String
  /// Text that was typed or pasted where letters are commands; the next key says whether it is meant for the prompt.
  var offered: TextField?
  /// The letters that were pressed one right after the other where they are commands.
  var burst = ""
  /// What is saved if no other letter follows at once.
  var held: [Effect] = []
  /// The runs of which something is being saved, in the order of the requests.
  var beingSaved: [Int?] = []
  /// Whether quit was pressed while runs are not saved, so that once more quits.
  var asksToQuit = false
  /// Whether the program ends as soon as everything is saved.
  var isEnding = false

  /// A place to go to as soon as a run has it.
  struct Goal: Sendable, Hashable {
    let run: Int
    let position: Int
  }

  // What one edits.
  var focus = Focus.canvas
  var prompt: TextField
  var negative: TextField
  var settings: SamplingSettings
  /// A number as it is being typed, in the field that has the focus.
  var typing: String?
  /// What the user chose before the model's own settings were known.
  var chosen: ChosenSettings
  /// The picture that runs begin with, where that is not noise alone.
  var startingPicture: Recipe.StartingPicture?
  var seedMode: SeedMode
  /// Whether a run was made with the seed shown, so that the next may take another.
  var seedIsUsed = false
  /// How many tokens the prompt and the negative prompt have, and from where on they are ignored.
  var measures: [Focus: Measure] = [:]
  var history: [String]
  /// The place in the history that the prompt shows, and what was typed before.
  var recalled: Recalled?

  /// A saved picture that is opened as soon as its model is there.
  struct Opening: Sendable, Hashable {
    let contents: Infotext.Contents
    /// Its file, where it was chosen here.
    let path: String?
  }

  /// The fields as they were when the tour began.
  struct BeforeTour: Sendable, Hashable {
    let prompt: String
    let negativePrompt: String
    let chosen: ChosenSettings
    let start: Recipe.StartingPicture?
    let mode: ViewMode
    /// The prompt that the tour filled in last, and the settings; where others stand there, they are the user's own.
    var filled: String? = nil
    var filledSettings = ChosenSettings()
  }

  /// How a text comes out in the text encoder.
  struct Measure: Sendable, Hashable {
    let tokens: Int
    let ignoredFrom: Int?
  }

  struct Recalled: Sendable, Hashable {
    var index: Int
    let typed: String
  }

  // What is computed.
  var model: ModelFacts?
  /// How many models were loaded one after the other.
  var loads = 0
  /// Why there is no model, where loading it failed.
  var modelProblem: String?
  var runs = RunList()
  /// The run that was started last; the only one that may still be computing.
  var activeID: Int?
  /// The run that is shown.
  var shownID: Int?
  /// The run that was shown before.
  var beforeID: Int?
  var nextRun = 0
  var position = 0
  /// Whether the newest step is shown as it comes.
  var isFollowing = true
  var goal: Goal?
  var opening: Opening?
  /// The LoRAs that the model being loaded is to have; `nil` while none takes the place of another.
  var loading: [ChosenLoRA]?
  /// Pictures of steps that were decoded in full, the one that is being decoded, and those that cannot be.
  var decoded = DecodedPictures()
  var decoding: FramePlace?
  var undecodable: Set<FramePlace> = []

  // What is looked into.
  /// The lens over the canvas.
  var open: OpenLens?
  /// What lenses were told.
  var findings = FindingStore()
  /// The studies that are being made.
  var asked: [Study] = []
  /// The strength of an opened run whose starting picture was not found: it is for the picture chosen in its place.
  var strengthOfMissing: Double?
  /// The size that was asked for or that an opened picture has, which those after it have too; the model's own where
  /// `nil`.
  public internal(set) var size: PictureSize?
  /// Whether the picture that is being saved is to be begun with.
  var beginsWithSaved = false
  /// The lesson of the tour that is on.
  var lesson: Int?
  /// The lesson that the tour goes on with.
  var lessonLeft = 0
  /// What the fields held before the tour filled them, and what it filled in last.
  var beforeTour: BeforeTour?
  /// The last map, so that it stays while the next place is worked out.
  var lastPlaces: PlacesFinding?

  // How it is shown.
  var mode: ViewMode
  var isComparing = false
  /// Whether the picture takes the place of the fields.
  var isFull = false
  var glyphs: GlyphSet
  /// Steps to go at each tick while playing: 1 or -1.
  var playing: Int?
  var speed: Int
  var picker: Picker?
  /// Whether Ctrl-C was pressed last, so that once more quits.
  var quitsNext = false
  var message: String?
  var messageIsWarning = false
  var columns = 80
  var rows = 24
  /// The colours that the terminal has.
  let colors: ColorDepth
  private var chosenTheme: Theme
  /// The theme, in the colours that the terminal has.
  public internal(set) var theme: Theme {
    get { chosenTheme.shown(in: colors) }
    set { chosenTheme = newValue }
  }
  var themes: [Theme]
  var themeFollowsTerminal: Bool
  var keymap: Keymap
  var usesMouse: Bool
  var random: UInt64

  /// The explorer before its model is there.
  ///
  /// - Parameters:
  ///   - preferences: What a configuration file and the command line chose.
  ///   - colors: The colours that the terminal has.
  ///   - randomSeed: What other seeds are drawn from.
  ///   - onPicture: Whether the picture has the focus at first; otherwise the prompt has it, unless a saved picture is
  ///     opened or the tour begins.
  public init(
    _ preferences: Preferences = Preferences(), colors: ColorDepth = .trueColor, randomSeed: UInt64,
    onPicture: Bool = false
  ) {
    opening = preferences.opening.map { Opening(contents: $0, path: nil) }
    let recipe = preferences.opening?.recipe
    prompt = TextField(recipe?.prompt ?? preferences.prompt ?? "a red apple")
    firstPrompt = prompt.text
    negative = TextField(recipe?.negativePrompt ?? preferences.negativePrompt)
    chosen = (recipe.map { ChosenSettings($0.sampling) } ?? preferences.chosen).bounded
    settings = chosen.applied(to: SamplingSettings(seed: Explorer.firstSeed))
    startingPicture = preferences.startingPicture
    size = preferences.size
    seedMode = preferences.seedMode
    mode = preferences.view
    glyphs = preferences.glyphs
    speed = preferences.speed
    keymap = preferences.keymap
    themes = preferences.themes
    chosenTheme = preferences.themes.first ?? .dark
    themeFollowsTerminal = preferences.themeFollowsTerminal
    history = preferences.history
    usesMouse = preferences.usesMouse
    lessonLeft = Lesson.all.indices.contains(preferences.lesson) ? preferences.lesson : 0
    if preferences.beginsTour {
      lesson = lessonLeft
      beforeTour = BeforeTour(
        prompt: prompt.text, negativePrompt: negative.text, chosen: chosen, start: startingPicture,
        mode: mode)
      startingPicture = nil
    }
    if !onPicture, opening == nil, lesson == nil {
      (focus, isAtStart) = (.prompt, true)
      prompt.selectAll()
    }
    self.colors = colors
    random = randomSeed
    if seedMode == .random, chosen.seed == nil { settings.seed = drawSeed() }
    if let first = preferences.warnings.first {
      let more = preferences.warnings.count - 1
      warn(more > 0 ? "\(first) (and \(more) more)" : first)
    }
  }

  /// The seed of the first run where nobody says otherwise: one that turns out well.
  static let firstSeed: UInt64 = 7

  /// Pictures as this terminal shows them.
  var art: CellArt { CellArt(glyphs, colors: colors, isOnLight: theme.isLight) }

  /// A seed of 32 bits (SplitMix64).
  mutating func drawSeed() -> UInt64 {
    random &+= 0x9e37_79b9_7f4a_7c15
    var z = random
    z = (z ^ (z >> 30)) &* 0xbf58_476d_1ce4_e5b9
    z = (z ^ (z >> 27)) &* 0x94d0_49bb_1331_11eb
    return (z ^ (z >> 31)) >> 32
  }

  // MARK: What is shown

  /// The run that was started last.
  var active: Run? { runs[activeID] }

  /// The run that is shown.
  var shown: Run? { runs[shownID] }

  /// The frame that is shown; behind the last step it is the last one.
  var frame: Frame? { shown?.frame(at: position) }

  /// Whether the finished picture is shown.
  var showsFinished: Bool { shown.map { isFinished($0, at: position) } ?? false }

  func isFinished(_ run: Run, at position: Int) -> Bool {
    position >= run.frames.count && run.frames.last?.finished != nil
  }

  func picture(_ mode: ViewMode) -> Picture? { shown.flatMap { picture(mode, of: $0) } }

  /// What a run shows at the place that is looked at.
  func picture(_ mode: ViewMode, of run: Run) -> Picture? {
    guard let frame = run.frame(at: position) else { return nil }
    if isFinished(run, at: position), mode != .noise, let finished = frame.finished {
      return finished
    }
    if let picture = decodedPicture(mode, of: run, frame) { return picture }
    switch mode {
    case .sample: return frame.sample
    case .denoised: return frame.denoised
    case .noise: return frame.noise
    }
  }

  /// The run that the one shown is compared with.
  var compared: Run? {
    guard isComparing, beforeID != shownID else { return nil }
    return runs[beforeID]
  }

  /// What would steer from now on: the fields as they are.
  var steering: Steering {
    Steering(
      prompt: prompt.text, negativePrompt: negative.text, guidance: settings.guidance.scale)
  }

  /// Whether what is shown was made with another prompt or other settings than the fields say.
  var hasOtherRecipe: Bool {
    guard let recipe = shown?.recipe(upTo: position) else { return false }
    return recipe.steering(at: position) != steering || recipe.sampling.seed != settings.seed
      || recipe.sampling.steps != settings.steps || recipe.sampling.sampler != settings.sampler
      || recipe.sampling.spacing != settings.spacing || recipe.start?.file != startingPicture?.file
      || recipe.start?.strength != startingPicture?.strength
  }

  /// Whether the fields say otherwise than what steered the step shown, so that going on from here would be another run.
  var hasOtherSteering: Bool {
    guard let shown, !shown.frames.isEmpty, !showsFinished else { return false }
    return shown.recipe.steering(at: position) != steering
  }

  /// Milliseconds until the next ``ExplorerEvent/tick``; `nil` while nothing moves by itself.
  public var tickMilliseconds: Int? { playing == nil ? nil : 1000 / max(1, speed) }
}

import Diffusion
import Pictures
import Recipes

/// The editable settings of the next run: the prompts, the numbers and the choices.
struct Fields: Sendable, Hashable {
  /// The place that receives keys.
  private(set) var focus = Focus.canvas
  private var prompts: Prompts
  /// The settings of the next run.
  private(set) var settings: SamplingSettings
  /// What the user chose; all other settings are the model's own.
  private(set) var chosen: ChosenSettings
  /// The model's default schedule for each sampler.
  private var usualSpacings: [SamplerKind: Spacing] = [:]
  /// The number being typed in the focused field.
  private var entry = NumberEntry()
  private(set) var seedMode: SeedMode
  /// Whether a run has used the shown seed, so that the next one may take another.
  private var seedIsUsed = false
  private var seeds: SeedSource
  private var start: StartingPictureField
  private var given: GivenSettings
  /// The requested size, or the size of an opened picture, which later runs keep; the model's own if `nil`.
  var size: PictureSize?

  /// The default seed of the first run, chosen because its picture is good.
  static let firstSeed: UInt64 = 7

  init(_ preferences: ExplorerPreferences, randomSeed: UInt64) {
    let recipe = preferences.opening?.recipe
    prompts = Prompts(
      prompt: recipe?.prompt ?? preferences.prompt ?? "a red apple",
      negative: recipe?.negativePrompt ?? preferences.negativePrompt, history: preferences.history)
    chosen = (recipe.map { ChosenSettings($0.sampling) } ?? preferences.chosen).bounded
    settings = chosen.applied(to: SamplingSettings(seed: Self.firstSeed))
    start = StartingPictureField(preferences.startingPicture)
    given = GivenSettings(preferences)
    size = preferences.size
    seedMode = preferences.seedMode
    seeds = SeedSource(randomSeed)
    if seedMode == .random, chosen.seed == nil { settings.seed = seeds.next() }
  }

  /// The steering that the fields contain.
  var steering: Steering {
    Steering(
      prompt: prompt.text, negativePrompt: negative.text, guidance: settings.guidance.scale)
  }

  /// Applies the fields to a recipe.
  func fill(_ recipe: inout Recipe) {
    (recipe.prompt, recipe.negativePrompt) = (prompt.text, negative.text)
    recipe.sampling = settings
    recipe.start = startingPicture
  }

  /// Whether a recipe's settings differ from the fields.
  func differ(from recipe: Recipe, at step: Int) -> Bool {
    recipe.steering(at: step) != steering || recipe.sampling.seed != settings.seed
      || recipe.sampling.steps != settings.steps || recipe.sampling.sampler != settings.sampler
      || recipe.sampling.spacing != settings.spacing || recipe.start?.file != startingPicture?.file
      || recipe.start?.strength != startingPicture?.strength
  }

  /// Restores an earlier state, except for the drawn seeds, the history and the notes shown since then.
  mutating func takeBack(to before: Fields) {
    var back = before
    (back.seeds, back.given) = (seeds, given)
    back.prompts.keepHistory(of: prompts)
    self = back
  }

  // MARK: Focus

  /// Moves the focus to a field, or to the picture.
  mutating func move(to focus: Focus) {
    if focus != self.focus { prompts.deselect() }
    self.focus = focus
    entry.end()
    prompts.endRecall()
  }

  /// Moves the focus to a field by key: its text is selected, so typing replaces it.
  mutating func enter(_ focus: Focus) {
    move(to: focus)
    if focus.isText { prompts.selectAll(of: focus) }
  }

  // MARK: Texts

  var prompt: TextField { prompts.prompt }
  var negative: TextField { prompts.negative }
  /// The prompts that were run.
  var history: PromptHistory { prompts.history }

  /// The text in a field.
  func text(_ focus: Focus) -> TextField { prompts.text(focus) }

  /// Handles a key in the focused text.
  ///
  /// - Returns: Whether it changed the text; `nil` for a key without a meaning there.
  mutating func edit(_ key: ExplorerKey) -> Bool? { prompts.edit(key, in: focus) }

  /// Inserts text into the focused field.
  ///
  /// - Returns: Whether all of it fitted, and whether it changed the text.
  mutating func insert(_ text: String) -> (fits: Bool, isChanged: Bool) {
    prompts.insert(text, into: focus)
  }

  /// Moves the caret before a character of the focused field; with `selecting`, extends the selection to it.
  mutating func placeCaret(at place: Int, selecting: Bool) {
    prompts.placeCaret(at: place, in: focus, selecting: selecting)
  }

  mutating func replacePrompt(with text: String) { prompts.replacePrompt(with: text) }
  mutating func replaceNegative(with text: String) { prompts.replaceNegative(with: text) }

  /// Goes through earlier prompts.
  ///
  /// - Returns: Whether the prompt changed.
  mutating func recall(_ by: Int) -> Bool { prompts.recall(by) }

  /// Adds the prompt to the history.
  ///
  /// - Returns: Whether it differs from the last one.
  mutating func rememberPrompt() -> Bool { prompts.remember() }

  /// Records what the text encoder reads of a text.
  mutating func take(_ measure: Prompts.Measure, of text: String) {
    prompts.take(measure, of: text)
  }

  /// What the text encoder reads of a field's text, as far as is known.
  func measure(of focus: Focus) -> Prompts.Measure? { prompts.measure(of: focus) }

  // MARK: Settings

  /// Makes a choice that persists when another model is loaded.
  mutating func choose(_ change: (inout ChosenSettings) -> Void) {
    change(&chosen)
    apply(to: settings)
  }

  /// Adopts a loaded model's settings for everything that was not chosen.
  mutating func take(_ model: ModelFacts) {
    usualSpacings = model.spacings
    var own = model.defaults
    own.seed = settings.seed
    apply(to: own)
  }

  /// Applies the choices to settings. A chosen sampler comes with its own default schedule.
  private mutating func apply(to settings: SamplingSettings) {
    self.settings = chosen.applied(to: settings)
    if chosen.spacing == nil, let sampler = chosen.sampler, let usual = usualSpacings[sampler] {
      self.settings.spacing = usual
    }
  }

  /// Adopts a recipe's prompts, settings and starting picture.
  ///
  /// - Parameter size: Its size, if the model can paint it.
  /// - Returns: The name of its starting picture, if it was not found.
  mutating func adopt(_ recipe: Recipe, size: PictureSize?) -> String? {
    prompts.replacePrompt(with: recipe.prompt)
    prompts.replaceNegative(with: recipe.negativePrompt)
    chosen = ChosenSettings(recipe.sampling)
    settings = chosen.applied(to: settings)
    entry.end()
    seedIsUsed = false
    self.size = size
    let lacks = start.adopt(recipe.start)
    if focus == .strength, startingPicture == nil { move(to: .canvas) }
    return lacks
  }

  /// Adopts the steering of a step.
  mutating func adopt(_ steering: Steering) {
    prompts.replacePrompt(with: steering.prompt)
    prompts.replaceNegative(with: steering.negativePrompt)
    choose { $0.guidance = steering.guidance }
  }

  /// A message about given settings that have no effect in a run; each is reported only once.
  mutating func idleNotes(on recipe: Recipe, with model: ModelFacts) -> [String] {
    given.notes(on: recipe, with: model)
  }

  // MARK: Seeds

  /// Makes the next run use the current seed, whatever the seed mode.
  mutating func chooseSeed(_ seed: UInt64) {
    choose { $0.seed = seed }
    seedIsUsed = false
  }

  /// Chooses a random seed.
  mutating func drawSeed() {
    let seed = seeds.next()
    choose { $0.seed = seed }
  }

  mutating func turnSeedMode() { seedMode = seedMode.turned(by: 1) }

  /// Makes the next run use the shown seed, whether or not it was used before.
  mutating func keepSeed() { seedIsUsed = false }

  /// Advances the seed for a new run if the previous run used the shown one.
  mutating func turnSeed(after last: UInt64?) {
    if seedIsUsed, settings.seed == last {
      let seed = settings.seed
      switch seedMode {
      case .fixed: break
      case .counting: choose { $0.seed = seed &+ 1 }
      case .random: drawSeed()
      }
    }
    seedIsUsed = true
  }

  // MARK: Starting pictures

  /// The starting picture of runs; `nil` for noise alone.
  var startingPicture: Recipe.StartingPicture? { start.picture }

  /// The initial strength of a newly chosen picture.
  var strengthForNext: Double { start.strengthForNext }

  /// Makes runs start from a picture, or from noise alone.
  mutating func begin(with picture: Recipe.StartingPicture?) {
    start.choose(picture)
    if focus == .strength, picture == nil { move(to: .canvas) }
  }

  // MARK: Numbers

  /// The displayed value of a number field while nobody types in it.
  func number(_ focus: Focus) -> String {
    switch focus {
    case .seed: return "\(settings.seed)"
    case .steps: return "\(settings.steps)"
    case .guidance:
      // Two decimal places; a final 0 is left out.
      let text = settings.guidance.scale.fixed(2)
      return text.hasSuffix("0") ? String(text.dropLast()) : text
    case .strength: return startingPicture.map { $0.strength.fixed(2) } ?? ""
    default: return ""
    }
  }

  /// The number being typed; `nil` if there is none.
  var typed: String? { entry.text }

  /// Types a key into the focused number; `nil` for a key that types nothing.
  mutating func typeNumber(_ key: ExplorerKey) -> NumberEntry.Key? {
    entry.type(key, in: focus, shown: number(focus))
  }

  /// Why the number being typed is invalid.
  var typingProblem: String? { entry.problem(in: focus) }

  /// The same, but only if it is worth reporting while the user types.
  var typingWarning: String? { entry.warning(in: focus) }

  /// The result of a typed or changed number.
  enum NumberChange: Sendable, Hashable {
    /// Nothing more needs to be done.
    case none
    /// It is invalid, and the value does not change.
    case refused(String)
    /// The guidance scale changed, and a run may adopt it.
    case guidance
  }

  /// Applies the typed number because the user moves on.
  ///
  /// Until then, the number is incomplete: when the user types 12, a run must not be steered by the 1.
  ///
  /// - Parameter isKept: Whether the user may continue typing it.
  mutating func takeTyped(keeping isKept: Bool = false) -> NumberChange {
    guard let typed else { return .none }
    defer { if !isKept { entry.end() } }
    if let problem = typingProblem { return typed.isEmpty ? .none : .refused(problem) }
    switch focus {
    case .seed: UInt64(typed).map { chooseSeed($0) }
    case .steps: choose { $0.steps = Int(typed) }
    case .guidance:
      choose { $0.guidance = Float(typed) }
      return .guidance
    case .strength: Double(typed).map { start.setStrength($0) }
    default: break
    }
    return .none
  }

  /// Raises or lowers the value of the focused field.
  mutating func adjust(_ by: Int) -> NumberChange {
    switch focus {
    case .seed:
      let seed = settings.seed
      if by > 0 ? seed < .max : seed > 0 { choose { $0.seed = by > 0 ? seed + 1 : seed - 1 } }
      seedIsUsed = false
    case .steps:
      let steps = max(1, min(1000, settings.steps + by))
      choose { $0.steps = steps }
    case .guidance:
      let scale = settings.guidance.scale + Float(by) * 0.5
      choose { $0.guidance = max(0, min(100, scale)) }
      return .guidance
    case .strength: start.adjust(by)
    case .sampler:
      let sampler = settings.sampler.turned(by: by)
      choose { $0.sampler = sampler }
    case .spacing:
      let spacing = settings.spacing.turned(by: by)
      choose { $0.spacing = spacing }
    case .model, .canvas, .prompt, .negative: break
    }
    return .none
  }
}

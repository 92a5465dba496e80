import Diffusion
import Pictures
import Recipes

/// What one edits: the prompts, the numbers and the choices that the next run is made with.
struct Fields: Sendable, Hashable {
  /// Where the keys go.
  private(set) var focus = Focus.canvas
  private(set) var prompt: TextField
  private(set) var negative: TextField
  /// The settings of the next run.
  private(set) var settings: SamplingSettings
  /// What the user chose; the rest of the settings is the model's own.
  private(set) var chosen: ChosenSettings
  /// The schedule that each sampler has with the model where nobody chooses one.
  private var usualSpacings: [SamplerKind: Spacing] = [:]
  /// A number as it is being typed, in the field that has the focus.
  private(set) var typed: String?
  /// The prompts that were run.
  private(set) var history: PromptHistory
  private(set) var seedMode: SeedMode
  /// Whether a run was made with the seed shown, so that the next may take another.
  private var seedIsUsed = false
  private var seeds: SeedSource
  private var measures: [Focus: Measure] = [:]

  /// The picture that runs begin with, where that is not noise alone.
  private(set) var startingPicture: Recipe.StartingPicture?
  /// The strength of an opened run whose starting picture was not found: it is for the picture chosen in its place.
  private var strengthOfMissing: Double?
  /// The size that was asked for or that an opened picture has, which those after it have too; the model's own where
  /// `nil`.
  var size: PictureSize?

  /// How a text comes out in the text encoder.
  struct Measure: Sendable, Hashable {
    let tokens: Int
    /// The character from which on the model reads no more.
    let ignoredFrom: Int?
  }

  /// The seed of the first run where nobody says otherwise: one that turns out well.
  static let firstSeed: UInt64 = 7

  init(_ preferences: ExplorerPreferences, randomSeed: UInt64) {
    let recipe = preferences.opening?.recipe
    prompt = TextField(recipe?.prompt ?? preferences.prompt ?? "a red apple")
    negative = TextField(recipe?.negativePrompt ?? preferences.negativePrompt)
    chosen = (recipe.map { ChosenSettings($0.sampling) } ?? preferences.chosen).bounded
    settings = chosen.applied(to: SamplingSettings(seed: Self.firstSeed))
    startingPicture = preferences.startingPicture
    size = preferences.size
    seedMode = preferences.seedMode
    history = PromptHistory(preferences.history)
    seeds = SeedSource(randomSeed)
    if seedMode == .random, chosen.seed == nil { settings.seed = seeds.next() }
  }

  /// What would steer from now on.
  var steering: Steering {
    Steering(
      prompt: prompt.text, negativePrompt: negative.text, guidance: settings.guidance.scale)
  }

  /// Has a recipe say what the fields say.
  func fill(_ recipe: inout Recipe) {
    (recipe.prompt, recipe.negativePrompt) = (prompt.text, negative.text)
    recipe.sampling = settings
    recipe.start = startingPicture
  }

  /// Whether a recipe's settings are other than what the fields say.
  func differ(from recipe: Recipe, at step: Int) -> Bool {
    recipe.steering(at: step) != steering || recipe.sampling.seed != settings.seed
      || recipe.sampling.steps != settings.steps || recipe.sampling.sampler != settings.sampler
      || recipe.sampling.spacing != settings.spacing || recipe.start?.file != startingPicture?.file
      || recipe.start?.strength != startingPicture?.strength
  }

  // MARK: Focus

  /// Goes to a field, or to the picture.
  mutating func move(to focus: Focus) {
    if focus != self.focus {
      prompt.deselect()
      negative.deselect()
    }
    self.focus = focus
    typed = nil
    history.endRecall()
  }

  /// Goes to a field by a key: its text is selected, and what is typed takes its place.
  mutating func enter(_ focus: Focus) {
    move(to: focus)
    if focus.isText { text(focus) { $0.selectAll() } }
  }

  // MARK: Texts

  /// The text in a field.
  func text(_ focus: Focus) -> TextField { focus == .negative ? negative : prompt }

  private mutating func text(_ focus: Focus, _ change: (inout TextField) -> Void) {
    if focus == .negative { change(&negative) } else { change(&prompt) }
  }

  /// A key in the text that has the focus.
  ///
  /// - Returns: Whether it changed the text; `nil` for a key that means nothing there.
  mutating func edit(_ key: ExplorerKey) -> Bool? {
    var isTaken = false
    let isChanged = change { isTaken = $0.edit(key) }
    return isTaken ? isChanged : nil
  }

  /// Puts text into the field that has the focus.
  ///
  /// - Returns: Whether there was room for all of it, and whether it changed the text.
  mutating func insert(_ text: String) -> (fits: Bool, isChanged: Bool) {
    var fits = true
    let isChanged = change { fits = $0.insert(text) }
    return (fits, isChanged)
  }

  private mutating func change(_ body: (inout TextField) -> Void) -> Bool {
    let before = text(focus).text
    text(focus, body)
    let isChanged = text(focus).text != before
    if isChanged, focus == .prompt { history.endRecall() }
    return isChanged
  }

  /// Puts the caret before a character of the field that has the focus; with `selecting` the selection reaches there.
  mutating func placeCaret(at place: Int, selecting: Bool) {
    text(focus) { $0.move(to: place, selecting: selecting) }
  }

  mutating func replacePrompt(with text: String) { prompt.replace(with: text) }
  mutating func replaceNegative(with text: String) { negative.replace(with: text) }

  /// Goes through the prompts that were run before.
  ///
  /// - Returns: Whether the prompt changed.
  mutating func recall(_ by: Int) -> Bool {
    guard let text = history.recall(by, shown: prompt.text) else { return false }
    prompt.replace(with: text)
    return true
  }

  /// Adds the prompt to the history.
  ///
  /// - Returns: Whether it was another than the last.
  mutating func rememberPrompt() -> Bool { history.add(prompt.text) }

  /// The text encoder has told how a text comes out.
  mutating func take(_ measure: Measure, of text: String) {
    if text == prompt.text { measures[.prompt] = measure }
    if text == negative.text { measures[.negative] = measure }
  }

  /// How the text of a field comes out in the text encoder, as far as that is known.
  func measure(of focus: Focus) -> Measure? { measures[focus] }

  // MARK: Settings

  /// Makes a choice that outlives the loading of the model.
  mutating func choose(_ change: (inout ChosenSettings) -> Void) {
    change(&chosen)
    apply(to: settings)
  }

  /// A model was loaded: what was not chosen is its own.
  mutating func take(_ model: ModelFacts) {
    usualSpacings = model.spacings
    var own = model.defaults
    own.seed = settings.seed
    apply(to: own)
  }

  /// Puts what was chosen into settings. A sampler that is chosen brings its own schedule.
  private mutating func apply(to settings: SamplingSettings) {
    self.settings = chosen.applied(to: settings)
    if chosen.spacing == nil, let sampler = chosen.sampler, let usual = usualSpacings[sampler] {
      self.settings.spacing = usual
    }
  }

  /// Takes a recipe's prompts, settings and starting picture.
  ///
  /// - Parameter size: Its size, where the model may paint that.
  /// - Returns: The name of the picture that it began with, where that is not at hand.
  mutating func adopt(_ recipe: Recipe, size: PictureSize?) -> String? {
    prompt.replace(with: recipe.prompt)
    negative.replace(with: recipe.negativePrompt)
    chosen = ChosenSettings(recipe.sampling)
    settings = chosen.applied(to: settings)
    (typed, seedIsUsed) = (nil, false)
    self.size = size
    let lacks = adoptStart(of: recipe)
    if focus == .strength, startingPicture == nil { move(to: .canvas) }
    return lacks
  }

  /// Takes what steered a step.
  mutating func adopt(_ steering: Steering) {
    prompt.replace(with: steering.prompt)
    negative.replace(with: steering.negativePrompt)
    choose { $0.guidance = steering.guidance }
  }

  // MARK: Seeds

  /// Runs the seed that is chosen next, whatever mode seeds are in.
  mutating func chooseSeed(_ seed: UInt64) {
    choose { $0.seed = seed }
    seedIsUsed = false
  }

  /// Chooses a seed at random.
  mutating func drawSeed() {
    let seed = seeds.next()
    choose { $0.seed = seed }
  }

  mutating func turnSeedMode() { seedMode = seedMode.turned(by: 1) }

  /// The next run may take the seed shown, whether it was used or not.
  mutating func keepSeed() { seedIsUsed = false }

  /// Takes the next seed for a run that begins, where the one shown was used by the run before.
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

  /// The strength that a picture chosen now begins with.
  var strengthForNext: Double {
    startingPicture?.strength ?? strengthOfMissing ?? Recipe.StartingPicture.usualStrength
  }

  /// Runs begin with a picture from now on, or with noise alone.
  mutating func begin(with picture: Recipe.StartingPicture?) {
    startingPicture = picture
    if picture != nil { strengthOfMissing = nil }
    if focus == .strength, picture == nil { move(to: .canvas) }
  }

  /// Begins with the picture that a recipe began with, or with none.
  ///
  /// - Returns: The name of the picture, where it is not at hand.
  private mutating func adoptStart(of recipe: Recipe) -> String? {
    guard let start = recipe.start else {
      (startingPicture, strengthOfMissing) = (nil, nil)
      return nil
    }
    if start.picture != nil {
      startingPicture = start
      return nil
    }
    func isThat(_ own: Recipe.StartingPicture) -> Bool {
      guard let ownHash = own.hash, let hash = start.hash else { return own.file == start.file }
      return ownHash == hash
    }
    guard var own = startingPicture, isThat(own) else {
      (startingPicture, strengthOfMissing) = (nil, start.strength)
      return start.file
    }
    own.strength = start.strength
    startingPicture = own
    return nil
  }

  // MARK: Numbers

  /// The value of a number's field as it is shown when nobody types in it.
  func number(_ focus: Focus) -> String {
    switch focus {
    case .seed: return "\(settings.seed)"
    case .steps: return "\(settings.steps)"
    case .guidance:
      // Two digits behind the point, of which the last is left out where it is 0.
      let text = settings.guidance.scale.fixed(2)
      return text.hasSuffix("0") ? String(text.dropLast()) : text
    case .strength: return startingPicture.map { $0.strength.fixed(2) } ?? ""
    default: return ""
    }
  }

  /// What a key is in a number's field.
  enum NumberKey: Sendable, Hashable {
    /// It was typed.
    case typed
    /// A character that no number has.
    case other(Character)
  }

  /// Types a key into the number that has the focus; `nil` for a key that types nothing.
  mutating func typeNumber(_ key: ExplorerKey) -> NumberKey? {
    switch key {
    case .character(let c)
    where c.isASCII && (c.isNumber || (c == "." && (focus == .guidance || focus == .strength))):
      let text = (typed ?? "") + String(c)
      if text.count <= 20 { typed = text }
    case .character(let c): return .other(c)
    case .backspace, .control("h"): typed = String((typed ?? number(focus)).dropLast())
    case .control("u"), .control("w"): typed = ""
    default: return nil
    }
    return .typed
  }

  /// Why the number that is being typed cannot be used.
  var typingProblem: String? {
    guard let typed else { return nil }
    switch focus {
    case .seed: return UInt64(typed) == nil ? "a seed is 0 to 18446744073709551615" : nil
    case .steps:
      return (1...1000).contains(Int(typed) ?? 0) ? nil : "a run has 1 to 1000 steps"
    case .guidance:
      return (0...100).contains(Float(typed) ?? -1) ? nil : "guidance is 0 to 100"
    case .strength:
      let strength = Double(typed) ?? 0
      return strength > 0 && strength <= 1 ? nil : "strength is more than 0, and at most 1"
    default: return nil
    }
  }

  /// The same where it is worth saying while one types: nothing, and the beginning of a fraction, are on their way to a
  /// number that can be.
  var typingWarning: String? {
    guard let typed, let problem = typingProblem,
      Float(typed) ?? 0 > 0 || focus != .strength && !typed.isEmpty && typed != "."
    else { return nil }
    return problem
  }

  /// What came of a number that was typed or changed.
  enum NumberChange: Sendable, Hashable {
    /// All that follows of it has been done.
    case none
    /// It cannot be used, and the value stays as it was.
    case refused(String)
    /// The guidance scale is another, which a run may take over.
    case guidance
  }

  /// Takes over the number that was typed, now that something else is done.
  ///
  /// Before that it is on its way: a run is not to be steered by the 1 of 12.
  ///
  /// - Parameter isKept: Whether it may go on being typed.
  mutating func takeTyped(keeping isKept: Bool = false) -> NumberChange {
    guard let typed else { return .none }
    defer { if !isKept { self.typed = nil } }
    if let problem = typingProblem { return typed.isEmpty ? .none : .refused(problem) }
    switch focus {
    case .seed: UInt64(typed).map { chooseSeed($0) }
    case .steps: choose { $0.steps = Int(typed) }
    case .guidance:
      choose { $0.guidance = Float(typed) }
      return .guidance
    case .strength: Double(typed).map { startingPicture?.strength = $0 }
    default: break
    }
    return .none
  }

  /// Raises or lowers the value of the field that has the focus.
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
    case .strength:
      guard let strength = startingPicture?.strength else { return .none }
      startingPicture?.strength = max(0.05, min(1, ((strength * 20).rounded() + Double(by)) / 20))
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

import Diffusion
import Pictures
import Recipes

/// Starting, steering and branching runs, and moving between them.
extension Explorer {
  /// Requests the tokens of both prompts.
  var measurePrompts: [Effect] {
    [.measurePrompt(fields.prompt.text), .measurePrompt(fields.negative.text)]
  }

  // MARK: Models

  mutating func load(_ facts: ModelFacts) -> [Effect] {
    let (before, sizeBefore) = (model.facts, fields.size)
    fields.size = sizeToAsk(of: facts.name)
    model.take(facts)
    // The message about errors in the configuration file must stay visible.
    if !notice.isWarning || before != nil { notice.clear() }
    if before == nil, let sizeBefore, !facts.mayPaint(sizeBefore) {
      warn(
        facts.sizes.contains(sizeBefore)
          ? "\(sizeBefore) is too large for \(facts.name); using \(facts.own)"
          : "\(facts.name) paints \(facts.sizes), not \(sizeBefore)")
    }
    // With the same noise, the effect of the new model is visible.
    if before != nil { fields.keepSeed() }
    // Results of another model do not apply.
    views.forgetAll()
    if !facts.notices.isEmpty { warn(facts.notices.joined(separator: "; ")) }
    fields.take(facts)
    if let before, before.loras != facts.loras, facts.notices.isEmpty {
      say(facts.loras.described)
    }
    let measures = measurePrompts
    if let warning = facts.memoryWarning {
      // A run that may exhaust the memory does not start by itself. A run of the previous model, whose memory the check
      // counts as free, has ended. A picture to be opened waits too.
      if let opening = model.opening { adopt(opening.contents.recipe) }
      warn("\(warning); \(keymap.way(to: .run)) runs it anyway")
      return measures + runs.cancelActive()
    }
    if let opening = model.opening {
      model.opening = nil
      return measures + unmissed(take(opening.contents, from: opening.path))
    }
    guard before == nil, !tour.isOn else { return measures + start() + setScene() }
    // A model without prompts does not need one typed.
    if typing.isAtStart, !facts.readsPrompt { move(to: .canvas) }
    guard fields.prompt.text == typing.firstPrompt else {
      // Enter runs the prompt that is being typed.
      return fields.focus == .prompt ? measures : measures + start()
    }
    return measures + unmissed(start())
  }

  /// Adds a LoRA or changes its weight; without a weight, removes an added one.
  mutating func use(_ path: String, weight: Float?) -> [Effect] {
    guard model.facts != nil || model.problem != nil else {
      say("the model is still loading")
      return []
    }
    let loras = model.loras.with(path, weight: weight)
    guard loras != model.loras else {
      say("\(ChosenLoRA(path: path).file) is already added at this weight")
      return []
    }
    return load(loras)
  }

  /// Reloads the model with these LoRAs.
  mutating func load(_ loras: [ChosenLoRA]) -> [Effect] {
    model.beginLoading(loras: loras)
    say("reloading the model")
    return [.useLoRAs(loras)]
  }

  // MARK: Starting

  /// Runs with the settings shown, or opens the picture that is waiting for its model.
  mutating func run() -> [Effect] {
    if fields.focus == .model { return Action.models.perform(&self, 0) }
    if model.facts == nil, model.problem == nil {
      say("the prompt will run as soon as the model is loaded")
      move(to: .canvas)
      return []
    }
    // A picture waits to be opened only as long as the fields still have its settings.
    if model.facts != nil, model.loading == nil, let opening = model.opening {
      model.opening = nil
      if opening.contents.recipe.prompt == fields.prompt.text {
        return unmissed(take(opening.contents, from: opening.path))
      }
    }
    let searches = model.look(forLoRAsOf: fields.prompt.text)
    if !searches.isEmpty {
      // The run starts when the model has these.
      say("looking for the LoRA named in the prompt")
      move(to: .canvas)
      return searches
    }
    let effects = start()
    if !effects.isEmpty { move(to: .canvas) }
    return effects
  }

  mutating func runNewSeed() -> [Effect] {
    fields.drawSeed()
    return start()
  }

  mutating func turnSeedMode() -> [Effect] {
    fields.turnSeedMode()
    say("the next run's seed: \(fields.seedMode.rawValue)")
    return []
  }

  /// Marks the run that effects start as expendable: it is the example, or can be made again from a file.
  mutating func unmissed(_ effects: [Effect]) -> [Effect] {
    for case .start(let id, _, _) in effects { runs.markSaved(id) }
    return effects
  }

  /// Starts a run with the settings shown and cancels the previous run.
  ///
  /// - Parameter changes: The changes made during a saved run.
  mutating func start(changes: [RecipeChange] = []) -> [Effect] {
    guard let facts = model.facts else {
      if let problem = model.problem { warn(problem) } else { say("the model is still loading") }
      return []
    }
    if let problem = fields.typingProblem {
      warn(problem)
      return []
    }
    // If a run starts by itself, it uses the number being typed, and the user can continue typing.
    _ = fields.takeTyped(keeping: true)
    fields.turnSeed(after: runs.active?.recipe.sampling.seed)
    var recipe = facts.blank
    fields.fill(&recipe)
    recipe.changes = changes
    if let size = fields.size, facts.mayPaint(size) {
      (recipe.width, recipe.height) = (size.width, size.height)
    }
    return begin(Run(id: runs.nextID, recipe: recipe, origin: nil, load: model.loads)) + remember()
  }

  private mutating func begin(_ run: Run) -> [Effect] {
    let cancelled = runs.cancelActive()
    saves.interruptQuits = false
    return cancelled + [.start(run: run.id, run.recipe, from: run.origin)]
      + runs.begin(run).map { .forget(run: $0) }
  }

  /// Adds the prompt to the saved history.
  private mutating func remember() -> [Effect] {
    fields.rememberPrompt() ? [.remember(fields.prompt.text)] : []
  }

  /// Marks the shown run as a favourite, so later sessions list it, or unmarks it.
  mutating func toggleFavourite() -> [Effect] {
    guard let shown, let isFavourite = runs.toggleFavourite() else {
      warn("there is no run yet")
      return []
    }
    let key = keymap.way(to: .favourites)
    say(
      isFavourite ? "marked as a favourite; \(key) lists all favourites" : "no longer a favourite")
    return [.favour(shown.recipe(upTo: shown.lastPosition), isFavourite)]
  }

  /// Says that the model was not trained on anything like a run's prompt, if the user is waiting for that run.
  mutating func hint(_ closest: [String], for id: Int) {
    guard id == runs.activeID, !closest.isEmpty else { return }
    say(
      "this model was not trained on anything like that; closest: \(closest.joined(separator: ", "))"
    )
  }

  /// Says where the model stops reading a prompt.
  mutating func sayWhatIsRead(of prompt: String, upTo ignored: Int) {
    let words = prompt.prefix(max(0, ignored)).split(separator: " ").suffix(3)
    say(
      words.isEmpty
        ? "this prompt is too long: the model reads none of it"
        : "this prompt is too long: the model reads it up to “\(words.joined(separator: " "))”")
  }

  /// Adds a remark about given settings that have no effect in a run that starts.
  mutating func noteIdleSettings(in effects: [Effect]) {
    guard let facts = model.facts else { return }
    for case .start(_, let recipe, _) in effects {
      for note in fields.idleNotes(on: recipe, with: facts) { notice.add(note) }
    }
  }

  // MARK: Steering and branching

  /// A run that is being watched live takes over a change of guidance; while scrubbed back, the change waits for a
  /// branch.
  mutating func guide() -> [Effect] {
    // A run without steps is not shown yet, but the user is waiting for it.
    guard let active = runs.active, active.isOpen, active.hasStepsToSteer,
      active.frames.isEmpty || runs.watchesActive
    else { return [] }
    // Later changes of a saved run are still ahead.
    var steering = active.asked ?? active.recipe.steering(at: active.frames.count)
    steering.guidance = fields.settings.guidance.scale
    return runs.steer(active.id, by: steering)
  }

  /// Continues from the shown step with the current prompt and guidance: a run that is being watched live is steered;
  /// from any other step, a new run branches off.
  mutating func branch() -> [Effect] {
    guard let shown, !shown.frames.isEmpty else {
      warn("there is no run yet to branch from")
      return []
    }
    if shown.isOpen, runs.watchesActive { return steer(shown) }
    guard !runs.showsFinished else {
      warn("scrub back to the step to branch from, then press \(keymap.way(to: .branch))")
      return []
    }
    guard model.made(shown) else {
      warn(
        shown.recipe.model == model.facts?.name
          ? "this run was made before the model was reloaded: run it again, then branch"
          : "this run was made by \(shown.recipe.model): choose that model with \(keymap.way(to: .models)), run it again, then branch"
      )
      return []
    }
    let step = runs.position
    // A run that failed may also continue as it was.
    guard hasOtherSteering || shown.status == .failed else {
      warn("change the prompt or the guidance first, then branch from step \(step + 1)")
      return []
    }
    var recipe = shown.recipe
    recipe.changes.removeAll { $0.step >= step }
    let steering = fields.steering
    if step == 0 {
      recipe.prompt = steering.prompt
      recipe.negativePrompt = steering.negativePrompt
      recipe.sampling.guidance.scale = steering.guidance
    } else if let change = RecipeChange(
      step: step, from: recipe.steering(at: step), to: steering)
    {
      recipe.changes.append(change)
    }
    var run = Run(
      id: runs.nextID, recipe: recipe, origin: BranchPoint(run: shown.id, step: step),
      load: model.loads)
    run.begin(with: shown.frames.prefix(step))
    run.plan = shown.plan
    move(to: .canvas)
    let effects = begin(run) + remember()
    let turns = [Action.runBefore, .runAfter].map { keymap.way(to: $0) }.joined(separator: " and ")
    say(
      "branched from step \(step + 1); \(turns) switch between the runs, \(keymap.way(to: .compare)) compares them"
    )
    return effects
  }

  /// Applies the current prompt and guidance to the run being watched live.
  private mutating func steer(_ shown: Run) -> [Effect] {
    let steering = fields.steering
    guard steering != shown.recipe.steering(at: shown.frames.count) || shown.asked != nil else {
      warn("change the prompt or the guidance first; the run then uses them")
      return []
    }
    move(to: .canvas)
    guard shown.hasStepsToSteer else {
      let key = keymap.way(to: .branch)
      warn("the last step is being computed: scrub back to the step to branch from, then \(key)")
      return []
    }
    say("changed; it takes effect at the next step")
    return runs.steer(shown.id, by: steering) + remember()
  }

  // MARK: Going through the steps

  mutating func scrub(to place: Int) -> [Effect] {
    runs.scrub(to: place)
    return []
  }

  /// Moves by a number of tenths of the run.
  mutating func leap(_ tenths: Int) -> [Effect] {
    let steps = max(1, (shown?.steps ?? 10) / 10)
    return scrub(to: runs.position + tenths * steps)
  }

  mutating func jump(toTenth tenth: Int) -> [Effect] {
    guard let shown else { return [] }
    return scrub(to: Int((Double(shown.steps * tenth) / 10).rounded()))
  }

  mutating func turnRun(_ by: Int) -> [Effect] {
    if !runs.turn(by: by) { warn(oneRunOnly) }
    return []
  }

  /// The message if a command needs two runs.
  var oneRunOnly: String {
    "there is only one run so far; \(keymap.way(to: .randomSeed)) runs a new seed"
  }

  mutating func pause() -> [Effect] {
    if let effect = runs.pause() { return [effect] }
    // Nothing is being computed, so the existing steps can be played.
    return play(runs.playing.direction ?? 1)
  }

  mutating func stepOnce() -> [Effect] {
    runs.stepOnce().map { [$0] } ?? scrub(to: runs.position + 1)
  }

  mutating func play(_ direction: Int) -> [Effect] {
    runs.play(direction)
    if runs.playing.direction != nil { say(runs.playing.message) }
    return []
  }

  mutating func pace(_ by: Int) -> [Effect] {
    runs.pace(by)
    say("\(runs.playing.speed) steps per second")
    return []
  }

  mutating func tick() {
    if runs.tick(), notice.text == runs.playing.message { notice.clear() }
  }

  // MARK: Decoding in full

  /// Milliseconds to rest at a step before it is decoded in full.
  public static let restMilliseconds = 400

  /// The places that may be decoded in full: the shown view first, then the one beside it. None while something is
  /// moving or being computed.
  var placesToDecode: [FramePlace] {
    guard model.facts?.decodes == true, runs.playing.direction == nil,
      runs.active?.status != .running, let shown, model.made(shown), !runs.showsFinished, let frame
    else { return [] }
    return [display.pictureKind, .denoised].map {
      FramePlace(run: shown.id, step: frame.index, kind: $0)
    }
  }

  /// The place to decode if the user rests here; `nil` if there is nothing left to decode.
  public var resting: FramePlace? {
    runs.decoding.current == nil ? runs.decoding.next(among: placesToDecode) : nil
  }

  mutating func rest() -> [Effect] {
    guard let place = resting else { return [] }
    runs.decoding.begin(place)
    return [.decode(place)]
  }
}

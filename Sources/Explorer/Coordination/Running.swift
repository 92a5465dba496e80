import Diffusion
import Pictures
import Recipes

/// Starting, steering, branching and going through runs.
extension Explorer {
  /// What the text encoder makes of both prompts is to be told.
  var measurePrompts: [Effect] {
    [.measurePrompt(fields.prompt.text), .measurePrompt(fields.negative.text)]
  }

  // MARK: Models

  mutating func load(_ facts: ModelFacts) -> [Effect] {
    let (before, sizeBefore) = (model.facts, fields.size)
    fields.size = sizeToAsk(of: facts.name)
    model.take(facts)
    // What a configuration file has wrong is still to be read.
    if !notice.isWarning || before != nil { notice.clear() }
    if before == nil, let sizeBefore, !facts.mayPaint(sizeBefore) {
      warn(
        facts.sizes.contains(sizeBefore)
          ? "\(sizeBefore) is more than \(facts.name) may paint here: this is \(facts.own)"
          : "\(facts.name) paints \(facts.sizes), not \(sizeBefore)")
    }
    // The same noise tells what another model makes of it.
    if before != nil { fields.keepSeed() }
    // Another model has other answers.
    views.forgetAll()
    if !facts.notices.isEmpty { warn(facts.notices.joined(separator: "; ")) }
    fields.take(facts)
    if let before, before.loras != facts.loras, facts.notices.isEmpty {
      say(facts.loras.described)
    }
    let measures = measurePrompts
    if let warning = facts.memoryWarning {
      // What may bring the machine to its knees is not begun without being asked for; a run of the model before, whose
      // memory it counts on, is over. A picture that is being opened waits for it too.
      if let opening = model.opening { adopt(opening.contents.recipe) }
      warn("\(warning); \(keymap.way(to: .run)) runs it all the same")
      return measures + runs.cancelActive()
    }
    if let opening = model.opening {
      model.opening = nil
      return measures + unmissed(take(opening.contents, from: opening.path))
    }
    guard before == nil, !tour.isOn else { return measures + start() + setScene() }
    // Where no prompt is read, nobody has to type one.
    if typing.isAtStart, !facts.readsPrompt { move(to: .canvas) }
    guard fields.prompt.text == typing.firstPrompt else {
      // Enter runs a prompt that is still being typed.
      return fields.focus == .prompt ? measures : measures + start()
    }
    return measures + unmissed(start())
  }

  /// Adds a LoRA or gives it another weight; without a weight, takes off one that is added.
  mutating func use(_ path: String, weight: Float?) -> [Effect] {
    guard model.facts != nil || model.problem != nil else {
      say("the model is still loading")
      return []
    }
    let loras = model.loras.with(path, weight: weight)
    guard loras != model.loras else {
      say("\(ChosenLoRA(path: path).file) is added at this weight already")
      return []
    }
    return load(loras)
  }

  /// Loads the model anew with these LoRAs.
  mutating func load(_ loras: [ChosenLoRA]) -> [Effect] {
    model.beginLoading(loras: loras)
    say("reloading the model")
    return [.useLoRAs(loras)]
  }

  // MARK: Starting

  /// Runs with the settings shown, or opens the picture that waits for its model.
  mutating func run() -> [Effect] {
    if fields.focus == .model { return Action.models.perform(&self, 0) }
    if model.facts == nil, model.problem == nil {
      say("the prompt runs as soon as the model is loaded")
      move(to: .canvas)
      return []
    }
    // A picture that waits to be opened, as long as the fields say what it does.
    if model.facts != nil, model.loading == nil, let opening = model.opening {
      model.opening = nil
      if opening.contents.recipe.prompt == fields.prompt.text {
        return unmissed(take(opening.contents, from: opening.path))
      }
    }
    let searches = model.look(forLoRAsOf: fields.prompt.text)
    if !searches.isEmpty {
      // The run begins when the model is there with them.
      say("looking for the LoRA that the prompt names")
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

  /// Has the run that effects start be one that nobody would miss: the example, or one that is made again from a file.
  mutating func unmissed(_ effects: [Effect]) -> [Effect] {
    for case .start(let id, _, _) in effects { runs.markSaved(id) }
    return effects
  }

  /// Starts a run with the settings shown; the one before is cancelled.
  ///
  /// - Parameter changes: What a saved run had changed while it went.
  mutating func start(changes: [RecipeChange] = []) -> [Effect] {
    guard let facts = model.facts else {
      if let problem = model.problem { warn(problem) } else { say("the model is still loading") }
      return []
    }
    if let problem = fields.typingProblem {
      warn(problem)
      return []
    }
    // A number that is still being typed when a run begins by itself is meant for it, and may go on being typed.
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

  /// Adds the prompt to the history that is kept.
  private mutating func remember() -> [Effect] {
    fields.rememberPrompt() ? [.remember(fields.prompt.text)] : []
  }

  /// Marks the run that is shown, so that it is found again in later sessions, or takes the mark away.
  mutating func toggleFavourite() -> [Effect] {
    guard let shown, let isFavourite = runs.toggleFavourite() else {
      warn("there is no run yet")
      return []
    }
    let key = keymap.way(to: .favourites)
    say(isFavourite ? "★ a favourite now; \(key) lists them" : "no longer a favourite")
    return [.favour(shown.recipe(upTo: shown.lastPosition), isFavourite)]
  }

  /// Says that the model was never taught anything like a run's prompt, where that run is what one waits for.
  mutating func hint(_ closest: [String], for id: Int) {
    guard id == runs.activeID, !closest.isEmpty else { return }
    say("this model was taught nothing like that; closest: \(closest.joined(separator: ", "))")
  }

  /// Says where the model stops reading a prompt.
  mutating func sayWhatIsRead(of prompt: String, upTo ignored: Int) {
    let words = prompt.prefix(max(0, ignored)).split(separator: " ").suffix(3)
    say(
      words.isEmpty
        ? "this prompt is too long: the model reads none of it"
        : "this prompt is too long: the model reads it up to “\(words.joined(separator: " "))”")
  }

  // MARK: Steering and branching

  /// Guidance is taken over by a run that is watched as it goes; looking back, it waits for a branch.
  mutating func guide() -> [Effect] {
    // One that has no step yet is not shown yet, but it is what one waits for.
    guard let active = runs.active, active.isOpen, active.hasStepsToSteer,
      active.frames.isEmpty || runs.watchesActive
    else { return [] }
    // What a saved run changes later on is still to come.
    var steering = active.asked ?? active.recipe.steering(at: active.frames.count)
    steering.guidance = fields.settings.guidance.scale
    return runs.steer(active.id, by: steering)
  }

  /// Goes on from the step shown with the prompt and the guidance as they are now: the run that is watched as it goes is
  /// steered, from any other step a new run branches off.
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
          : "this run was made by \(shown.recipe.model): \(keymap.way(to: .models)) chooses that, then run it again and branch"
      )
      return []
    }
    let step = runs.position
    guard hasOtherSteering else {
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
      "branched from step \(step + 1); \(turns) go between the runs, \(keymap.way(to: .compare)) compares them"
    )
    return effects
  }

  /// Has the run that is watched as it goes take the prompt and the guidance as they are now.
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
    say("changed from the next step on")
    return runs.steer(shown.id, by: steering) + remember()
  }

  // MARK: Going through the steps

  mutating func scrub(to place: Int) -> [Effect] {
    runs.scrub(to: place)
    return []
  }

  /// Goes so many tenths of the run on.
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

  /// What to say where there would have to be two runs.
  var oneRunOnly: String {
    "there is one run so far; \(keymap.way(to: .randomSeed)) runs a new seed"
  }

  mutating func pause() -> [Effect] {
    if let effect = runs.pause() { return [effect] }
    // Nothing is computed: what there is can be played.
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
    say("\(runs.playing.speed) steps a second")
    return []
  }

  mutating func tick() {
    if runs.tick(), notice.text == runs.playing.message { notice.clear() }
  }

  // MARK: Decoding in full

  /// Milliseconds to stay at a step before it is decoded.
  public static let restMilliseconds = 400

  /// The steps that may be decoded where one is: the view shown and then the one beside it. None while something moves or
  /// is computed.
  var placesToDecode: [FramePlace] {
    guard model.facts?.decodes == true, runs.playing.direction == nil,
      runs.active?.status != .running, let shown, model.made(shown), !runs.showsFinished, let frame
    else { return [] }
    return [display.mode, .denoised].map {
      FramePlace(run: shown.id, step: frame.index, view: $0)
    }
  }

  /// What would be decoded if one stayed here; `nil` where nothing is left to decode.
  public var resting: FramePlace? {
    runs.decoding.current == nil ? runs.decoding.next(among: placesToDecode) : nil
  }

  mutating func rest() -> [Effect] {
    guard let place = resting else { return [] }
    runs.decoding.begin(place)
    return [.decode(place)]
  }
}

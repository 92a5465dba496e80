import Cells
import Diffusion
import Pictures

/// Starting, steering, branching and scrubbing runs.
extension Explorer {
  mutating func load(_ facts: ModelFacts) -> [Effect] {
    let (before, sizeBefore) = (model, size)
    size = sizeToAsk(of: facts.name)
    (model, modelProblem, loading) = (facts, nil, nil)
    // What a configuration file has wrong is still to be read.
    if !messageIsWarning || before != nil { message = nil }
    if before == nil, let sizeBefore, !facts.mayPaint(sizeBefore) {
      warn(
        facts.sizes.contains(sizeBefore)
          ? "\(sizeBefore) is more than \(facts.name) may paint here: this is \(facts.own)"
          : "\(facts.name) paints \(facts.sizes), not \(sizeBefore)")
    }
    loads += 1
    // The same noise tells what another model makes of it.
    if before != nil { seedIsUsed = false }
    // Another model has other answers.
    findings.forgetAll()
    (asked, lastPlaces) = ([], nil)
    if !facts.notices.isEmpty { warn(facts.notices.joined(separator: "; ")) }
    var first = facts.defaults
    first.seed = settings.seed
    settings = chosen.applied(to: first)
    if let before, before.loras != facts.loras, facts.notices.isEmpty {
      say(described(facts.loras))
    }
    let measures: [Effect] = [.measurePrompt(prompt.text), .measurePrompt(negative.text)]
    if let warning = facts.memoryWarning {
      // What may bring the machine to its knees is not begun without being asked for; a run of the model before, whose
      // memory it counts on, is over. A picture that is being opened waits for it too.
      if let opening { adopt(opening.contents.recipe) }
      warn("\(warning); \(keymap.way(to: .run)) runs it all the same")
      return measures + cancelActive()
    }
    if let opening {
      self.opening = nil
      return measures + unmissed(take(opening.contents, from: opening.path))
    }
    guard before == nil, lesson == nil else {
      return measures + start() + (lesson.map { Lesson.all[$0].arrange(&self) } ?? [])
    }
    // Where no prompt is read, nobody has to type one.
    if isAtStart, !facts.readsPrompt { move(to: .canvas) }
    guard prompt.text == firstPrompt else {
      // Enter runs a prompt that is still being typed.
      return focus == .prompt ? measures : measures + start()
    }
    return measures + unmissed(start())
  }

  /// Has the run that effects start be one that nobody would miss: the example, or one that is made again from a file.
  mutating func unmissed(_ effects: [Effect]) -> [Effect] {
    for case .start(let id, _, _) in effects { runs.change(id) { $0.isUnsaved = false } }
    return effects
  }

  /// Runs of which something would be lost with them.
  var unsavedRuns: Int {
    runs.runs.count { $0.isUnsaved && !$0.frames.isEmpty && !beingSaved.contains($0.id) }
  }

  /// The size to ask a model of this name for: a LoRA does not change what sizes there are, another model has its own.
  public func sizeToAsk(of name: String) -> PictureSize? {
    guard let asked = size, let model, model.name != name, model.mayPaint(asked) else {
      return size
    }
    return nil
  }

  // MARK: Starting

  /// Starts a run with the settings shown; the one before is cancelled.
  ///
  /// - Parameter changes: What a saved run had changed while it went.
  mutating func start(changes: [RecipeChange] = []) -> [Effect] {
    guard let model else {
      if let modelProblem { warn(modelProblem) } else { say("the model is still loading") }
      return []
    }
    if let problem = typingProblem {
      warn(problem)
      return []
    }
    // A number that is still being typed when a run begins by itself is meant for it, and may go on being typed.
    let typing = typing
    _ = takeTyped()
    self.typing = typing
    turnSeed()
    var recipe = model.blank
    (recipe.prompt, recipe.negativePrompt) = (prompt.text, negative.text)
    recipe.sampling = settings
    recipe.changes = changes
    recipe.start = startingPicture
    if let size, model.mayPaint(size) { (recipe.width, recipe.height) = (size.width, size.height) }
    return begin(Run(id: nextRun, recipe: recipe, origin: nil, load: loads)) + remember(prompt.text)
  }

  /// Takes the next seed where the one shown was used.
  private mutating func turnSeed() {
    if seedIsUsed, settings.seed == active?.recipe.sampling.seed {
      let seed = settings.seed
      switch seedMode {
      case .fixed: break
      case .counting: choose { $0.seed = seed &+ 1 }
      case .random:
        let drawn = drawSeed()
        choose { $0.seed = drawn }
      }
    }
    seedIsUsed = true
  }

  private mutating func begin(_ run: Run) -> [Effect] {
    var effects = cancelActive()
    effects.append(.start(run: run.id, run.recipe, from: run.origin))
    let spared = Set([shownID, beforeID].compactMap { $0 })
    effects += runs.append(run, sparing: spared).map { .forget(run: $0) }
    decoded.keep { runs[$0] != nil }
    activeID = run.id
    nextRun = run.id + 1
    (playing, goal) = (nil, nil)
    quitsNext = false
    // The frames of the run before stay until there are new ones.
    if shown == nil || !run.frames.isEmpty { show(run.id) }
    isFollowing = true
    return effects
  }

  /// Ends the run that may still be computing.
  mutating func cancelActive() -> [Effect] {
    guard let active, active.isOpen else { return [] }
    guard active.frames.isEmpty else {
      runs.change(active.id) { $0.status = .cancelled }
      return [.cancel(run: active.id)]
    }
    return [.cancel(run: active.id)] + forget(active.id)
  }

  /// Forgets a run that never had a step: it is nothing to go back to. Where it was shown, the one before is again.
  mutating func forget(_ id: Int) -> [Effect] {
    runs.remove(id)
    if shownID == id {
      shownID = nil
      let others = runs.runs.filter { !$0.frames.isEmpty }
      if let other = others.first(where: { $0.id == beforeID }) ?? others.last { show(other.id) }
      beforeID = others.last { $0.id != shownID }?.id
    }
    return [.forget(run: id)]
  }

  private mutating func remember(_ prompt: String) -> [Effect] {
    guard !prompt.allSatisfy(\.isWhitespace), history.last != prompt else { return [] }
    history.removeAll { $0 == prompt }
    history.append(prompt)
    recalled = nil
    return [.remember(prompt)]
  }

  mutating func take(_ frame: Frame, of id: Int) {
    guard let run = runs[id], run.isOpen, frame.index == run.frames.count else { return }
    runs.change(id) { $0.take(frame) }
    if id == activeID, run.frames.isEmpty { show(id) }
    if let goal, goal.run == id, runs[id]?.lastPosition ?? 0 >= goal.position {
      self.goal = nil
      if id == shownID {
        scrub(to: goal.position)
        // It stays there while the run goes on.
        isFollowing = false
      }
    }
    if id == shownID, isFollowing { position = runs[id]?.lastPosition ?? 0 }
    runs.thin(shown: shownID, position: position)
  }

  /// Shows a run, at the same step where it has it.
  mutating func show(_ id: Int) {
    guard id != shownID, let run = runs[id] else { return }
    let wasAtEnd = shown.map { position == $0.lastPosition } ?? true
    if shown != nil { beforeID = shownID }
    shownID = id
    position = wasAtEnd || run.isOpen ? run.lastPosition : min(position, run.lastPosition)
    isFollowing = position == run.lastPosition
  }

  mutating func turnRun(_ by: Int) {
    let all = runs.runs.filter { !$0.frames.isEmpty || $0.id == shownID }.map(\.id)
    guard all.count > 1, let index = all.firstIndex(where: { $0 == shownID }) else {
      warn(oneRunOnly)
      return
    }
    show(all[(index + by + all.count) % all.count])
  }

  /// What to say where there would have to be two runs.
  var oneRunOnly: String {
    "there is one run so far; \(keymap.way(to: .randomSeed)) runs a new seed"
  }

  // MARK: Steering and branching

  /// Goes on from the step shown with the prompt and the guidance as they are now: the run that is watched as it goes is
  /// steered, from any other step a new run branches off.
  mutating func branch() -> [Effect] {
    guard let shown, !shown.frames.isEmpty else {
      warn("there is no run yet to branch from")
      return []
    }
    if shown.isOpen, shown.id == activeID, isFollowing {
      guard steering != shown.recipe.steering(at: shown.frames.count) || shown.asked != nil else {
        warn("change the prompt or the guidance first; the run then uses them")
        return []
      }
      move(to: .canvas)
      guard hasStepsToSteer(shown) else {
        let key = keymap.way(to: .branch)
        warn("the last step is being computed: scrub back to the step to branch from, then \(key)")
        return []
      }
      say("changed from the next step on")
      return steer(shown, by: steering) + remember(prompt.text)
    }
    guard !showsFinished else {
      warn("scrub back to the step to branch from, then press \(keymap.way(to: .branch))")
      return []
    }
    guard isOfLoadedModel(shown) else {
      warn(
        shown.recipe.model == model?.name
          ? "this run was made before the model was reloaded: run it again, then branch"
          : "this run was made by \(shown.recipe.model): \(keymap.way(to: .models)) chooses that, then run it again and branch"
      )
      return []
    }
    let step = position
    guard hasOtherSteering else {
      warn("change the prompt or the guidance first, then branch from step \(step + 1)")
      return []
    }
    var recipe = shown.recipe
    recipe.changes.removeAll { $0.step >= step }
    if step == 0 {
      recipe.prompt = prompt.text
      recipe.negativePrompt = negative.text
      recipe.sampling.guidance.scale = settings.guidance.scale
    } else if let change = RecipeChange(
      step: step, from: recipe.steering(at: step), to: steering)
    {
      recipe.changes.append(change)
    }
    var run = Run(
      id: nextRun, recipe: recipe, origin: BranchPoint(run: shown.id, step: step), load: loads)
    run.begin(with: shown.frames.prefix(step))
    run.plan = shown.plan
    move(to: .canvas)
    let effects = begin(run) + remember(prompt.text)
    let turns = [-1, 1].map { keymap.way(to: .nextRun($0)) }.joined(separator: " and ")
    say(
      "branched from step \(step + 1); \(turns) go between the runs, \(keymap.way(to: .compare)) compares them"
    )
    return effects
  }

  /// Whether a run that goes has a step yet to begin: how one goes that is being computed is settled, also while the run
  /// waits to be paused behind it.
  func hasStepsToSteer(_ run: Run) -> Bool {
    let isComputing = run.status == .running || run.progress > 0
    return run.frames.count + (isComputing ? 1 : 0) < run.steps
  }

  /// Has a run that goes be steered otherwise from its next step on.
  mutating func steer(_ run: Run, by steering: Steering) -> [Effect] {
    runs.change(run.id) { ($0.asked, $0.isUnsaved) = (steering, true) }
    return [.steer(run: run.id, steering)]
  }

  // MARK: Going through the steps

  mutating func scrub(to place: Int) {
    guard let shown, !shown.frames.isEmpty else { return }
    // Where one goes oneself, nothing is waited for any more.
    goal = nil
    position = max(0, min(place, shown.lastPosition))
    isFollowing = position == shown.lastPosition
  }

  mutating func pause() -> [Effect] {
    guard let active, active.isOpen else {
      // Nothing is computed: what there is can be played.
      play(playing ?? 1)
      return []
    }
    let isPaused = active.status == .paused
    runs.change(active.id) { $0.status = isPaused ? .running : .paused }
    return [isPaused ? .resume(run: active.id) : .pause(run: active.id)]
  }

  mutating func stepOnce() -> [Effect] {
    guard let active, active.isOpen else {
      scrub(to: position + 1)
      return []
    }
    runs.change(active.id) { $0.status = .paused }
    show(active.id)
    scrub(to: .max)
    return [.stepOnce(run: active.id)]
  }

  /// Plays forwards or backwards; what plays that way already, stops.
  mutating func play(_ direction: Int) {
    guard let shown, !shown.frames.isEmpty else { return }
    playing = playing == direction ? nil : direction
    // From an end one begins at the other.
    if playing == 1, position == shown.lastPosition, !shown.isOpen { scrub(to: 0) }
    if playing == -1, position == 0 { scrub(to: .max) }
    if playing != nil { say(paceMessage) }
  }

  private var paceMessage: String { "playing \(speed) steps a second" }

  static let speeds = [1, 2, 5, 10, 20, 50]

  mutating func pace(_ by: Int) {
    let speeds = Explorer.speeds
    speed = (by > 0 ? speeds.first { $0 > speed } : speeds.last { $0 < speed }) ?? speed
    say("\(speed) steps a second")
  }

  mutating func tick() {
    guard let playing, let shown else { return }
    scrub(to: position + playing)
    let isAtEnd = playing > 0 ? position == shown.lastPosition : position == 0
    if isAtEnd, !(playing > 0 && shown.isOpen) {
      self.playing = nil
      if message == paceMessage { message = nil }
    }
  }
}

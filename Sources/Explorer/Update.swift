import Cells
import Diffusion
import Pictures

extension Explorer {
  /// What an event changes, and what is to be done about it.
  public mutating func update(_ event: ExplorerEvent) -> [Effect] {
    switch event {
    case .key(let key): return press(key)
    case .paste(let text): return paste(text)
    case .mouse(let mouse): return point(mouse)
    case .resized(let width, let height):
      (columns, rows) = (width, height)
      // Keys must not go where nothing is shown.
      let layout = Layout(width: width, height: height)
      if layout.isUsable, !layout.panes.contains(focus) { move(to: .canvas) }
      return []
    case .modelLoaded(let facts):
      model = facts
      settings = first(facts)
      return [.measurePrompt(prompt.text)] + start()
    case .modelFailed(let text):
      modelProblem = text
      return []
    case .promptMeasured(let text, let count, let ignored):
      guard text == prompt.text else { return [] }
      (tokens, ignoredFrom) = (count, ignored)
      return []
    case .frame(let id, let frame):
      take(frame, of: id)
      return []
    case .runFailed(let id, let text):
      guard run?.id == id else { return [] }
      run?.status = .failed
      warn(text)
      return []
    case .saved(let path):
      say("saved \(path)")
      return []
    case .saveFailed(let text):
      warn(text)
      return []
    }
  }

  mutating func say(_ text: String) { (message, messageIsWarning) = (text, false) }
  mutating func warn(_ text: String) { (message, messageIsWarning) = (text, true) }

  // MARK: Runs

  /// Starts a run with the settings shown; the one before is cancelled.
  mutating func start() -> [Effect] {
    guard let model else {
      warn(modelProblem ?? "the model is still loading")
      return []
    }
    if let problem = typingProblem {
      warn(problem)
      return []
    }
    var effects: [Effect] = []
    if let run, run.isOpen { effects.append(.cancel(run: run.id)) }
    if let run, !run.frames.isEmpty { before = run }
    let recipe = Recipe(
      prompt: prompt.text, negativePrompt: negative.text, sampling: settings, width: model.width,
      height: model.height, model: model.name)
    run = Run(id: nextRun, recipe: recipe)
    nextRun += 1
    isFollowing = true
    message = nil
    return effects + [.start(run: nextRun - 1, recipe)]
  }

  private mutating func take(_ frame: Frame, of id: Int) {
    guard var run, run.id == id, frame.index == run.frames.count else { return }
    if run.frames.isEmpty {
      before = nil
      position = 0
      isFollowing = true
    }
    run.frames.append(frame)
    if frame.finished != nil { run.status = .finished }
    self.run = run
    if isFollowing { position = run.lastPosition }
  }

  private mutating func scrub(to place: Int) {
    guard let shown, !shown.frames.isEmpty else { return }
    position = max(0, min(place, shown.lastPosition))
    isFollowing = position == shown.lastPosition
  }

  // MARK: Keys

  private mutating func press(_ key: ExplorerKey) -> [Effect] {
    if key == .control("c") { return interrupt() }
    if key == .control("z") { return [.suspend] }
    if showsHelp {
      readHelp(key)
      return []
    }
    message = nil
    if focus.isText, let effects = type(key) { return effects }
    if focus.isNumber, let effects = typeNumber(key) { return effects }
    guard let action = Keymap.action(for: key) else { return [] }
    return perform(action)
  }

  /// Up and down turn the pages of the help, any other key closes it.
  private mutating func readHelp(_ key: ExplorerKey) {
    switch key {
    case .down, .character("j"), .pageDown: helpLine += key == .pageDown ? 8 : 1
    case .up, .character("k"), .pageUp: helpLine = max(0, helpLine - (key == .pageUp ? 8 : 1))
    default: (showsHelp, helpLine) = (false, 0)
    }
    helpLine = min(helpLine, max(0, helpRows(width: columns).count - helpHeight(rows)))
  }

  /// Ctrl-C cancels what runs, and quits where nothing does.
  private mutating func interrupt() -> [Effect] {
    guard let run, run.isOpen else { return [.quit] }
    self.run?.status = .cancelled
    say("cancelled; ctrl-c again quits")
    return [.cancel(run: run.id)]
  }

  /// A key in a text field; `nil` for one that means something else there.
  private mutating func type(_ key: ExplorerKey) -> [Effect]? {
    var field = focus == .prompt ? prompt : negative
    guard field.edit(key) else { return nil }
    return replace(field)
  }

  private mutating func replace(_ field: TextField) -> [Effect] {
    if focus == .negative {
      negative = field
      return []
    }
    let isChanged = field.text != prompt.text
    prompt = field
    return isChanged ? [.measurePrompt(field.text)] : []
  }

  private mutating func paste(_ text: String) -> [Effect] {
    guard !showsHelp else { return [] }
    // A paste elsewhere can only be meant for the prompt.
    if !focus.isText { focus = .prompt }
    var field = focus == .prompt ? prompt : negative
    field.insert(text)
    return replace(field)
  }

  private mutating func typeNumber(_ key: ExplorerKey) -> [Effect]? {
    switch key {
    case .character(let c) where c.isASCII && (c.isNumber || (c == "." && focus == .guidance)):
      let text = (typing ?? "") + String(c)
      if text.count <= 20 { typing = text }
      return keepTyped()
    case .backspace:
      typing = String((typing ?? number(focus)).dropLast())
      return keepTyped()
    default: return nil
    }
  }

  /// Takes over what has been typed so far where it is a number that can be, and says so where it is not.
  private mutating func keepTyped() -> [Effect] {
    guard let typing else { return [] }
    if let problem = typingProblem {
      if !typing.isEmpty { warn(problem) }
      return []
    }
    switch focus {
    case .seed: choose { $0.seed = UInt64(typing) }
    case .steps: choose { $0.steps = Int(typing) }
    case .guidance: return Float(typing).map { guide($0) } ?? []
    default: break
    }
    return []
  }

  /// Why what is being typed cannot be used.
  private var typingProblem: String? {
    guard let typing else { return nil }
    switch focus {
    case .seed: return UInt64(typing) == nil ? "a seed is 0 to 18446744073709551615" : nil
    case .steps:
      return (1...1000).contains(Int(typing) ?? 0) ? nil : "a run has 1 to 1000 steps"
    case .guidance:
      return (0...100).contains(Float(typing) ?? -1) ? nil : "guidance is 0 to 100"
    default: return nil
    }
  }

  /// Makes a choice that outlives the loading of the model.
  private mutating func choose(_ change: (inout ChosenSettings) -> Void) {
    change(&chosen)
    settings = chosen.applied(to: settings)
  }

  /// The guidance scale is the one setting that a run takes over while it goes.
  private mutating func guide(_ scale: Float) -> [Effect] {
    choose { $0.guidance = scale }
    guard let run, run.isOpen else { return [] }
    return [.setGuidance(run: run.id, settings.guidance)]
  }

  /// The value of a field as it is shown when nobody types in it.
  func number(_ focus: Focus) -> String {
    switch focus {
    case .seed: return "\(settings.seed)"
    case .steps: return "\(settings.steps)"
    case .guidance:
      let tenths = (settings.guidance.scale * 100).rounded() / 100
      return tenths == tenths.rounded() ? "\(Int(tenths)).0" : "\(tenths)"
    default: return ""
    }
  }

  private mutating func perform(_ action: Action) -> [Effect] {
    switch action {
    case .nextPane: move(1)
    case .previousPane: move(-1)
    case .back: move(to: .canvas)
    case .help: showsHelp = true
    case .quit: return [.quit]
    case .run:
      let effects = start()
      if !effects.isEmpty { move(to: .canvas) }
      return effects
    case .randomSeed:
      let seed = drawSeed()
      choose { $0.seed = seed }
      return start()
    case .turnView:
      let modes = ViewMode.allCases
      mode = modes[((modes.firstIndex(of: mode) ?? 0) + 1) % modes.count]
    case .pause: return pause()
    case .step: return stepOnce()
    case .save: return save()
    case .scrub(let steps): return left(steps)
    case .first: scrub(to: 0)
    case .last: scrub(to: .max)
    case .tenth(let tenth):
      if let shown { scrub(to: Int((Double(shown.recipe.sampling.steps * tenth) / 10).rounded())) }
    case .adjust(let by): return adjust(by)
    }
    return []
  }

  /// Left and right scrub, but in a field with choices they choose.
  private mutating func left(_ steps: Int) -> [Effect] {
    guard focus == .canvas else { return adjust(steps) }
    scrub(to: position + steps)
    return []
  }

  private mutating func pause() -> [Effect] {
    guard let run, run.isOpen else {
      // Nothing runs: from the end one looks at it all again.
      if let shown, position == shown.lastPosition { scrub(to: 0) }
      return []
    }
    let isPaused = run.status == .paused
    self.run?.status = isPaused ? .running : .paused
    return [isPaused ? .resume(run: run.id) : .pause(run: run.id)]
  }

  private mutating func stepOnce() -> [Effect] {
    guard let run, run.isOpen else { return [] }
    self.run?.status = .paused
    isFollowing = true
    return [.stepOnce(run: run.id)]
  }

  private mutating func save() -> [Effect] {
    guard let shown, let picture = picture(mode) else {
      warn("there is no picture yet")
      return []
    }
    let isPicture = showsFinished && mode != .noise
    say("saving")
    return [
      .save(
        picture, recipe(of: shown, upTo: position),
        frameStep: isPicture ? nil : min(position + 1, shown.frames.count),
        view: isPicture ? nil : mode.key)
    ]
  }

  private mutating func move(_ by: Int) {
    let all = Layout(width: columns, height: rows).panes
    let index = all.firstIndex(of: focus) ?? 0
    move(to: all[(index + by + all.count) % all.count])
  }

  private mutating func move(to focus: Focus) {
    self.focus = focus
    typing = nil
  }

  private mutating func adjust(_ by: Int) -> [Effect] {
    typing = nil
    func turned<T: CaseIterable & Equatable>(_ value: T) -> T where T.AllCases == [T] {
      let all = T.allCases
      return all[((all.firstIndex(of: value) ?? 0) + by + all.count) % all.count]
    }
    switch focus {
    case .seed:
      let seed = settings.seed
      if by > 0 ? seed < .max : seed > 0 { choose { $0.seed = by > 0 ? seed + 1 : seed - 1 } }
    case .steps:
      let steps = max(1, min(1000, settings.steps + by))
      choose { $0.steps = steps }
    case .guidance:
      let scale = settings.guidance.scale + Float(by) * 0.5
      return guide(max(0, min(100, scale)))
    case .sampler:
      let sampler = turned(settings.sampler)
      choose { $0.sampler = sampler }
    case .spacing:
      let spacing = turned(settings.spacing)
      choose { $0.spacing = spacing }
    case .canvas, .prompt, .negative: break
    }
    return []
  }

  // MARK: Mouse

  private mutating func point(_ mouse: MouseEvent) -> [Effect] {
    let layout = Layout(width: columns, height: rows)
    switch mouse.kind {
    case .press, .drag:
      if showsHelp {
        (showsHelp, helpLine) = (false, 0)
        return []
      }
      if layout.timeline.contains(x: mouse.x, y: mouse.y), let shown {
        scrub(to: layout.position(at: mouse.x, of: shown.recipe.sampling.steps))
        return []
      }
      guard mouse.kind == .press else { return [] }
      if let pane = layout.pane(x: mouse.x, y: mouse.y) { move(to: pane) }
    case .wheelUp, .wheelDown:
      if showsHelp {
        readHelp(mouse.kind == .wheelUp ? .up : .down)
        return []
      }
      let by = mouse.kind == .wheelUp ? 1 : -1
      if let pane = layout.pane(x: mouse.x, y: mouse.y), pane != .canvas, !pane.isText {
        move(to: pane)
        return adjust(by)
      }
      scrub(to: position + by)
    case .release: break
    }
    return []
  }
}

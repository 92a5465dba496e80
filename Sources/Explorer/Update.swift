import Cells
import Diffusion
import Pictures

extension Explorer {
  /// What an event changes, and what is to be done about it.
  public mutating func update(_ event: ExplorerEvent) -> [Effect] {
    let effects = react(to: event)
    noteSaves(among: effects)
    return effects + leaveDecoding() + study()
  }

  private mutating func react(to event: ExplorerEvent) -> [Effect] {
    switch event {
    case .key(let key): return press(key)
    case .paste(let text): return paste(text)
    case .mouse(let mouse): return point(mouse)
    case .resized(let width, let height):
      (columns, rows) = (width, height)
      // Keys must not go where nothing is shown.
      if layout.isUsable, !layout.panes.contains(focus) { move(to: .canvas) }
    case .typingPaused: return pauseTyping()
    case .tick: tick()
    case .background(let isLight):
      if themeFollowsTerminal, isLight != theme.isLight {
        theme =
          themes.first { $0.name == (isLight ? "light" : "dark") } ?? (isLight ? .light : .dark)
      }
    case .modelLoaded(let facts): return load(facts)
    case .modelFailed(let text):
      if model == nil {
        modelProblem = text
      } else {
        warn(text)
        opening = nil
      }
      loading = nil
    case .models(let models): list { if case .models = $0 { .models(models) } else { nil } }
    case .promptMeasured(let text, let count, let ignored):
      let measure = Measure(tokens: count, ignoredFrom: ignored)
      if text == prompt.text { measures[.prompt] = measure }
      if text == negative.text { measures[.negative] = measure }
    case .planned(let id, let plan): runs.change(id) { $0.plan = plan }
    case .frame(let id, let frame): take(frame, of: id)
    case .progress(let id, let step, let share):
      runs.change(id) { run in
        guard step == run.frames.count else { return }
        (run.progress, run.loading) = (max(0, min(1, share)), nil)
      }
    case .loading(let id, let loading): runs.change(id) { $0.loading = loading }
    case .runFailed(let id, let text):
      guard let run = runs[id], run.isOpen else { return [] }
      warn(text)
      guard !run.frames.isEmpty else { return forget(id) }
      runs.change(id) { $0.status = .failed }
    case .saved(let path, let other, let remark):
      endSave(isSaved: true)
      say("saved \(path)" + (other.map { " and \($0)" } ?? "") + (remark.map { ": \($0)" } ?? ""))
      // A whole run and a text are no picture to begin with.
      return other == nil && path.hasSuffix(".png") ? beginWithSaved(path) : []
    case .noticed(let text): warn(text)
    case .saveFailed(let text):
      endSave(isSaved: false)
      (beginsWithSaved, isEnding) = (false, false)
      warn(text)
    case .openFailed(let text):
      beginsWithSaved = false
      warn(text)
    case .pictures(let names, let onlySaved):
      list { kind in
        switch kind {
        case .files: onlySaved ? .files(names) : nil
        case .material: onlySaved ? nil : .material(names)
        case .starts: onlySaved ? nil : .starts(names)
        default: nil
        }
      }
    case .startRead(let start): return begin(with: start)
    case .opened(let path, let contents, let loras):
      return unmissed(take(contents, from: path, loras: loras))
    case .loras(let paths): list { if case .loras = $0 { .loras(paths) } else { nil } }
    case .loraFound(let path, let weight): return use(path, weight: weight)
    case .studied(let study, let finding): take(finding, for: study)
    case .rested: return rest()
    case .decoded(let place, let picture): take(picture, at: place)
    case .decodeFailed(let place, let text): cannotDecode(place, text)
    }
    return []
  }

  /// Says that the program ends when all that is being saved is written.
  public mutating func sayThatItEnds() {
    isEnding = true
    say("ends when the picture is saved; quit again to end at once, without it")
  }

  mutating func say(_ text: String) { (message, messageIsWarning) = (text, false) }

  /// Says what went wrong; a file may be quoted in it that says very much.
  mutating func warn(_ text: String) {
    (message, messageIsWarning) = (text.count > 500 ? text.prefix(500) + "…" : text, true)
  }

  // MARK: Keys

  private mutating func press(_ key: ExplorerKey) -> [Effect] {
    if case .character(let letter) = key, takesCommands { return command(letter) }
    return pauseTyping() + answer(key)
  }

  /// What a key does where one is.
  mutating func answer(_ key: ExplorerKey) -> [Effect] {
    if key == .control("c") { return interrupt() }
    if key == .control("z") { return [.suspend] }
    message = nil
    let action = keymap.action(for: key)
    if action != .cancel { quitsNext = false }
    if asksToQuit {
      asksToQuit = false
      if action == .quit { return release() + [.quit] }
    }
    if let offered { return answerOffer(key, offered) }
    if let picker { return press(key, in: picker) }
    if isAtStart {
      isAtStart = false
      if action == .nextPane(1) {
        move(to: .canvas)
        return []
      }
    }
    if let effects = pressInTour(key) { return effects }
    if let effects = pressInLens(key) { return effects }
    if key == .enter, focus == .canvas, let choice = open?.lens.choice(in: self) {
      return take(choice)
    }
    if focus.isText, let effects = type(key) { return effects }
    if focus.isNumber, typeNumber(key) { return [] }
    // Enter runs from every field, whatever it does on the canvas.
    let isEnter = key == .enter && focus != .canvas
    guard let action = isEnter ? .run : keymap.action(for: key) else { return [] }
    // What was typed that cannot be stays to be mended, and nothing is run with another number.
    if action == .run, let problem = typingProblem {
      warn(problem)
      return []
    }
    return takeTyped() + perform(action)
  }

  /// What is done now is not quitting, and what was said of that is over.
  mutating func staysOpen() {
    if quitsNext || asksToQuit { message = nil }
    (quitsNext, asksToQuit) = (false, false)
  }

  /// Ctrl-C stops what goes on, and quits the second time.
  private mutating func interrupt() -> [Effect] {
    if picker != nil || offered != nil {
      (picker, offered) = (nil, nil)
      return []
    }
    if quitsNext { return [.quit] }
    (quitsNext, asksToQuit, playing) = (true, false, nil)
    let effects = cancelActive()
    let stops = effects.isEmpty && !asked.isEmpty
    if stops { closeLens() }
    say(
      (effects.isEmpty ? stops ? "stopped; " : "" : "cancelled; ")
        + "\(keymap.way(to: .cancel)) again quits\(unsavedNote)")
    return effects
  }

  mutating func perform(_ action: Action) -> [Effect] {
    switch action {
    case .run:
      if focus == .model { return perform(.models) }
      if model == nil, modelProblem == nil {
        say("the prompt runs as soon as the model is loaded")
        move(to: .canvas)
        return []
      }
      // A picture that waits to be opened, as long as the fields say what it does.
      if model != nil, loading == nil, let opening {
        self.opening = nil
        if opening.contents.recipe.prompt == prompt.text {
          return unmissed(take(opening.contents, from: opening.path))
        }
      }
      let effects = start()
      if !effects.isEmpty { move(to: .canvas) }
      return effects
    case .cancel: return interrupt()
    case .pause: return pause()
    case .step: return stepOnce()
    case .branch: return branch()
    case .scrub(let steps): return left(steps)
    case .leap(let tenths):
      let steps = max(1, (shown?.steps ?? 10) / 10)
      scrub(to: position + tenths * steps)
    case .first: scrub(to: 0)
    case .last: scrub(to: .max)
    case .tenth(let tenth):
      if let shown { scrub(to: Int((Double(shown.steps * tenth) / 10).rounded())) }
    case .play(let direction): play(direction)
    case .pace(let by): pace(by)
    case .lens(let id): toggleLens(id)
    case .lenses: picker = Picker(.lenses)
    case .tour: return toggleTour()
    case .turnView:
      mode = Explorer.turned(mode, by: 1)
      say("\(mode.symbol): \(mode.caption)")
    case .turnGlyphs:
      if colors == .none {
        warn("without colours there are only text shades")
      } else {
        glyphs = Explorer.turned(glyphs, by: 1)
        say("glyphs: \(glyphs.rawValue)")
      }
    case .turnTheme: turnTheme()
    case .compare:
      isComparing.toggle()
      if isComparing, compared == nil {
        isComparing = false
        warn(oneRunOnly)
      }
    case .fullScreen:
      isFull.toggle()
      if isFull {
        move(to: .canvas)
        say("\(keymap.way(to: .fullScreen)) or \(keymap.way(to: .back)) brings the fields back")
      }
    case .nextRun(let by): turnRun(by)
    case .adopt: return adoptShown()
    case .runs: picker = Picker(.runs)
    case .models: return look(for: .models([]), .listModels)
    case .loras: return look(for: .loras([]), .listLoRAs)
    case .history: picker = Picker(.history)
    case .palette: picker = Picker(.palette)
    case .help: picker = Picker(.help)
    case .randomSeed:
      let seed = drawSeed()
      choose { $0.seed = seed }
      return start()
    case .turnSeedMode:
      seedMode = Explorer.turned(seedMode, by: 1)
      say("the next run's seed: \(seedMode.rawValue)")
    case .save: return save()
    case .saveRun: return saveRun()
    case .saveText: return saveText()
    case .open: return look(for: .files([]), .listPictures(onlySaved: true))
    case .beginWith: return look(for: .starts([]), .listPictures(onlySaved: false))
    case .nextPane(let by): move(by)
    case .edit(let focus): enter(focus)
    case .adjust(let by): return adjust(by)
    case .back:
      playing = nil
      // From a field to the lens, from the lens to the picture, from two pictures to one, from that to the fields.
      if focus == .canvas {
        if open == nil { (isFull, isComparing) = (isFull && isComparing, false) }
        closeLens()
      }
      move(to: .canvas)
    case .toggleMouse:
      usesMouse.toggle()
      say(
        usesMouse
          ? "mouse capture is on" : "mouse capture is off: the terminal selects text")
      return [.useMouse(usesMouse)]
    case .suspend: return [.suspend]
    case .quit: return quit()
    }
    return []
  }

  /// Left and right scrub, but in a field with choices they choose.
  private mutating func left(_ steps: Int) -> [Effect] {
    guard focus == .canvas else { return adjust(steps) }
    scrub(to: position + steps)
    return []
  }

  private mutating func move(_ by: Int) {
    isFull = false
    let all = layout.panes
    let index = all.firstIndex(of: focus) ?? 0
    enter(all[(index + by + all.count) % all.count])
  }

  mutating func move(to focus: Focus) {
    if focus != self.focus {
      prompt.deselect()
      negative.deselect()
    }
    self.focus = focus
    if focus != .canvas { isFull = false }
    (typing, recalled, isAtStart) = (nil, nil, false)
  }

  /// Goes to a field by a key: its text is selected, and what is typed takes its place.
  private mutating func enter(_ focus: Focus) {
    move(to: focus)
    if focus == .prompt { prompt.selectAll() }
    if focus == .negative { negative.selectAll() }
  }

  private mutating func turnTheme() {
    guard let index = themes.firstIndex(where: { $0.name == theme.name }) else {
      theme = themes.first ?? theme
      return
    }
    theme = themes[(index + 1) % themes.count]
    themeFollowsTerminal = false
    say("theme: \(theme.name)")
  }

  static func turned<T: CaseIterable & Equatable>(_ value: T, by: Int) -> T
  where T.AllCases == [T] {
    let all = T.allCases
    return all[((all.firstIndex(of: value) ?? 0) + by + all.count) % all.count]
  }

  // MARK: Mouse

  private mutating func point(_ mouse: MouseEvent) -> [Effect] {
    if mouse.kind != .release { staysOpen() }
    if offered != nil {
      // A click elsewhere is a no.
      if mouse.kind == .press { offered = nil }
      return []
    }
    if var picker {
      let count = items(of: picker).count
      switch mouse.kind {
      case .wheelUp: picker.selected = max(0, picker.selected - 1)
      case .wheelDown: picker.selected = max(0, min(count - 1, picker.selected + 1))
      case .press:
        guard layout.picker.contains(x: mouse.x, y: mouse.y) else {
          self.picker = nil
          return []
        }
        guard let index = item(of: picker, x: mouse.x, y: mouse.y) else { return [] }
        picker.selected = index
        self.picker = picker
        return press(.enter, in: picker)
      case .drag, .release: break
      }
      self.picker = picker
      return []
    }
    if mouse.kind == .press { message = nil }
    switch mouse.kind {
    case .press, .drag:
      if layout.timeline.contains(x: mouse.x, y: mouse.y), let shown {
        playing = nil
        scrub(to: layout.position(at: mouse.x, of: shown.steps))
        return []
      }
      if let pane = layout.pane(x: mouse.x, y: mouse.y) {
        let effects = mouse.kind == .press ? takeTyped() : []
        if mouse.kind == .press { move(to: pane) }
        if pane.isText, pane == focus { pointText(mouse, layout) }
        return effects
      }
    case .wheelUp, .wheelDown:
      let by = mouse.kind == .wheelUp ? 1 : -1
      if let pane = layout.pane(x: mouse.x, y: mouse.y), pane != .canvas, !pane.isText {
        let effects = takeTyped()
        move(to: pane)
        return effects + adjust(by)
      }
      scrub(to: position + by)
    case .release: break
    }
    return []
  }

  /// A click puts the caret, a drag selects.
  private mutating func pointText(_ mouse: MouseEvent, _ layout: Layout) {
    let room = textRoom(focus, layout)
    var field = focus == .prompt ? prompt : negative
    let place = field.place(atColumn: mouse.x - room.x, of: room.width)
    field.move(to: place, selecting: mouse.kind == .drag)
    if focus == .prompt { prompt = field } else { negative = field }
  }
}

/// Opening and closing what explains a run, and everything that changes only how things are shown.
extension Explorer {
  /// Opens a view, or closes it where it is open.
  mutating func toggleView(_ id: String) -> [Effect] {
    guard views.open?.id != id, let entry = ViewTable.entry(id) else {
      views.close()
      return []
    }
    move(to: .canvas)
    views.close()
    views.show(entry, in: context)
    // What is watched as it is computed, or played, goes on.
    if shown?.isOpen == false, runs.playing.direction == nil,
      let place = views.open?.view.place(opening: context)
    {
      runs.scrub(to: place)
    }
    return []
  }

  /// Opens the view that a saved picture shows; false where it shows none.
  @discardableResult
  mutating func restoreView(_ text: String) -> Bool {
    var prompt: String?
    let isView = views.restore(text, in: context) { prompt = $0 }
    if let prompt { fields.replacePrompt(with: prompt) }
    return isView
  }

  /// Does what a key in a view leads to.
  mutating func take(_ answer: ViewAnswer) -> [Effect] {
    switch answer {
    case .stays: return []
    case .choosesPicture: return look(for: .material([]), .listPictures(onlySaved: false))
    case .seed(let seed):
      // All but the seed is as it is in the picture that was chosen.
      if let recipe = shown?.recipe { adopt(recipe) }
      fields.chooseSeed(seed)
      views.close()
      return measurePrompts + start()
    }
  }

  // MARK: Display

  mutating func turnView() -> [Effect] {
    display.mode = display.mode.turned(by: 1)
    say("\(display.mode.symbol): \(display.mode.caption)")
    return []
  }

  mutating func turnGlyphs() -> [Effect] {
    if display.turnGlyphs() {
      say("glyphs: \(display.glyphs.rawValue)")
      return [rememberDisplay]
    }
    warn("without colours there are only text shades")
    return []
  }

  mutating func turnTheme() -> [Effect] {
    display.turnTheme()
    say("theme: \(display.theme.name)")
    return [rememberDisplay]
  }

  private var rememberDisplay: Effect {
    .rememberDisplay(theme: display.theme.name, glyphs: display.glyphs)
  }

  mutating func toggleFullScreen() -> [Effect] {
    display.isFull.toggle()
    if display.isFull {
      move(to: .canvas)
      say("\(keymap.way(to: .fullScreen)) or \(keymap.way(to: .back)) brings the fields back")
    }
    return []
  }

  mutating func toggleMouse() -> [Effect] {
    display.toggleMouse()
    say(
      display.usesMouse
        ? "mouse capture is on" : "mouse capture is off: the terminal selects text")
    return [.useMouse(display.usesMouse)]
  }

  mutating func compare() -> [Effect] {
    display.isComparing.toggle()
    if display.isComparing, compared == nil {
      display.isComparing = false
      warn(oneRunOnly)
    }
    return []
  }
}

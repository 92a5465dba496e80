/// Opening and closing views, and everything that changes only the display.
extension Explorer {
  /// Opens a view, or closes it if it is open.
  mutating func toggleView(_ id: String) -> [Effect] {
    guard views.open?.id != id, let entry = ViewTable.entry(id) else {
      views.close()
      return []
    }
    move(to: .canvas)
    views.close()
    views.show(entry, in: context)
    // A run that is being watched live or played continues.
    if shown?.isOpen == false, runs.playing.direction == nil,
      let place = views.open?.view.place(opening: context)
    {
      runs.scrub(to: place)
    }
    return []
  }

  /// Opens the view of a saved picture; false if the picture is not of a view.
  @discardableResult
  mutating func restoreView(_ text: String) -> Bool {
    var prompt: String?
    let isView = views.restore(text, in: context) { prompt = $0 }
    if let prompt { fields.replacePrompt(with: prompt) }
    return isView
  }

  /// Carries out the effect of a key in a view.
  mutating func take(_ answer: ViewAnswer) -> [Effect] {
    switch answer {
    case .stays: return []
    case .choosesPicture: return look(for: .material([]), .listPictures(onlySaved: false))
    case .seed(let seed):
      // Everything except the seed stays as in the chosen picture.
      if let recipe = shown?.recipe { adopt(recipe) }
      fields.chooseSeed(seed)
      views.close()
      return measurePrompts + start()
    }
  }

  // MARK: Display

  mutating func turnPictureKind() -> [Effect] {
    display.pictureKind = display.pictureKind.turned(by: 1)
    say("\(display.pictureKind.symbol): \(display.pictureKind.caption)")
    return []
  }

  mutating func turnGlyphs() -> [Effect] {
    if display.turnGlyphs() {
      say("glyphs: \(display.glyphs.rawValue)")
      return [rememberDisplay]
    }
    warn("without colours, only text shades are available")
    return []
  }

  mutating func turnTheme() -> [Effect] {
    display.turnTheme()
    say("theme: \(display.theme.name)")
    return [rememberDisplay]
  }

  var rememberDisplay: Effect {
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
        ? "mouse capture is on" : "mouse capture is off: the terminal can select text")
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

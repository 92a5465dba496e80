/// The tour: lessons in the explorer itself. It can be left at any point, and goes on where it was left.
extension Explorer {
  /// Begins the tour, goes on with it, or leaves it.
  mutating func toggleTour() -> [Effect] {
    guard lesson == nil else {
      lesson = nil
      say("the tour goes on with \(keymap.way(to: .tour)) where you left it")
      return giveBack()
    }
    beforeTour = BeforeTour(
      prompt: prompt.text, negativePrompt: negative.text, chosen: chosen, start: startingPicture,
      mode: mode)
    // Its lessons are about noise alone.
    startingPicture = nil
    return go(toLesson: lessonLeft)
  }

  /// Goes to a lesson; behind the last one the tour is over.
  mutating func go(toLesson index: Int) -> [Effect] {
    playing = nil
    guard Lesson.all.indices.contains(index) else {
      (lesson, lessonLeft) = (nil, 0)
      closeLens()
      say(
        "that was the tour: \(keymap.way(to: .lenses)) has all the views, \(keymap.way(to: .help)) every key"
      )
      return [.rememberLesson(0)] + giveBack()
    }
    (lesson, lessonLeft) = (index, index)
    move(to: .canvas)
    // Before the model is there, its arrangement waits for it.
    return [.rememberLesson(index)] + (model == nil ? [] : Lesson.all[index].arrange(&self))
  }

  /// Puts into the fields what they held before the tour, as long as what it filled in is still there.
  private mutating func giveBack() -> [Effect] {
    guard let before = beforeTour else { return [] }
    beforeTour = nil
    if startingPicture == nil { startingPicture = before.start }
    if focus == .strength, startingPicture == nil { move(to: .canvas) }
    if mode == .sample { mode = before.mode }
    guard before.filled != nil else { return [] }
    if prompt.text == before.filled { prompt.replace(with: before.prompt) }
    if negative.text.isEmpty { negative.replace(with: before.negativePrompt) }
    choose { chosen in
      let filled = before.filledSettings
      if chosen.seed == filled.seed { chosen.seed = before.chosen.seed }
      if chosen.guidance == filled.guidance { chosen.guidance = before.chosen.guidance }
    }
    return [.measurePrompt(prompt.text), .measurePrompt(negative.text)]
  }

  /// A key in the tour; `nil` for one that does what it does elsewhere.
  mutating func pressInTour(_ key: ExplorerKey) -> [Effect]? {
    guard let lesson, focus == .canvas else { return nil }
    switch key {
    case .character("n"), .tab: return go(toLesson: lesson + 1)
    case .character("N"), .backTab, .backspace: return go(toLesson: max(0, lesson - 1))
    case .escape: return toggleTour()
    default: return nil
    }
  }
}

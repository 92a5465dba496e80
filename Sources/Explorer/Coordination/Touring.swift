import Diffusion

/// The tour in the explorer: its lessons fill the fields, run prompts and open views.
extension Explorer {
  /// Starts the tour with the first lesson, or leaves it.
  mutating func toggleTour() -> [Effect] {
    guard !tour.isOn else {
      tour.leave()
      say(
        "\(keymap.way(to: .lessons)) lists the lessons and marks this one, \(keymap.way(to: .tour)) starts with the first"
      )
      return giveBack()
    }
    let left = tour.left
    let effects = enterTour(at: 0)
    if left > 0 {
      say("you left at “\(Lesson.all[left].title)”: \(keymap.way(to: .lessons)) lists the lessons")
    }
    return effects
  }

  /// Goes to a lesson from anywhere.
  mutating func enterTour(at index: Int) -> [Effect] {
    if !tour.isOn {
      tour.begin(at: index, from: fields, pictureKind: display.pictureKind)
      // The lessons use noise alone.
      fields.begin(with: nil)
    }
    return go(toLesson: index)
  }

  /// Lists the lessons, with the one that was left selected.
  mutating func listLessons() -> [Effect] {
    let effects = list(.lessons)
    picker?.select(tour.left, of: Lesson.all.count)
    return effects
  }

  /// The lessons as rows of a list.
  var lessons: [Picker.Item] {
    Lesson.all.enumerated().map { index, lesson in
      let (isLeft, isShown) = (index == tour.left, index == tour.lesson)
      return Picker.Item(
        mark: (isLeft ? "● " : "") + "\(Lesson.all.number(of: index))", text: lesson.title,
        detail: isShown ? "this lesson" : isLeft ? "where you left off" : "", choice: .lesson(index)
      )
    }
  }

  /// The lesson to draw. Its keys work on the canvas, where nothing is typed.
  var tourDrawing: TourDrawing {
    TourDrawing(
      tour: tour, keymap: keymap,
      hasKeys: fields.focus == .canvas && picker == nil && !views.isTyping)
  }

  /// Goes to a lesson; after the last one, the tour is over.
  mutating func go(toLesson index: Int) -> [Effect] {
    runs.stopPlaying()
    guard tour.go(to: index) else {
      views.close()
      say(
        "that was the tour: \(keymap.way(to: .views)) lists all views, \(keymap.way(to: .help)) lists every key"
      )
      return [.rememberLesson(0)] + giveBack()
    }
    move(to: .canvas)
    return [.rememberLesson(tour.left)] + setScene()
  }

  /// Shows the subject of the lesson on the canvas, as soon as the model is loaded.
  mutating func setScene() -> [Effect] {
    guard model.facts != nil, let scene = tour.content?.scene else { return [] }
    var effects: [Effect] = []
    if let prompt = scene.prompt {
      views.close()
      effects = paint(prompt, at: scene.position)
    }
    if let view = scene.view { views.show(view(context)) }
    return effects
  }

  /// Shows a step of the run with a prompt and the first seed; starts the run if it does not exist yet.
  private mutating func paint(_ prompt: String, at position: Int) -> [Effect] {
    move(to: .canvas)
    // The lessons mention a left and a right picture.
    (display.pictureKind, display.isComparing) = (.sample, false)
    let run = runs.all.last {
      $0.recipe.prompt == prompt && $0.recipe.sampling.seed == Fields.firstSeed
        && $0.status == .finished && isPlain($0)
    }
    // The fields follow the lesson, so that they never name another prompt than the picture's.
    fields.replacePrompt(with: prompt)
    fields.replaceNegative(with: "")
    fields.begin(with: nil)
    fields.chooseSeed(Fields.firstSeed)
    if fields.settings.guidance.scale <= 1, let scale = model.facts?.defaults.guidance.scale {
      fields.choose { $0.guidance = scale }
    }
    tour.note(filled: fields)
    if let run {
      runs.show(run.id)
      runs.scrub(to: position)
      return [.measurePrompt(prompt)]
    }
    let effects = [.measurePrompt(prompt)] + unmissed(start())
    if position < .max { runs.aim(at: position) }
    return effects
  }

  /// Whether the lessons' statements hold for a run: the loaded model made it, it starts from noise alone, and only its
  /// prompt steers it.
  private func isPlain(_ run: Run) -> Bool {
    model.made(run) && run.recipe.changes.isEmpty && run.recipe.start == nil
      && run.recipe.negativePrompt.isEmpty && run.recipe.sampling.guidance.scale > 1
  }

  /// Restores the fields' contents from before the tour, if the tour's own contents are still there.
  private mutating func giveBack() -> [Effect] {
    guard let before = tour.takeBefore() else { return [] }
    if fields.startingPicture == nil { fields.begin(with: before.start) }
    if display.pictureKind == .sample { display.pictureKind = before.pictureKind }
    guard before.filled != nil else { return [] }
    if fields.prompt.text == before.filled { fields.replacePrompt(with: before.prompt) }
    if fields.negative.text.isEmpty { fields.replaceNegative(with: before.negativePrompt) }
    fields.choose { chosen in
      let filled = before.filledSettings
      if chosen.seed == filled.seed { chosen.seed = before.chosen.seed }
      if chosen.guidance == filled.guidance { chosen.guidance = before.chosen.guidance }
    }
    return measurePrompts
  }
}

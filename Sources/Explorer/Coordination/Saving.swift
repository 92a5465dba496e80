import Cells
import Diffusion
import Pictures
import Recipes

/// Saving what is shown: a picture, a view, a whole run, text.
extension Explorer {
  /// The step and the view of what is shown, as a saved picture says them; neither for a finished picture.
  private var savedPlace: (step: Int?, view: String?) {
    runs.showsFinished && display.mode != .noise
      ? (nil, nil) : ((frame?.index ?? runs.position) + 1, display.mode.rawValue)
  }

  mutating func save() -> [Effect] { views.open.map { save($0) } ?? savePicture() }

  /// Saves the picture of the step shown, whatever view is open over it.
  mutating func savePicture() -> [Effect] {
    guard let shown, let picture = picture(display.mode) else { return nothingToSave() }
    say("saving")
    let (step, view) = savedPlace
    let place = frame.map { FramePlace(run: shown.id, step: $0.index, view: display.mode) }
    // Of another model's run only the quick picture is left, and the user is told.
    let isQuick =
      frame?.previewMilliseconds != nil && step != nil && display.mode != .noise
      && place.map { runs.decoding[$0] } == .some(nil)
    if isQuick, model.made(shown) { say("decoding and saving") }
    return [
      .save(
        .picture(
          picture, shown.recipe(upTo: runs.position), frameStep: step, view: view,
          decoding: isQuick ? place : nil), run: shown.id)
    ]
  }

  /// Saves what a view shows, and beside the recipe what it takes to have the same view again.
  private mutating func save(_ open: OpenView) -> [Effect] {
    let context = context
    guard let shown, let picture = open.view.picture(in: context) else { return nothingToSave() }
    if let problem = views.problem(in: context) {
      warn(problem)
      return []
    }
    say("saving")
    return [
      .save(
        .picture(
          picture, shown.recipe(upTo: runs.position), frameStep: frame.map { $0.index + 1 },
          view: open.note(in: context)),
        run: maker(of: open, shown))
    ]
  }

  /// The run whose model made what a view shows; `nil` where that was the model loaded since.
  private func maker(of open: OpenView, _ shown: Run) -> Int? {
    model.made(shown) || open.view.questions(in: context).isEmpty ? shown.id : nil
  }

  mutating func saveText() -> [Effect] {
    if let open = views.open {
      let context = context
      guard let shown, open.view.picture(in: context) != nil else { return nothingToSave() }
      say("saving")
      let style = display.theme.text(display.theme.ink)
      var buffer = CellBuffer(width: display.columns, height: display.rows, style: style)
      open.view.draw(in: context, context.canvas, &buffer)
      return [
        .save(
          .text(
            buffer.part(context.canvas), shown.recipe(upTo: runs.position),
            frameStep: frame.map { $0.index + 1 }, view: open.note(in: context)),
          run: maker(of: open, shown))
      ]
    }
    guard let shown, let picture = picture(display.mode) else { return nothingToSave() }
    say("saving")
    // As large as on a screen of 200 columns: what is wider is seldom shown whole.
    let room = Rect(x: 0, y: 0, width: min(200, picture.width), height: picture.height)
    let art = display.painter.art
    let size = art.size(of: picture, fitting: room)
    var buffer = CellBuffer(width: size.columns, height: size.rows)
    art.draw(picture, in: buffer.bounds, into: &buffer)
    let (step, view) = savedPlace
    return [
      .save(
        .text(buffer, shown.recipe(upTo: runs.position), frameStep: step, view: view), run: shown.id
      )
    ]
  }

  mutating func saveRun() -> [Effect] {
    guard let shown, let last = shown.frames.last else { return nothingToSave() }
    say("saving the run")
    let pictures = shown.frames.elements.map { $0.picture(display.mode) }
    return [
      .save(
        .run(
          pictures, last: display.mode == .noise ? nil : last.finished,
          lastStep: last.finished == nil ? last.index + 1 : nil,
          shown.recipe(upTo: shown.lastPosition), view: display.mode.rawValue), run: shown.id)
    ]
  }

  private mutating func nothingToSave() -> [Effect] {
    warn("there is no picture yet")
    return []
  }

  // MARK: Copying

  mutating func copySettings() -> [Effect] {
    guard let shown, frame != nil else {
      warn("there is no picture yet")
      return []
    }
    say("copied the settings, if your terminal allows programs to copy")
    let (step, view) = savedPlace
    return [.copy(.settings(shown.recipe(upTo: runs.position), frameStep: step, view: view))]
  }

  mutating func copyPrompt() -> [Effect] {
    say("copied the prompt, if your terminal allows programs to copy")
    return [.copy(.text(fields.prompt.text))]
  }

  mutating func copyPath() -> [Effect] {
    guard let path = saves.lastPath else {
      warn("nothing has been saved yet: \(keymap.way(to: .save)) saves the picture")
      return []
    }
    say("copied the path of the saved file, if your terminal allows programs to copy")
    return [.copy(.text(path))]
  }

  // MARK: Beginning with a picture

  /// Runs begin with this from now on.
  mutating func take(_ choice: Picker.StartChoice) -> [Effect] {
    switch choice {
    case .noise:
      guard fields.startingPicture != nil else { return [] }
      fields.begin(with: nil)
      say("runs begin with noise alone again")
      return start()
    case .file(let path): return [.readStart(path: path, strength: fields.strengthForNext)]
    case .shown:
      let effects = savePicture()
      saves.beginsWithPicture = !effects.isEmpty
      return effects
    }
  }

  /// Begins with the picture that was saved for it.
  mutating func beginWithSaved(_ path: String) -> [Effect] {
    guard saves.beginsWithPicture else { return [] }
    saves.beginsWithPicture = false
    return take(.file(path))
  }

  /// A run that begins with this picture, and all after it.
  mutating func begin(with picture: Recipe.StartingPicture) -> [Effect] {
    fields.begin(with: picture)
    let effects = start()
    if !effects.isEmpty {
      say("runs begin with \(picture.file), at strength \(fields.number(.strength))")
    }
    return effects
  }
}

import Cells
import Diffusion
import Pictures
import Recipes

/// Saving what is shown: a picture, a view, a whole run or text.
extension Explorer {
  /// The step and the view to record in a saved picture; neither for a finished picture.
  private var savedPlace: (step: Int?, view: String?) {
    runs.showsFinished && display.pictureKind != .noise
      ? (nil, nil) : ((frame?.index ?? runs.position) + 1, display.pictureKind.rawValue)
  }

  mutating func save() -> [Effect] { views.open.map { save($0) } ?? savePicture() }

  /// Saves the picture of the shown step, even if a view covers it.
  mutating func savePicture() -> [Effect] {
    guard let shown, let picture = picture(display.pictureKind) else { return nothingToSave() }
    say("saving")
    let (step, view) = savedPlace
    let place = frame.map { FramePlace(run: shown.id, step: $0.index, kind: display.pictureKind) }
    // For another model's run, only the preview exists, and the user is told.
    let isQuick =
      frame?.previewMilliseconds != nil && step != nil && display.pictureKind != .noise
      && place.map { runs.decoding[$0] } == .some(nil)
    if isQuick, model.made(shown) { say("decoding and saving") }
    return [
      .save(
        .picture(
          picture, shown.recipe(upTo: runs.position), frameStep: step, view: view,
          decoding: isQuick ? place : nil), run: shown.id)
    ]
  }

  /// Saves what a view shows, along with the settings and the view's state.
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

  /// The run whose model made what a view shows; `nil` if that model is the one loaded now.
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
            asText(buffer).part(context.canvas), shown.recipe(upTo: runs.position),
            frameStep: frame.map { $0.index + 1 }, view: open.note(in: context)),
          run: maker(of: open, shown))
      ]
    }
    guard let shown, let picture = picture(display.pictureKind) else { return nothingToSave() }
    say("saving")
    // As large as on a screen of 200 columns; wider ones seldom fit.
    let room = Rect(x: 0, y: 0, width: min(200, picture.width), height: picture.height)
    let art = display.painter.art
    let size = art.size(of: picture, fitting: room)
    var buffer = CellBuffer(width: size.columns, height: size.rows)
    art.draw(picture, in: buffer.bounds, into: &buffer)
    let (step, view) = savedPlace
    return [
      .save(
        .text(asText(buffer), shown.recipe(upTo: runs.position), frameStep: step, view: view),
        run: shown.id)
    ]
  }

  /// A buffer without pixels, which cannot be saved as text.
  private func asText(_ buffer: CellBuffer) -> CellBuffer {
    guard !buffer.pictures.isEmpty else { return buffer }
    let painter = display.painter
    return buffer.drawingPictures(
      with: CellArt(colors: painter.colors, isOnLight: painter.theme.isLight))
  }

  mutating func saveRun() -> [Effect] {
    guard let shown, let last = shown.frames.last else { return nothingToSave() }
    say("saving the run")
    let pictures = shown.frames.elements.map { $0.picture(display.pictureKind) }
    return [
      .save(
        .run(
          pictures, last: display.pictureKind == .noise ? nil : last.finished,
          lastStep: last.finished == nil ? last.index + 1 : nil,
          shown.recipe(upTo: shown.lastPosition), view: display.pictureKind.rawValue), run: shown.id
      )
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
    say("settings copied (if your terminal lets programs use the clipboard)")
    let (step, view) = savedPlace
    return [.copy(.settings(shown.recipe(upTo: runs.position), frameStep: step, view: view))]
  }

  mutating func copyPrompt() -> [Effect] {
    say("prompt copied (if your terminal lets programs use the clipboard)")
    return [.copy(.text(fields.prompt.text))]
  }

  mutating func copyPath() -> [Effect] {
    guard let path = saves.lastPath else {
      warn("nothing has been saved yet: press \(keymap.way(to: .save)) to save the picture")
      return []
    }
    say("path of the saved file copied (if your terminal lets programs use the clipboard)")
    return [.copy(.text(path))]
  }

  // MARK: Starting from a picture

  /// Makes all later runs start from this picture.
  mutating func take(_ choice: Picker.StartChoice) -> [Effect] {
    switch choice {
    case .noise:
      guard fields.startingPicture != nil else { return [] }
      fields.begin(with: nil)
      say("runs start from noise alone again")
      return start()
    case .file(let path): return [.readStart(path: path, strength: fields.strengthForNext)]
    case .shown:
      let effects = savePicture()
      saves.beginsWithPicture = !effects.isEmpty
      return effects
    }
  }

  /// Makes runs start from the picture that was just saved.
  mutating func beginWithSaved(_ path: String) -> [Effect] {
    guard saves.beginsWithPicture else { return [] }
    saves.beginsWithPicture = false
    return take(.file(path))
  }

  /// Starts a run from this picture, as all later runs will.
  mutating func begin(with picture: Recipe.StartingPicture) -> [Effect] {
    fields.begin(with: picture)
    let effects = start()
    if !effects.isEmpty {
      say("runs start from \(picture.file), at strength \(fields.number(.strength))")
    }
    return effects
  }
}

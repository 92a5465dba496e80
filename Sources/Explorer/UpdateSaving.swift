import Cells
import Diffusion
import Pictures

/// Saving what is shown: a picture, a lens, a whole run, text.
extension Explorer {
  /// The step and the view of what is shown, as a saved picture says them; neither for a finished picture.
  private var savedPlace: (step: Int?, view: String?) {
    showsFinished && mode != .noise
      ? (nil, nil) : ((frame?.index ?? position) + 1, mode.rawValue)
  }

  mutating func save() -> [Effect] { open.map { save($0) } ?? savePicture() }

  /// Saves the picture of the step shown, whatever lens is open over it.
  mutating func savePicture() -> [Effect] {
    guard let shown, let picture = picture(mode) else { return nothingToSave() }
    say("saving")
    let (step, view) = savedPlace
    let place = frame.map { FramePlace(run: shown.id, step: $0.index, view: mode) }
    // Of a run of another model only the quick picture is left, which is then said.
    let isQuick =
      frame?.previewMilliseconds != nil && step != nil && mode != .noise
      && place.map { decoded[$0] } == .some(nil)
    if isQuick, isOfLoadedModel(shown) { say("decoding and saving") }
    return [
      .save(
        .picture(
          picture, shown.recipe(upTo: position), frameStep: step, view: view,
          decoding: isQuick ? place : nil), run: shown.id)
    ]
  }

  /// Saves what a lens shows, and beside the recipe what it takes to have the same view again.
  private mutating func save(_ open: OpenLens) -> [Effect] {
    guard let shown, let picture = open.lens.picture(in: self) else { return nothingToSave() }
    if let problem = problem(open.lens.questions(in: self).first) {
      warn(problem)
      return []
    }
    say("saving")
    let step = frame.map { $0.index + 1 }
    return [
      .save(
        .picture(
          picture, shown.recipe(upTo: position), frameStep: step, view: view(of: open)),
        run: maker(of: open, shown))
    ]
  }

  /// The run whose model made what a lens shows; `nil` where that was the model loaded since.
  private func maker(of open: OpenLens, _ shown: Run) -> Int? {
    isOfLoadedModel(shown) || open.lens.questions(in: self).isEmpty ? shown.id : nil
  }

  /// A lens and its settings, as a saved picture says them: its name comes first.
  private func view(of open: OpenLens) -> String {
    let note = open.lens.note(in: self)
    return note.isEmpty ? open.id : "\(open.id): \(note)"
  }

  mutating func saveText() -> [Effect] {
    if let open {
      guard let shown, open.lens.picture(in: self) != nil else { return nothingToSave() }
      say("saving")
      let canvas = layout.canvas
      var buffer = CellBuffer(width: columns, height: rows, style: theme.text(theme.ink))
      open.lens.draw(in: self, canvas, &buffer)
      return [
        .save(
          .text(
            buffer.part(canvas), shown.recipe(upTo: position),
            frameStep: frame.map { $0.index + 1 },
            view: view(of: open)), run: maker(of: open, shown))
      ]
    }
    guard let shown, let picture = picture(mode) else { return nothingToSave() }
    say("saving")
    // As large as on a screen of 200 columns: what is wider is seldom shown whole.
    let room = Rect(x: 0, y: 0, width: min(200, picture.width), height: picture.height)
    let size = art.size(of: picture, fitting: room)
    var buffer = CellBuffer(width: size.columns, height: size.rows)
    art.draw(picture, in: buffer.bounds, into: &buffer)
    let (step, view) = savedPlace
    return [
      .save(
        .text(buffer, shown.recipe(upTo: position), frameStep: step, view: view), run: shown.id)
    ]
  }

  mutating func saveRun() -> [Effect] {
    guard let shown, let last = shown.frames.last else { return nothingToSave() }
    say("saving the run")
    let pictures = shown.frames.elements.map { frame in
      switch mode {
      case .sample: frame.sample
      case .denoised: frame.denoised
      case .noise: frame.noise
      }
    }
    return [
      .save(
        .run(
          pictures, last: mode == .noise ? nil : last.finished,
          lastStep: last.finished == nil ? last.index + 1 : nil,
          shown.recipe(upTo: shown.lastPosition), view: mode.rawValue), run: shown.id)
    ]
  }

  private mutating func nothingToSave() -> [Effect] {
    warn("there is no picture yet")
    return []
  }
}

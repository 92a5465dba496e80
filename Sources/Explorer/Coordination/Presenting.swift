/// Presenting to a class: the picture as large as the terminal, with a large caption, and nothing else.
extension Explorer {
  /// Presents, or brings the rest back.
  mutating func togglePresenting() -> [Effect] {
    display.isPresenting.toggle()
    move(to: .canvas)
    if display.isPresenting {
      say("\(keymap.way(to: .present)) or \(keymap.way(to: .back)) brings the rest back")
    }
    return []
  }

  /// Whether the screen shows nothing but the picture now: who goes to a field sees that too.
  var isPresenting: Bool { display.isPresenting && fields.focus == .canvas }

  /// Rows of the caption on a screen of a height; none below a view, which has its own, and `nil` where one does not
  /// present.
  func captionRows(height: Int) -> Int? {
    guard isPresenting else { return nil }
    return views.open != nil && model.facts != nil ? 0 : Caption.rows(height: height)
  }

  /// What is said below the picture where one presents.
  var caption: Caption? {
    guard isPresenting, views.open == nil || model.facts == nil else { return nil }
    let prompt = shown?.recipe.steering(at: runs.position).prompt ?? fields.prompt.text
    return Caption(prompt: prompt, facts: captionFacts)
  }

  private var captionFacts: String {
    guard let frame else { return "" }
    if runs.showsFinished, display.mode != .noise {
      return "the picture after \(frame.count) step\(frame.count == 1 ? "" : "s")"
    }
    // Numbers keep their width, so that the line stands still.
    let step = "\(frame.index + 1)".padded("\(frame.count)".count)
    let percent = "\(Int((frame.noiseLevel * 100).rounded()))".padded(2)
    let kind = display.mode == .sample ? "" : ", \(display.mode.caption)"
    return "step \(step) of \(frame.count), \(percent)% noise\(kind)"
  }
}

/// Presenting to a class: the picture as large as the terminal, with a large caption, and nothing else.
extension Explorer {
  /// Starts presenting, or stops.
  mutating func togglePresenting() -> [Effect] {
    display.isPresenting.toggle()
    move(to: .canvas)
    if display.isPresenting {
      say("\(keymap.way(to: .present)) or \(keymap.way(to: .back)) brings the rest back")
    }
    return []
  }

  /// Whether the screen shows only the picture now; a field is also shown if it has the focus.
  var isPresenting: Bool { display.isPresenting && fields.focus == .canvas }

  /// The height of the caption in rows, given the height of the screen: 0 if a view is open, because it has its own
  /// text; `nil` if the user is not presenting.
  func captionRows(height: Int) -> Int? {
    guard isPresenting else { return nil }
    return views.open != nil && model.facts != nil ? 0 : Caption.rows(height: height)
  }

  /// The caption below the picture while presenting.
  var caption: Caption? {
    guard isPresenting, views.open == nil || model.facts == nil else { return nil }
    let prompt = shown?.recipe.steering(at: runs.position).prompt ?? fields.prompt.text
    return Caption(prompt: prompt, facts: captionFacts)
  }

  private var captionFacts: String {
    guard let frame else { return "" }
    if runs.showsFinished, display.pictureKind != .noise {
      return "the picture after \(frame.count) step\(frame.count == 1 ? "" : "s")"
    }
    // Numbers keep their width, so the line does not move.
    let step = "\(frame.index + 1)".padded("\(frame.count)".count)
    let percent = "\(Int((frame.noiseLevel * 100).rounded()))".padded(2)
    let kind = display.pictureKind == .sample ? "" : ", \(display.pictureKind.caption)"
    return "step \(step) of \(frame.count), \(percent)% noise\(kind)"
  }
}

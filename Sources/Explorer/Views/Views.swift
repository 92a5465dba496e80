import Pictures

/// The open view, its pending studies, and the results.
struct Views: Sendable, Hashable {
  /// `nil` if the canvas shows the run.
  private(set) var open: OpenView?
  private(set) var findings = Findings()
  /// The studies being computed.
  private(set) var asked: [Study] = []
  /// The last map, which stays while the next position is being computed.
  private(set) var lastPlaces: PlacesFinding?

  mutating func show(_ view: some View) { open = OpenView(view: view) }

  mutating func show(_ entry: ViewTable.Entry, in context: ViewContext) {
    open = OpenView(view: entry.open(context))
  }

  /// Opens the view of a saved picture in its saved state.
  ///
  /// - Parameters:
  ///   - text: The view's note in the picture: its name, a colon, and its settings.
  ///   - prompt: Receives the view's prompt if the picture has one.
  /// - Returns: Whether the picture is of a view.
  mutating func restore(
    _ text: String, in context: ViewContext, prompt: (String) -> Void
  ) -> Bool {
    let id = String(text.prefix { $0 != ":" })
    guard let entry = ViewTable.entry(id) else { return false }
    var view = entry.open(context)
    let note = String(text.dropFirst(id.count + 1).drop { $0 == " " })
    if let words = type(of: view).prompt(in: note) { prompt(words) }
    view.restore(note)
    open = OpenView(view: view)
    return true
  }

  mutating func close() {
    open = nil
    // A failed study may succeed when it is requested again.
    findings.forgetFailures()
  }

  /// Closes a view that would not show the run of a new prompt.
  mutating func makeWayForRun() { if open?.view.followsRuns == false { close() } }

  /// Handles a key while a view is open; `nil` for a key that it does not use.
  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? {
    open?.view.press(key, in: context)
  }

  /// Whether the user is typing into the open view.
  var isTyping: Bool { open?.view.isTyping ?? false }

  /// Receives pasted text while the open view ``isTyping``.
  mutating func paste(_ text: String) { open?.view.paste(text) }

  /// Shows a picture from a file in the noise view. It is read again, because the file may exist by now.
  mutating func choosePicture(_ path: String) {
    guard var view = open?.view as? NoiseView else { return }
    view.picture = .file(path)
    open?.view = view
    findings.forgetFailures()
  }

  // MARK: Studies

  /// Results of another model do not apply.
  mutating func forgetAll() {
    findings.forgetAll()
    (asked, lastPlaces) = ([], nil)
  }

  /// Requests the studies that the open view needs and that have no results yet, and cancels those that are no longer
  /// needed.
  ///
  /// - Parameter context: `nil` if there is no model.
  mutating func study(in context: ViewContext?) -> [Effect] {
    if let context { open?.view.update(in: context) }
    let wanted = context.flatMap { open?.view.questions(in: $0) } ?? []
    for study in wanted.reversed() where findings[study] != nil { findings.touch(study) }
    let missing = wanted.filter { !(findings[$0]?.isWhole ?? false) }
    guard missing != asked else { return [] }
    asked = missing
    return [.study(missing)]
  }

  /// Receives the result of a study.
  ///
  /// - Parameter prompt: The prompt being typed.
  mutating func take(_ finding: Finding, for study: Study, prompt: String) {
    findings.put(finding, for: study)
    if case .places(let places) = finding, study == .places([prompt]) { lastPlaces = places }
    if finding.isWhole { asked.removeAll { $0 == study } }
  }

  /// Why the open view has nothing to show.
  func problem(in context: ViewContext) -> String? {
    guard let study = open?.view.questions(in: context).first,
      case .failed(let text) = findings[study]
    else { return nil }
    return text
  }
}

import Pictures

/// The view that is open, what it wants to know, and what was found.
struct Views: Sendable, Hashable {
  /// `nil` where the canvas shows the run.
  private(set) var open: OpenView?
  private(set) var findings = Findings()
  /// The studies that are being made.
  private(set) var asked: [Study] = []
  /// The last map, so that it stays while the next place is worked out.
  private(set) var lastPlaces: PlacesFinding?

  mutating func show(_ view: some View) { open = OpenView(view: view) }

  mutating func show(_ entry: ViewTable.Entry, in context: ViewContext) {
    open = OpenView(view: entry.open(context))
  }

  /// Opens the view that a saved picture shows, as it was.
  ///
  /// - Parameters:
  ///   - text: What the picture says of it: its name, a colon, and its note.
  ///   - prompt: Takes the prompt that the view is of, where the picture says one.
  /// - Returns: Whether the picture shows a view.
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
    // What could not be worked out may be when it is wanted again.
    findings.forgetFailures()
  }

  /// A key while a view is open; `nil` for one that it does not take.
  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? {
    open?.view.press(key, in: context)
  }

  /// Whether a text of the open view's own is typed.
  var isTyping: Bool { open?.view.isTyping ?? false }

  /// Text that was pasted while the open view ``isTyping``.
  mutating func paste(_ text: String) { open?.view.paste(text) }

  /// The noise view shows a picture in a file, which may be there now.
  mutating func choosePicture(_ path: String) {
    guard var view = open?.view as? NoiseView else { return }
    view.picture = .file(path)
    open?.view = view
    findings.forgetFailures()
  }

  // MARK: Studies

  /// Another model has other answers.
  mutating func forgetAll() {
    findings.forgetAll()
    (asked, lastPlaces) = ([], nil)
  }

  /// Asks what the open view wants to know and has not been found, and takes back what nobody waits for any more.
  ///
  /// - Parameter context: `nil` while there is no model to ask.
  mutating func study(in context: ViewContext?) -> [Effect] {
    if let context { open?.view.update(in: context) }
    let wanted = context.flatMap { open?.view.questions(in: $0) } ?? []
    for study in wanted.reversed() where findings[study] != nil { findings.touch(study) }
    let missing = wanted.filter { !(findings[$0]?.isWhole ?? false) }
    guard missing != asked else { return [] }
    asked = missing
    return [.study(missing)]
  }

  /// Takes what a study found.
  ///
  /// - Parameter prompt: The prompt as it is typed.
  mutating func take(_ finding: Finding, for study: Study, prompt: String) {
    findings.put(finding, for: study)
    if case .places(let places) = finding, study == .places([prompt]) { lastPlaces = places }
    if finding.isWhole { asked.removeAll { $0 == study } }
  }

  /// Why the view that is open has nothing to show.
  func problem(in context: ViewContext) -> String? {
    guard let study = open?.view.questions(in: context).first,
      case .failed(let text) = findings[study]
    else { return nil }
    return text
  }
}

import Cells
import Pictures

/// A view of a run that replaces the canvas: it requests computations and shows their results.
///
/// A view is a value in its own file. It computes nothing: it lists its studies (``Study``), which are computed in
/// the background, in parts if that takes long. It knows the rest of the explorer only through a read-only
/// ``ViewContext``. A new view needs a file like its neighbours, a row in ``ViewTable`` and, if it requests something
/// new, a case of ``Study`` with the code that computes it.
protocol View: Sendable, Hashable {
  /// A key that can be pressed, and a word for its effect.
  typealias Hint = (key: String, word: String)

  /// Its name in configuration files and saved pictures.
  static var id: String { get }

  /// The view in its initial state for what is shown.
  init(opening context: ViewContext)

  /// The step of the shown run where there is most to see; `nil` to stay at the current step.
  func place(opening context: ViewContext) -> Int?

  /// The studies it needs now, the most urgent first.
  func questions(in context: ViewContext) -> [Study]

  /// The keys that can be pressed here; separate from ``contents(in:)``, which may have to render pictures.
  func hints(in context: ViewContext) -> [Hint]

  /// What it shows.
  func contents(in context: ViewContext) -> ViewContents

  /// Handles a key.
  ///
  /// - Returns: The effect of the key outside the view; `nil` if the view does not use the key, which then has its
  ///   usual meaning.
  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer?

  /// Draws into the canvas; views made of pictures and curves need not implement this.
  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer)

  /// The note in a saved picture, besides the settings: enough to restore the view.
  func note(in context: ViewContext) -> String

  /// The prompt of a picture saved from this view, if the view can show a prompt other than the run's.
  static func prompt(in note: String) -> String?

  /// Restores the view from the note in a saved picture.
  mutating func restore(_ note: String)

  /// What is saved as a picture; `nil` if there is nothing yet.
  func picture(in context: ViewContext) -> Picture?

  /// What Enter does here; `nil` for its usual meaning.
  func choice(in context: ViewContext) -> ViewAnswer?

  /// Whether the user is typing into the view, so that letters are not commands.
  var isTyping: Bool { get }

  /// Whether it shows something about the shown run, so the run of a new prompt can be followed in it.
  var followsRuns: Bool { get }

  /// Receives pasted text while it ``isTyping``.
  mutating func paste(_ text: String)

  /// Receives the results of its studies before it requests others. A view that only shows results need not implement
  /// this.
  mutating func update(in context: ViewContext)
}

/// The effect of a key in a view.
enum ViewAnswer: Sendable, Hashable {
  /// No effect outside the view.
  case stays
  /// Runs the shown run again with another seed.
  case seed(UInt64)
  /// Lets the user choose a picture file, which the view then shows.
  case choosesPicture
}

extension View {
  func place(opening context: ViewContext) -> Int? { nil }
  func questions(in context: ViewContext) -> [Study] { [] }
  func hints(in context: ViewContext) -> [Hint] { [] }
  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? { nil }
  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    ViewDrawing(context).draw(contents(in: context), in: canvas, &buffer)
  }
  func note(in context: ViewContext) -> String { "" }
  static func prompt(in note: String) -> String? { nil }
  mutating func restore(_ note: String) {}
  func choice(in context: ViewContext) -> ViewAnswer? { nil }
  var isTyping: Bool { false }
  var followsRuns: Bool { true }
  mutating func paste(_ text: String) {}
  mutating func update(in context: ViewContext) {}

  func picture(in context: ViewContext) -> Picture? {
    let rows = contents(in: context).rows.map { $0.compactMap(\.picture) }.filter { !$0.isEmpty }
    guard let widest = rows.joined().map(\.width).max(), widest > 0 else { return nil }
    // Small pictures are enlarged; otherwise, other programs would show them very small.
    let factor = max(1, 192 / widest)
    return ContactSheet.picture(
      rows: rows.map { $0.map { $0.enlarged(by: factor) } }, gap: 8, background: (255, 255, 255))
  }

  fileprivate func equals(_ other: any View) -> Bool { (other as? Self) == self }
}

/// The view that is open.
struct OpenView: Sendable, Hashable {
  var view: any View

  /// Its name in configuration files and saved pictures.
  var id: String { type(of: view).id }

  /// Its name and its settings, as a saved picture contains them.
  func note(in context: ViewContext) -> String {
    let note = view.note(in: context)
    return note.isEmpty ? id : "\(id): \(note)"
  }

  static func == (one: OpenView, other: OpenView) -> Bool { one.view.equals(other.view) }

  func hash(into hasher: inout Hasher) {
    hasher.combine(id)
    view.hash(into: &hasher)
  }
}

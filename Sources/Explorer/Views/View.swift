import Cells
import Pictures

/// A way of looking at a run that takes the canvas: it says what it needs to know, and shows what was found.
///
/// A view is a value in a file of its own. It never computes: it has questions (``Study``), which are answered in the
/// background, in parts where that takes long. All it knows of the rest is a ``ViewContext``, which it cannot change. A new
/// view is a file like its neighbours, a row in ``ViewTable``, and, where it asks something new, a case of ``Study`` with
/// the code that answers it.
protocol View: Sendable, Hashable {
  /// A key that can be pressed, and a word for what it does.
  typealias Hint = (key: String, word: String)

  /// What it is called in a configuration file and in saved pictures.
  static var id: String { get }

  /// The view as it opens on what is shown.
  init(opening context: ViewContext)

  /// The place in the run that is shown where there is most to see; `nil` for the one that is looked at already.
  func place(opening context: ViewContext) -> Int?

  /// What it wants to know now; the most urgent first.
  func questions(in context: ViewContext) -> [Study]

  /// What can be pressed here; apart from ``contents(in:)``, which may have pictures to make.
  func hints(in context: ViewContext) -> [Hint]

  /// What it shows.
  func contents(in context: ViewContext) -> ViewContents

  /// Takes a key.
  ///
  /// - Returns: What follows of it elsewhere; `nil` for a key that is none of its own, which then does what it does
  ///   elsewhere.
  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer?

  /// Draws into the canvas; views of pictures and curves need not say how.
  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer)

  /// What a saved picture of it says, beside the recipe: enough to have the same view again.
  func note(in context: ViewContext) -> String

  /// The prompt that a saved picture of it is of, where that need not be the one that was run.
  static func prompt(in note: String) -> String?

  /// Takes up what a saved picture says.
  mutating func restore(_ note: String)

  /// What is saved as a picture; `nil` where there is nothing yet.
  func picture(in context: ViewContext) -> Picture?

  /// What Enter does here; `nil` where it does what it does elsewhere.
  func choice(in context: ViewContext) -> ViewAnswer?

  /// Whether a text of its own is typed in it: letters are no commands then.
  var isTyping: Bool { get }

  /// Takes text that was pasted, while it ``isTyping``.
  mutating func paste(_ text: String)

  /// Takes in what was found of its questions, before it asks others. A view that only shows what was found needs none of
  /// this.
  mutating func update(in context: ViewContext)
}

/// What a key in a view leads to.
enum ViewAnswer: Sendable, Hashable {
  /// Nothing beyond the view.
  case stays
  /// The shown run is run again with another seed.
  case seed(UInt64)
  /// A picture in a file is chosen, which the view then shows.
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
  mutating func paste(_ text: String) {}
  mutating func update(in context: ViewContext) {}

  func picture(in context: ViewContext) -> Picture? {
    let rows = contents(in: context).rows.map { $0.compactMap(\.picture) }.filter { !$0.isEmpty }
    guard let widest = rows.joined().map(\.width).max(), widest > 0 else { return nil }
    // Small pictures are enlarged, so that other programs show more than a stamp.
    let factor = max(1, 192 / widest)
    return ContactSheet.picture(
      rows: rows.map { $0.map { $0.enlarged(by: factor) } }, gap: 8, background: (255, 255, 255))
  }

  fileprivate func equals(_ other: any View) -> Bool { (other as? Self) == self }
}

/// The view that is open.
struct OpenView: Sendable, Hashable {
  var view: any View

  /// What it is called in a configuration file and in saved pictures.
  var id: String { type(of: view).id }

  /// It and its settings, as a saved picture says them: its name comes first.
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

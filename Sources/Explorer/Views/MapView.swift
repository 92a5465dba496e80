import Cells
import Pictures

/// The positions of prompts among the names that the model was trained on.
public struct PlacesFinding: Sendable, Hashable {
  /// A name on the map.
  public struct Name: Sendable, Hashable {
    /// The name.
    public var text: String
    /// The horizontal position, from 0 (left) to 1.
    public var x: Float
    /// The vertical position, from 0 (top) to 1.
    public var y: Float
    /// The index of its group.
    public var group: Int

    /// A name in a group at a position.
    public init(text: String, x: Float, y: Float, group: Int) {
      (self.text, self.x, self.y, self.group) = (text, x, y, group)
    }
  }

  /// A position on the map.
  public struct Point: Sendable, Hashable {
    /// The horizontal position, from 0 (left) to 1.
    public var x: Float
    /// The vertical position, from 0 (top) to 1.
    public var y: Float

    /// A position.
    public init(x: Float, y: Float) { (self.x, self.y) = (x, y) }
  }

  /// A name near a prompt.
  public struct Neighbour: Sendable, Hashable {
    /// The name, an index of ``PlacesFinding/names``.
    public var name: Int
    /// The cosine of the angle between the two embeddings.
    public var similarity: Float

    /// A name with its similarity.
    public init(name: Int, similarity: Float) { (self.name, self.similarity) = (name, similarity) }
  }

  /// A prompt on the map.
  public struct Place: Sendable, Hashable {
    /// The horizontal position, from 0 (left) to 1.
    public var x: Float
    /// The vertical position, from 0 (top) to 1.
    public var y: Float
    /// The names nearest to it, the nearest first.
    public var nearest: [Neighbour]

    /// A position with its nearest names.
    public init(x: Float, y: Float, nearest: [Neighbour]) {
      (self.x, self.y, self.nearest) = (x, y, nearest)
    }
  }

  /// All names.
  public var names: [Name]
  /// The names of the groups.
  public var groups: [String]
  /// Names to draw on the map, as indices of ``names``, the most informative first.
  public var landmarks: [Int]
  /// The requested prompts, in order.
  public var places: [Place]
  /// The path from the first of two prompts to the second: the positions of the embeddings in between.
  public var line: [Point]

  /// A finding with these prompts placed among these names.
  public init(
    names: [Name], groups: [String], places: [Place], line: [Point] = [], landmarks: [Int] = []
  ) {
    (self.names, self.groups, self.places, self.line) = (names, groups, places, line)
    self.landmarks = landmarks
  }
}

/// The map of names with the prompt being typed: its path word by word, and the line from the previous prompt.
struct MapView: View {
  static let id = "map"
  init(opening context: ViewContext) {}

  /// The current prompt.
  private func now(_ context: ViewContext) -> Study { .places([context.prompt.text]) }

  /// The prompt word by word, with as many words as can be told apart.
  private func path(_ context: ViewContext) -> [Study] {
    let words = context.prompt.text.split(separator: " ").prefix(12)
    return (1..<max(1, words.count)).map { .places([words.prefix($0).joined(separator: " ")]) }
  }

  /// The path from the previous prompt to the one being typed.
  private func line(_ context: ViewContext) -> Study? {
    guard let before = context.runs.promptBefore, before != context.prompt.text else { return nil }
    return .places([before, context.prompt.text])
  }

  func questions(in context: ViewContext) -> [Study] {
    [now(context)] + path(context) + [line(context)].compactMap { $0 }
  }

  private func finding(_ study: Study?, _ context: ViewContext) -> PlacesFinding? {
    guard let study, case .places(let found) = context.findings[study] else { return nil }
    return found
  }

  func hints(in context: ViewContext) -> [Hint] {
    context.keymap.hints([(.editPrompt, "type another prompt")]) + [("enter", "run it")]
  }

  func contents(in context: ViewContext) -> ViewContents {
    ViewContents(
      "Each dot is a name from the embedded model's training; similar meanings are close together. "
        + "● is the prompt, ○ its start, ◆ the previous one."
    )
  }

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    let theme = context.painter.theme
    let sentence = contents(in: context).sentence
    let wanted = sentence.wrapped(columns: canvas.width - 2).count
    let said =
      context.isInTour && canvas.height < 20
      ? 0 : max(1, min(canvas.height / 6, wanted))
    context.painter.lines(
      sentence, in: Rect(x: canvas.x + 1, y: canvas.y, width: canvas.width - 2, height: said),
      theme.text(theme.ink), &buffer)
    let room = Rect(
      x: canvas.x + 1, y: canvas.y + said, width: canvas.width - 2, height: canvas.height - said)
    drawing(in: context)?.draw(in: room, context.painter, &buffer)
  }

  /// What is on the map; the last map stays while the next position is being computed.
  private func drawing(in context: ViewContext) -> MapDrawing? {
    let own = finding(now(context), context)
    guard let finding = own ?? context.lastPlaces else { return nil }
    let line = self.finding(line(context), context)
    return MapDrawing(
      finding: finding, prompt: context.prompt.text, here: own?.places.first,
      path: path(context).compactMap { self.finding($0, context)?.places.first },
      line: line?.line ?? [], before: line?.places.first)
  }

  func note(in context: ViewContext) -> String { context.prompt.text }

  /// The map shows the prompt in the field, which may differ from the run's.
  static func prompt(in note: String) -> String? { note.isEmpty ? nil : note }

  func picture(in context: ViewContext) -> Picture? {
    finding(now(context), context) == nil ? nil : drawing(in: context)?.picture
  }
}

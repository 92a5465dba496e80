import Cells
import Pictures

/// A picture of a run that is compared with the training pictures.
public struct CopyQuestion: Sendable, Hashable {
  /// The name of the model that painted it.
  public var model: String
  /// The run.
  public var run: Int
  /// The index of the step that made the guess; the number of steps stands for the finished picture.
  public var step: Int
  /// The picture.
  public var picture: Picture

  /// A picture of a run.
  public init(model: String, run: Int, step: Int, picture: Picture) {
    (self.model, self.run, self.step, self.picture) = (model, run, step, picture)
  }

  /// The picture is left out: the run and step identify it well enough, and hashing all its pixels would take long.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(run)
    hasher.combine(step)
  }
}

/// The training pictures nearest to a picture.
public struct CopyFinding: Sendable, Hashable {
  /// A training picture.
  public struct Neighbour: Sendable, Hashable {
    /// What it shows.
    public var name: String
    /// The picture.
    public var picture: Picture
    /// The root mean square difference of the pixels, 0 to 1.
    public var distance: Double

    /// A training picture at a distance.
    public init(name: String, picture: Picture, distance: Double) {
      (self.name, self.picture, self.distance) = (name, picture, distance)
    }
  }

  /// The nearest pictures, the nearest first.
  public var nearest: [Neighbour]

  /// A finding with these pictures.
  public init(nearest: [Neighbour]) { self.nearest = nearest }

  /// A picture counts as a copy below this ratio (Yoon et al. 2023).
  static let copyRatio = 1.0 / 3

  /// The distance of the nearest divided by that of the second nearest, 0 to 1.
  var ratio: Double? {
    guard nearest.count > 1 else { return nil }
    return nearest[1].distance > 0 ? nearest[0].distance / nearest[1].distance : 1
  }

  var isCopy: Bool { ratio.map { $0 < Self.copyRatio } ?? false }
}

/// Shows the result of a run, or the guess at a step, beside the nearest training pictures: is it a copy of one?
struct CopyView: View {
  static let id = "copy"
  /// The number of training pictures shown.
  private static let neighbours = 4
  /// The number of steps compared besides the one shown; in longer runs they are spread evenly.
  private static let mostSteps = 40

  init(opening context: ViewContext) {}

  private func question(_ frame: Frame, of run: Run) -> CopyQuestion {
    CopyQuestion(
      model: run.recipe.model, run: run.id, step: frame.index, picture: frame.denoised)
  }

  /// The finished picture, if there is one.
  private func result(of run: Run) -> CopyQuestion? {
    guard let frame = run.frames.last, let picture = frame.finished else { return nil }
    return CopyQuestion(
      model: run.recipe.model, run: run.id, step: frame.index + 1, picture: picture)
  }

  /// The picture to compare.
  private func shown(in context: ViewContext) -> CopyQuestion? {
    guard let run = context.shown, let frame = context.frame else { return nil }
    return (context.runs.showsFinished ? result(of: run) : nil) ?? question(frame, of: run)
  }

  func questions(in context: ViewContext) -> [Study] {
    guard let run = context.shown, let shown = shown(in: context) else { return [] }
    // Pictures of another model cannot be compared, whatever the step.
    if case .failed? = context.findings[.copy(shown)] { return [.copy(shown)] }
    let frames = run.frames.elements
    let steps = ContactSheet.spread(frames.count, most: Self.mostSteps).map {
      question(frames[$0], of: run)
    }
    let others = ([result(of: run)].compactMap { $0 } + steps).filter { $0 != shown }
    return ([shown] + others).map { .copy($0) }
  }

  private func finding(_ question: CopyQuestion?, in context: ViewContext) -> CopyFinding? {
    guard let question, case .copy(let found) = context.findings[.copy(question)]
    else { return nil }
    return found
  }

  func hints(in context: ViewContext) -> [Hint] { [("← →", "steps")] }

  func contents(in context: ViewContext) -> ViewContents {
    guard let run = context.shown, let shown = shown(in: context) else {
      return ViewContents("Run a prompt first.")
    }
    let finding = finding(shown, in: context)
    let isResult = context.runs.showsFinished
    var contents = ViewContents(sentence(finding, isResult: isResult, of: run, context))
    var row = [
      ViewContents.Panel(
        picture: shown.picture, caption: isResult ? "the picture" : "its guess",
        brief: isResult ? "result" : "guess", symbol: isResult ? "" : "x0")
    ]
    for place in 0..<Self.neighbours {
      guard let finding else {
        row.append(.init(picture: nil, caption: "…", detail: "distance …"))
        continue
      }
      guard place < finding.nearest.count else { break }
      let near = finding.nearest[place]
      row.append(
        .init(
          // Training pictures are shown at the size of the embedded model's own pictures, also in the saved picture.
          picture: near.picture.enlarged(by: 2), caption: near.name,
          detail: "distance \(near.distance.fixed(3))"))
    }
    contents.rows = [row]
    contents.curves = [
      .init(
        label: "\(finding?.ratio?.fixed(2) ?? "…") nearest / second nearest; below 0.33: a copy",
        values: run.perStep { self.finding(question($0, of: run), in: context)?.ratio },
        marked: context.frame?.index, most: 1, ends: ("noise", "picture"))
    ]
    contents.facts = [
      "Nearest / second nearest: the distance of the nearest training picture divided by that of the second nearest; below 1/3 counts as a copy (Yoon and others, 2023).",
      "Distance: the root mean square difference of the pixels at 32x32; a mirrored or one-pixel shifted picture counts too.",
    ]
    return contents
  }

  /// States what was found, and since which step it has been true.
  private func sentence(
    _ finding: CopyFinding?, isResult: Bool, of run: Run, _ context: ViewContext
  ) -> String {
    guard let finding, let nearest = finding.nearest.first else {
      return "Which of the pictures that the model was trained on are nearest to this one?"
    }
    let what = isResult ? "This picture" : "This guess"
    let said =
      finding.isCopy
      ? "\(what) is nearly the training picture “\(nearest.name)”: every other picture is more than 3 times as far away."
      : "\(what) resembles these training pictures, but is not a copy of any."
    guard isResult, let step = settled(on: nearest.name, of: run, context) else { return said }
    return step == 0
      ? said + " From the first step on, “\(nearest.name)” is nearest."
      : said + " From step \(step + 1) on, “\(nearest.name)” is nearest."
  }

  /// The step from which on a training picture is nearest to every compared guess; `nil` if it is not nearest to the
  /// last guess.
  private func settled(on name: String, of run: Run, _ context: ViewContext) -> Int? {
    let found = run.frames.elements.compactMap { frame in
      finding(question(frame, of: run), in: context).map { (frame.index, $0.nearest.first?.name) }
    }
    return found.reversed().prefix { $0.1 == name }.last?.0
  }

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    let contents = contents(in: context)
    let drawing = ViewDrawing(context)
    // The number of lines is always the same, so the pictures keep their places.
    let said = 2
    let below = min(8, canvas.height / 3)
    let middle = Rect(
      x: canvas.x, y: canvas.y + said, width: canvas.width, height: canvas.height - said - below)
    guard let row = contents.rows.first, row.count == Self.neighbours + 1, middle.height >= 14,
      middle.width >= 60
    else {
      drawing.draw(contents, in: canvas, &buffer)
      return
    }
    drawing.draw(
      ViewContents(contents.sentence),
      in: Rect(x: canvas.x, y: canvas.y, width: canvas.width, height: middle.height + said),
      &buffer)
    // The picture is as large as two rows of training pictures.
    let half = middle.width / 2
    var left = ViewContents("")
    left.rows = [[row[0]]]
    drawing.draw(
      left, in: Rect(x: middle.x, y: middle.y, width: half, height: middle.height), &buffer)
    var right = ViewContents("")
    right.rows = [Array(row[1...2]), Array(row[3...4])]
    drawing.draw(
      right,
      in: Rect(
        x: middle.x + half, y: middle.y, width: middle.width - half, height: middle.height),
      &buffer)
    var foot = ViewContents("")
    (foot.curves, foot.facts) = (contents.curves, contents.facts)
    drawing.draw(
      foot, in: Rect(x: middle.x, y: middle.maxY, width: middle.width, height: below), &buffer)
  }

  func note(in context: ViewContext) -> String {
    guard let finding = finding(shown(in: context), in: context) else { return "" }
    let names = finding.nearest.map { "\($0.name) \($0.distance.fixed(3))" }
    return "nearest " + names.joined(separator: ", ")
  }
}

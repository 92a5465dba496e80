import Cells
import Diffusion
import Pictures
import Recipes

/// The noise levels of a run's steps under each schedule.
public struct SchedulesFinding: Sendable, Hashable {
  /// The logarithm of the signal-to-noise ratio before each step, `ln(α² / σ²)`, by schedule; schedules that the model
  /// lacks are missing.
  public var levels: [Spacing: [Double]]

  /// The levels of these schedules.
  public init(levels: [Spacing: [Double]]) { self.levels = levels }
}

/// A run made only for comparison, with the steps done so far.
public struct OtherRunFinding: Sendable, Hashable {
  /// `x_0` of each finished step.
  public var pictures: [Picture] = []
  /// The number of steps in the run.
  public var steps: Int

  /// A run of this many steps, before the first.
  public init(steps: Int) { self.steps = steps }

  var isWhole: Bool { pictures.count == steps }
}

/// Shows the noise level of each step, and what another schedule or sampler makes of the same seed.
struct ScheduleView: View {
  static let id = "schedule"
  /// The range of noise levels drawn, as the logarithm of the signal-to-noise ratio.
  private static let range = -10.0...10.0

  /// What differs from the shown run.
  enum Side: Sendable, Hashable { case schedule, sampler }
  var side = Side.schedule
  /// The alternative to compare with the run's own; chosen when the view opens.
  var spacing: Spacing
  var sampler: SamplerKind

  init(opening context: ViewContext) {
    let settings = context.shown?.recipe.sampling ?? SamplingSettings()
    spacing = settings.spacing == .trailing ? .even : .trailing
    sampler = settings.sampler == .eulerAncestral ? .ddim : .eulerAncestral
  }

  /// The shown run's settings, without changes made during the run.
  private func own(in context: ViewContext) -> Recipe? {
    context.shown.map { run in
      var recipe = run.recipe
      recipe.changes = []
      return recipe
    }
  }

  private func other(in context: ViewContext) -> Recipe? {
    own(in: context).map { recipe in
      var recipe = recipe
      switch side {
      case .schedule: recipe.sampling.spacing = spacing
      case .sampler: recipe.sampling.sampler = sampler
      }
      return recipe
    }
  }

  func questions(in context: ViewContext) -> [Study] {
    guard let own = own(in: context), let other = other(in: context) else { return [] }
    return [.schedules(own)] + (other.sampling == own.sampling ? [] : [.otherRun(other)])
  }

  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? {
    switch key {
    case .down, .character("j"): turn(by: 1)
    case .up, .character("k"): turn(by: -1)
    case .character("a"): side = side == .schedule ? .sampler : .schedule
    default: return nil
    }
    return .stays
  }

  private mutating func turn(by places: Int) {
    switch side {
    case .schedule: spacing = spacing.turned(by: places)
    case .sampler: sampler = sampler.turned(by: places)
    }
  }

  func hints(in context: ViewContext) -> [Hint] {
    let (this, that) = side == .schedule ? ("schedule", "samplers") : ("sampler", "schedules")
    return [("↑ ↓", "another \(this)"), ("← →", "both runs"), ("a", "compare \(that)")]
  }

  // MARK: What is shown

  func contents(in context: ViewContext) -> ViewContents {
    guard let run = context.shown, let frame = context.frame, let own = own(in: context),
      let other = other(in: context)
    else { return ViewContents("Run a prompt first.") }
    var contents = ViewContents(sentence(on: other, in: context))
    var finding: OtherRunFinding?
    if case .otherRun(let found) = context.findings[.otherRun(other)] { finding = found }
    let isSame = other.sampling == own.sampling
    let place = ViewContext.linked(
      frame.index, of: run.steps, to: max(1, finding?.steps ?? run.steps))
    let picture = finding.flatMap {
      $0.pictures.indices.contains(place) ? $0.pictures[place] : $0.pictures.last
    }
    contents.rows = [
      [
        .init(
          picture: frame.denoised, caption: "this run", symbol: name(own),
          detail: "step \(frame.index + 1) of \(frame.count)"),
        .init(
          picture: isSame ? frame.denoised : picture,
          caption: isSame ? "the same" : "the other", symbol: name(other),
          detail: apart(frame.denoised, picture), isChosen: true),
      ]
    ]
    return contents
  }

  private func name(_ recipe: Recipe) -> String {
    side == .schedule ? recipe.sampling.spacing.rawValue : recipe.sampling.sampler.rawValue
  }

  private func apart(_ own: Picture?, _ other: Picture?) -> String {
    own.flatMap { own in other.flatMap { own.distance(to: $0) } }
      .map { "\((100 * $0).fixed(1))% apart" } ?? ""
  }

  private func sentence(on other: Recipe, in context: ViewContext) -> String {
    switch side {
    case .schedule:
      return
        "Each mark is a step, from nearly pure noise on the left to nearly the picture on the right. "
        + "The schedule sets its noise level."
        + (context.model?.noteOnNoise.map { " \($0)" } ?? "")
    case .sampler:
      let kind = other.sampling.sampler
      return
        "The same noise levels, but another way to compute each step. \(kind.rawValue) "
        + (kind.isStochastic ? "adds fresh noise at each step." : "adds no noise during the run.")
    }
  }

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    let contents = contents(in: context)
    guard side == .schedule, let own = own(in: context), canvas.height >= 8,
      case .schedules(let finding) = context.findings[.schedules(own)]
    else {
      ViewDrawing(context).draw(contents, in: canvas, &buffer)
      return
    }
    let all = Spacing.allCases
    let rows = min(all.count, max(3, canvas.height / 3))
    let strip = Rect(
      x: canvas.x + 1, y: canvas.maxY - rows - 1, width: canvas.width - 2, height: rows + 1)
    let upper = Rect(
      x: canvas.x, y: canvas.y, width: canvas.width, height: canvas.height - rows - 1)
    ViewDrawing(context).draw(contents, in: upper, &buffer)
    let chosen = all.firstIndex(of: spacing) ?? 0
    let first = max(0, min(chosen - rows / 2, all.count - rows))
    for (row, kind) in all[first..<first + rows].enumerated() {
      draw(
        kind, levels: finding.levels[kind], isOwn: kind == own.sampling.spacing,
        step: context.frame?.index,
        in: Rect(x: strip.x, y: strip.y + row, width: strip.width, height: 1), context.painter,
        &buffer)
    }
    drawAxis(
      in: Rect(x: strip.x, y: strip.maxY - 1, width: strip.width, height: 1), context, &buffer)
  }

  /// The width of a schedule's name, in columns.
  private static let names = 14

  private func draw(
    _ kind: Spacing, levels: [Double]?, isOwn: Bool, step: Int?, in row: Rect, _ painter: Painter,
    _ buffer: inout CellBuffer
  ) {
    let theme = painter.theme
    let isChosen = kind == spacing
    let style = isChosen ? painter.text(theme.accent, .bold) : painter.text(theme.dim)
    let mark = isChosen ? "▸" : isOwn ? "●" : " "
    buffer.print("\(mark) \(kind.rawValue)", x: row.x, y: row.y, style, in: row)
    let line = Rect(
      x: row.x + Self.names, y: row.y, width: row.width - Self.names, height: 1)
    guard let levels else {
      buffer.print(
        "not available for this model", x: line.x, y: line.y, painter.text(theme.line), in: line)
      return
    }
    for x in line.x..<line.maxX { buffer[x, line.y] = Cell("─", painter.text(theme.line)) }
    let color = isChosen ? theme.accent : isOwn ? theme.done : theme.dim
    for (index, level) in levels.enumerated() {
      let isHere = isOwn && index == step
      let glyph: Character = isHere ? "●" : "┃"
      buffer[column(of: level, in: line), line.y] = Cell(
        glyph, painter.text(isHere ? theme.ink : color, isHere ? .bold : []))
    }
  }

  private func column(of level: Double, in line: Rect) -> Int {
    let (least, most) = (Self.range.lowerBound, Self.range.upperBound)
    let share = (max(least, min(most, level)) - least) / (most - least)
    return line.x + min(line.width - 1, max(0, Int(share * Double(line.width))))
  }

  private func drawAxis(in row: Rect, _ context: ViewContext, _ buffer: inout CellBuffer) {
    let style = context.painter.text(context.painter.theme.line)
    let line = Rect(x: row.x + Self.names, y: row.y, width: row.width - Self.names, height: 1)
    buffer.print("noise", x: line.x, y: row.y, style, in: line)
    let label = "log signal-to-noise, −10 … 10"
    if line.width > label.count + 18 {
      buffer.print(label, x: line.x + (line.width - label.count) / 2, y: row.y, style, in: line)
    }
    buffer.print("picture", x: line.maxX - 7, y: row.y, style, in: line)
  }

  // MARK: Saving

  func note(in context: ViewContext) -> String {
    side == .schedule ? "schedule \(spacing.rawValue)" : "sampler \(sampler.rawValue)"
  }

  mutating func restore(_ note: String) {
    if note.hasPrefix("schedule "), let found = Spacing(rawValue: String(note.dropFirst(9))) {
      (side, spacing) = (.schedule, found)
    } else if note.hasPrefix("sampler "),
      let found = SamplerKind(rawValue: String(note.dropFirst(8)))
    {
      (side, sampler) = (.sampler, found)
    }
  }
}

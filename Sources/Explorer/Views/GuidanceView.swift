import Cells
import Diffusion
import Pictures

/// The parts of a guided prediction (Ho & Salimans 2022), as clean samples.
public struct GuidanceFinding: Sendable, Hashable {
  /// The factor by which the shown difference is enlarged.
  public static let gain = 4
  /// The prediction without the prompt.
  public var without: Picture
  /// The prediction with the prompt.
  public var with: Picture
  /// The difference of the two, multiplied by ``gain``, on grey.
  public var difference: Picture
  /// The prediction without the prompt, plus the difference multiplied by the scale.
  public var guided: Picture
  /// The root mean square of the difference.
  public var size: Float
  /// The root mean square of the multiplied difference.
  public var guidedSize: Float

  /// A finding with these pictures and sizes.
  public init(
    without: Picture, with: Picture, difference: Picture, guided: Picture, size: Float,
    guidedSize: Float
  ) {
    (self.without, self.with, self.difference, self.guided) = (without, with, difference, guided)
    (self.size, self.guidedSize) = (size, guidedSize)
  }
}

/// Shows what guidance does at the shown step, at a scale that can be changed.
struct GuidanceView: View {
  static let id = "guidance"
  /// The chosen scale; the run's own if `nil`.
  var scale: Float?

  init(opening context: ViewContext) {}

  /// How much the prompt changes each step.
  private func sizes(_ run: Run) -> [Double?] {
    run.perStep { $0.magnitudes?.guidance.map(Double.init) }
  }

  /// The step at which the prompt changes most; `nil` if it is the one shown or unknown.
  func place(opening context: ViewContext) -> Int? {
    guard let run = context.shown else { return nil }
    let sizes = sizes(run)
    guard let most = sizes.compactMap({ $0 }).filter(\.isFinite).max() else { return nil }
    if let shown = context.frame?.magnitudes?.guidance, Double(shown) >= most { return nil }
    return sizes.firstIndex { $0 == most }
  }

  private func scale(in context: ViewContext) -> Float {
    scale ?? context.frame?.steering.guidance ?? 3
  }

  private func question(in context: ViewContext) -> Study? {
    guard let run = context.shown, let frame = context.frame else { return nil }
    return .guidance(TakenStep(frame, of: run), scale: scale(in: context))
  }

  func questions(in context: ViewContext) -> [Study] { question(in: context).map { [$0] } ?? [] }

  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? {
    let by: Float
    switch key {
    case .up, .character("+"), .character("="), .character("k"): by = 0.5
    case .down, .character("-"), .character("j"): by = -0.5
    default: return nil
    }
    let own = scale(in: context)
    // The field's range, extended if a picture's settings go beyond it.
    scale = max(min(0, own), min(max(100, own), own + by))
    return .stays
  }

  func hints(in context: ViewContext) -> [Hint] {
    let shown = scale(in: context).fixed(1)
    return [("↑ ↓", "guidance ‹\(shown)›"), ("← →", "other steps")]
  }

  func contents(in context: ViewContext) -> ViewContents {
    guard let run = context.shown, let study = question(in: context) else {
      return ViewContents("Run a prompt first.")
    }
    let scale = scale(in: context)
    let shown = scale.fixed(1)
    // A negative prompt replaces the empty prompt.
    let isAway = context.frame?.steering.negativePrompt.isEmpty == false
    let without = isAway ? "with things to leave out" : "without the prompt"
    var contents = ViewContents(
      "The model guesses twice: \(without) and with \(isAway ? "the prompt" : "it"). Guidance multiplies the difference by \(shown)."
    )
    // During a run, the previous finding stays until there is a new one.
    let known = context.findings.newest {
      guard case .guidance(let step, scale) = $0 else { return false }
      return step.run == run.id
    }
    var finding: GuidanceFinding?
    if case .guidance(let parts) = context.findings[study] {
      finding = parts
    } else if case .guidance(let parts) = known?.finding, case .guidance(let step, _) = known?.study
    {
      finding = parts
      contents.sentence += " Step \(step.step + 1) is shown."
    }
    contents.facts = facts(run, context)
    func size(_ value: Float?) -> String {
      value.map { "size \($0.fixed(3))" } ?? ""
    }
    contents.rows = [
      [
        .init(picture: finding?.without, caption: without, brief: "without"),
        .init(
          picture: finding?.with, caption: isAway ? "with the prompt" : "with it", brief: "with"),
        .init(
          picture: finding?.difference, caption: "the difference, shown ×\(GuidanceFinding.gain)",
          brief: "diff. shown ×\(GuidanceFinding.gain)", detail: size(finding?.size)),
        .init(
          picture: finding?.guided, caption: "guidance \(shown)", brief: "guided",
          detail: size(finding?.guidedSize), isChosen: true),
      ]
    ]
    let sizes = sizes(run)
    // A run without guidance has no second guess to compare with.
    guard run.recipe.sampling.guidance.scale != 1 || sizes.contains(where: { $0 != nil }) else {
      return contents
    }
    contents.curves = [
      .init(
        label: "how much the prompt changes x0 at each step", values: sizes,
        marked: context.frame?.index, ends: ("noise", "picture"))
    ]
    return contents
  }

  /// The text below the pictures; a low canvas has room only for the essential part.
  private func facts(_ run: Run, _ context: ViewContext) -> [String] {
    if run.recipe.steering(at: context.position).guidance == 1,
      !run.recipe.sampling.sampler.usesUnconditional
    {
      return ["The run's guidance is 1: it guesses only with the prompt, so there is no curve."]
    }
    guard context.canvas.height >= 20 else { return [] }
    let sizes = sizes(run).compactMap { $0 }
    let isMost =
      context.frame?.magnitudes?.guidance.map { Double($0) == sizes.max() } == true
      && sizes.min() != sizes.max()
    return [
      isMost ? "At this step, the prompt changes the guess most." : nil,
      "“shown ×\(GuidanceFinding.gain)” only makes the difference easier to see; the run multiplies it by the guidance scale.",
    ].compactMap { $0 }
  }

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    ViewDrawing(context).drawFilling(contents(in: context), in: canvas, &buffer)
  }

  mutating func restore(_ note: String) {
    scale = note.number(after: "scale").map { Float(max(-100, min(100, $0))) }
  }

  func note(in context: ViewContext) -> String { "scale \(scale(in: context))" }
}

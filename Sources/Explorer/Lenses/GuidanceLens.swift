import Diffusion
import Pictures

/// The parts of a guided prediction (Ho & Salimans 2022), as the clean samples that they stand for.
public struct GuidanceFinding: Sendable, Hashable {
  /// What the network sees without the prompt.
  public var without: Picture
  /// What it sees with it.
  public var with: Picture
  /// With it less without it, on grey.
  public var difference: Picture
  /// Without it and the difference, as many times as the scale says.
  public var guided: Picture
  /// The root mean square of the difference.
  public var size: Float
  /// The root mean square of what it was made into.
  public var guidedSize: Float

  /// Parts of these pictures and sizes.
  public init(
    without: Picture, with: Picture, difference: Picture, guided: Picture, size: Float,
    guidedSize: Float
  ) {
    (self.without, self.with, self.difference, self.guided) = (without, with, difference, guided)
    (self.size, self.guidedSize) = (size, guidedSize)
  }
}

/// What guidance does at the step shown, at a scale that can be moved.
struct GuidanceLens: Lens {
  static let id = "guidance"
  /// The scale looked at; the run's own where `nil`.
  var scale: Float?

  init(opening explorer: Explorer) {}

  private func scale(in explorer: Explorer) -> Float {
    scale ?? explorer.frame?.steering.guidance ?? 3
  }

  private func question(in explorer: Explorer) -> Study? {
    guard let run = explorer.shown, let frame = explorer.frame else { return nil }
    return .guidance(TakenStep(frame, of: run), scale: scale(in: explorer))
  }

  func questions(in explorer: Explorer) -> [Study] { question(in: explorer).map { [$0] } ?? [] }

  mutating func press(_ key: ExplorerKey, in explorer: inout Explorer) -> [Effect]? {
    let by: Float
    switch key {
    case .up, .character("+"), .character("="), .character("k"): by = 0.5
    case .down, .character("-"), .character("j"): by = -0.5
    default: return nil
    }
    let own = scale(in: explorer)
    // As far as the field goes, and not further from it where a picture's settings go beyond.
    scale = max(min(0, own), min(max(100, own), own + by))
    return []
  }

  func hints(in explorer: Explorer) -> [Hint] {
    let shown = Explorer.fixed(Double(scale(in: explorer)), 1)
    return [("↑ ↓", "guidance ‹\(shown)›"), ("← →", "other steps")]
  }

  func contents(in explorer: Explorer) -> LensContents {
    guard let run = explorer.shown, let study = question(in: explorer) else {
      return LensContents("Run a prompt first.")
    }
    let scale = scale(in: explorer)
    let shown = Explorer.fixed(Double(scale), 1)
    // A negative prompt takes the place of no prompt.
    let isAway = explorer.frame?.steering.negativePrompt.isEmpty == false
    let without = isAway ? "with things to leave out" : "without the prompt"
    var contents = LensContents(
      "The model guesses twice: \(without) and with \(isAway ? "the prompt" : "it"). Guidance multiplies the difference by \(shown)."
    )
    // While a run goes on, what was found last stays until there is more.
    let known = explorer.findings.newest {
      guard case .guidance(let step, scale) = $0 else { return false }
      return step.run == run.id
    }
    var finding: GuidanceFinding?
    if case .guidance(let parts) = explorer.findings[study] {
      finding = parts
    } else if case .guidance(let parts) = known?.finding, case .guidance(let step, _) = known?.study
    {
      finding = parts
      contents.sentence += " Shown is step \(step.step + 1)."
    }
    if run.recipe.steering(at: explorer.position).guidance == 1 {
      contents.facts = [
        "The run's guidance is 1: it guesses only with the prompt, so there is no curve."
      ]
    }
    func size(_ value: Float?) -> String {
      value.map { "size \(Explorer.fixed(Double($0), 3))" } ?? ""
    }
    contents.rows = [
      [
        .init(picture: finding?.without, caption: without, brief: "without"),
        .init(
          picture: finding?.with, caption: isAway ? "with the prompt" : "with it", brief: "with"),
        .init(
          picture: finding?.difference, caption: "the difference", brief: "the gap", symbol: "×4",
          detail: size(finding?.size)),
        .init(
          picture: finding?.guided, caption: "guided", symbol: "×\(shown)",
          detail: size(finding?.guidedSize), isChosen: true),
      ]
    ]
    contents.curves = [
      .init(
        label: "how much the prompt changes x0 at each step",
        values: explorer.perStep(run) { $0.magnitudes?.guidance.map(Double.init) },
        marked: explorer.frame?.index, ends: ("noise", "picture"))
    ]
    return contents
  }

  mutating func restore(_ note: String, in explorer: inout Explorer) {
    scale = note.number(after: "scale").map { Float(max(-100, min(100, $0))) }
  }

  func note(in explorer: Explorer) -> String { "scale \(scale(in: explorer))" }
}

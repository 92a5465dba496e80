import Cells
import Diffusion
import Pictures

/// A picture to add noise to.
public enum BenchPicture: Sendable, Hashable {
  /// A built-in picture, by its index.
  case example(Int)
  /// The result of a run.
  case result(run: Int)
  /// A picture in a file.
  case file(String)
}

/// A picture and a noise level, from which the model removes the noise.
public struct NoiseQuestion: Sendable, Hashable {
  /// The picture.
  public var picture: BenchPicture
  /// How much noise, out of ``levels``: 0 is none, ``levels`` is pure noise.
  public var level: Int
  /// Levels of the slider.
  public static let levels = 40

  /// A noise level for a picture.
  public init(_ picture: BenchPicture, level: Int) { (self.picture, self.level) = (picture, level) }
}

/// The model's result for a noisy picture.
public struct NoiseFinding: Sendable, Hashable {
  /// The picture's name.
  public var name: String
  /// The picture's author and licence.
  public var credit: String
  /// The picture.
  public var truth: Picture
  /// The picture with noise.
  public var noisy: Picture
  /// The model's guess in one evaluation.
  public var oneLook: Picture?
  /// The result of denoising it in steps.
  public var inSteps: Picture?
  /// The root mean square error of the single guess, where -1 is black and 1 is white.
  public var oneLookError: Double?
  /// The root mean square error of the steps.
  public var inStepsError: Double?
  /// The share of noise, 0 to 1.
  public var share: Float
  /// The noise level.
  public var sigma: Float
  /// Steps taken.
  public var steps: Int

  /// A noisy picture without a result yet.
  public init(
    name: String, credit: String, truth: Picture, noisy: Picture, share: Float, sigma: Float,
    steps: Int
  ) {
    (self.name, self.credit, self.truth, self.noisy) = (name, credit, truth, noisy)
    (self.share, self.sigma, self.steps) = (share, sigma, steps)
  }

  var isWhole: Bool { inSteps != nil }
}

/// The error of a single guess at each noise level.
public struct NoiseCurve: Sendable, Hashable {
  /// Root mean square errors, from no noise to pure noise; incomplete while they are being measured.
  public var points: [Double]
  /// The total number of points.
  public static let count = 21

  /// The measured part of a curve.
  public init(_ points: [Double]) { self.points = points }

  var isWhole: Bool { points.count == Self.count }
}

/// Adds noise to a picture and lets the model remove it.
struct NoiseView: View {
  static let id = "noise-bench"
  var picture = BenchPicture.example(0)
  var level = 12
  /// The last file that was used; it stays among the pictures.
  private var file: BenchPicture?
  /// The newest run at the time the view was opened.
  private var openedOn: Int?
  /// The number of built-in pictures.
  static let examples = 12

  init(opening context: ViewContext) { openedOn = context.runs.activeID }

  init(level: Int, picture: Int = 0) { (self.level, self.picture) = (level, .example(picture)) }

  private var question: NoiseQuestion { NoiseQuestion(picture, level: level) }

  var followsRuns: Bool { false }

  func questions(in context: ViewContext) -> [Study] {
    // A run's result is known only at its end.
    if case .result(let run) = picture, context.runs[run]?.status != .finished { return [] }
    return [.noise(question), .noiseCurve(picture)]
  }

  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? {
    switch key {
    case .right, .character("l"): level = min(NoiseQuestion.levels, level + 1)
    case .left, .character("h"): level = max(0, level - 1)
    case .home: level = 0
    case .end: level = NoiseQuestion.levels
    case .character(let digit) where digit.isASCII && digit.isNumber:
      level = (digit.wholeNumberValue ?? 0) * NoiseQuestion.levels / 10
    case .character("o"):
      return .choosesPicture
    case .up, .character("k"): turn(by: 1, context)
    case .down, .character("j"): turn(by: -1, context)
    default: return nil
    }
    return .stays
  }

  /// Steps through the built-in pictures and the result shown.
  private mutating func turn(by: Int, _ context: ViewContext) {
    let result = context.shown.flatMap { run in
      run.frames.last?.finished == nil ? nil : BenchPicture.result(run: run.id)
    }
    if case .file = picture { file = picture }
    let all =
      (0..<Self.examples).map { BenchPicture.example($0) } + [result, file].compactMap { $0 }
    let index = all.firstIndex(of: picture) ?? 0
    picture = all[(index + by + all.count) % all.count]
  }

  func hints(in context: ViewContext) -> [Hint] {
    [("← →", "noise"), ("↑ ↓", "picture"), ("o", "a file"), ("0 … 9", "tenths")]
  }

  func contents(in context: ViewContext) -> ViewContents {
    if case .result(let run) = picture, context.runs[run]?.status != .finished {
      let isComing = context.runs[run]?.isOpen == true
      return ViewContents(
        isComing
          ? "This needs the run's final picture, which is not finished yet."
          : "That run was not completed. ↑ ↓ choose another picture."
      )
    }
    var contents = ViewContents("")
    var finding: NoiseFinding?
    if case .noise(let found) = context.findings[.noise(question)] { finding = found }
    let share = finding.map(percent)
    contents.sentence =
      finding.map(sentence)
      ?? "Noise is added to a picture, and the model removes it."
    if !isLow(context), let note = context.model?.noteOnNoise { contents.sentence += " \(note)" }
    func error(_ value: Double?) -> String { value.map { "error \($0.fixed(3))" } ?? "" }
    contents.rows = [
      [
        .init(
          picture: finding?.truth, caption: finding?.name ?? "the picture",
          detail: isLow(context) ? finding?.credit ?? "" : "", canBeCut: true),
        .init(
          picture: finding?.noisy, caption: "with noise", brief: "noisy",
          symbol: share.map { "\($0)%" } ?? "",
          detail: finding.map { "σ \($0.sigma.fixed(2))" } ?? ""),
        .init(
          picture: finding?.oneLook, caption: "one guess", brief: "guess",
          detail: error(finding?.oneLookError)),
        .init(
          picture: finding?.inSteps, caption: "in steps",
          symbol: finding.map { "\($0.steps)" } ?? "", detail: error(finding?.inStepsError)),
      ]
    ]
    var points: [Double] = []
    if case .noiseCurve(let curve) = context.findings[.noiseCurve(picture)] {
      points = curve.points
    }
    contents.curves = [
      .init(
        label: "error of one guess",
        values: (0..<NoiseCurve.count).map { points.indices.contains($0) ? points[$0] : nil },
        marked: level * (NoiseCurve.count - 1) / NoiseQuestion.levels,
        ends: ("no noise", "pure noise"))
    ]
    if let finding { contents.facts = facts(finding, context) }
    return contents
  }

  /// Whether there is room for only one line below the pictures.
  private func isLow(_ context: ViewContext) -> Bool { context.canvas.height < 20 }

  /// The percentage of noise: 100% only if nothing of the picture is left, 0% only if there is no noise.
  private func percent(_ finding: NoiseFinding) -> Int {
    switch level {
    case 0: 0
    case NoiseQuestion.levels: 100
    default: max(1, min(99, Int((finding.share * 100).rounded())))
    }
  }

  /// Explains the errors, and why the better-looking picture may have the larger one.
  private func facts(_ finding: NoiseFinding, _ context: ViewContext) -> [String] {
    let isLarger =
      finding.oneLookError.flatMap { one in finding.inStepsError.map { $0 > one } } ?? false
    if isLow(context) {
      return [
        isLarger
          ? "Error (RMS): 0 is perfect. A blur is never far off; sharp mistakes are."
          : "Error: root mean square difference from the true picture; 0 is perfect."
      ]
    }
    return [
      "Error is the root mean square difference from the true picture: 0 is perfect. "
        + "One guess is a blur of everything that the noise may hide, so it is never far off; "
        + "steps settle on one sharp picture, so their mistakes count more.",
      finding.credit,
    ]
  }

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    ViewDrawing(context).drawFilling(contents(in: context), in: canvas, &buffer)
  }

  /// Describes the result at a level: cleaning, guessing, inventing.
  private func sentence(_ finding: NoiseFinding) -> String {
    if level == NoiseQuestion.levels {
      return "Nothing of the picture is left: the model invents whatever it finds now."
    }
    return switch finding.share {
    case ..<0.03: "No noise yet: → adds some."
    case ..<0.35: "A little noise: the model removes it and loses little."
    case ..<0.6: "More noise: the model finds large shapes and invents small ones."
    case ..<0.9: "Mostly noise: the model hardly sees the picture and starts to invent one."
    default: "Hardly anything is left: the model finds rough shapes and invents the rest."
    }
  }

  mutating func restore(_ note: String) {
    level = max(0, min(NoiseQuestion.levels, note.integer(after: "level") ?? 12))
    if let found = note.range(of: ", file ") {
      picture = .file(String(note[found.upperBound...]))
    } else if let index = note.integer(after: "example"),
      (0..<Self.examples).contains(index)
    {
      picture = .example(index)
    } else if note.hasSuffix(", result"), let openedOn {
      picture = .result(run: openedOn)
    }
  }

  func note(in context: ViewContext) -> String {
    let name =
      switch picture {
      case .example(let index): "example \(index)"
      case .result: "result"
      case .file(let path): "file \(path)"
      }
    // The level comes first, because a path may contain anything.
    return "level \(level) of \(NoiseQuestion.levels), \(name)"
  }
}

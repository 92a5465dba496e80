import Cells
import Diffusion
import Pictures

/// A picture that noise is added to.
public enum BenchPicture: Sendable, Hashable {
  /// One of those that are built in, by its number.
  case example(Int)
  /// What a run came to.
  case result(run: Int)
  /// One in a file.
  case file(String)
}

/// What the model finds behind noise that was added to a picture.
public struct NoiseQuestion: Sendable, Hashable {
  /// The picture.
  public var picture: BenchPicture
  /// How much noise, in steps of ``levels``: 0 is none, ``levels`` nothing but noise.
  public var level: Int
  /// Levels of the slider.
  public static let levels = 40

  /// A level of noise on a picture.
  public init(_ picture: BenchPicture, level: Int) { (self.picture, self.level) = (picture, level) }
}

/// What was found behind the noise.
public struct NoiseFinding: Sendable, Hashable {
  /// What the picture is called.
  public var name: String
  /// Who made it, and under which licence.
  public var credit: String
  /// The picture.
  public var truth: Picture
  /// The picture with noise.
  public var noisy: Picture
  /// What the model finds in one guess.
  public var oneLook: Picture?
  /// What it comes to in steps from there.
  public var inSteps: Picture?
  /// The root mean square error of one guess, -1 being black and 1 white.
  public var oneLookError: Double?
  /// The root mean square error of the steps.
  public var inStepsError: Double?
  /// The share of noise, 0 to 1.
  public var share: Float
  /// The noise level.
  public var sigma: Float
  /// Steps taken.
  public var steps: Int

  /// A noisy picture, of which nothing is found yet.
  public init(
    name: String, credit: String, truth: Picture, noisy: Picture, share: Float, sigma: Float,
    steps: Int
  ) {
    (self.name, self.credit, self.truth, self.noisy) = (name, credit, truth, noisy)
    (self.share, self.sigma, self.steps) = (share, sigma, steps)
  }

  var isWhole: Bool { inSteps != nil }
}

/// The error of one guess at each level of noise.
public struct NoiseCurve: Sendable, Hashable {
  /// Root mean square errors, from no noise to nothing but noise; fewer while it is being measured.
  public var points: [Double]
  /// Points there will be.
  public static let count = 21

  /// What there is of a curve.
  public init(_ points: [Double]) { self.points = points }

  var isWhole: Bool { points.count == Self.count }
}

/// Noise is added to a picture, and the model takes it off again.
struct NoiseView: View {
  static let id = "noise-bench"
  var picture = BenchPicture.example(0)
  var level = 12
  /// The file that was looked at last, which stays among the pictures.
  private var file: BenchPicture?
  /// The run that was made last when it was opened.
  private var openedOn: Int?
  /// Built-in pictures.
  static let examples = 12

  init(opening context: ViewContext) { openedOn = context.runs.activeID }

  init(level: Int, picture: Int = 0) { (self.level, self.picture) = (level, .example(picture)) }

  private var question: NoiseQuestion { NoiseQuestion(picture, level: level) }

  func questions(in context: ViewContext) -> [Study] {
    // What a run comes to is known at its end.
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

  /// Goes through the built-in pictures and the result that is shown.
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
          ? "This needs the run's final picture, which is not there yet."
          : "That run was not finished. ↑ ↓ choose another picture."
      )
    }
    var contents = ViewContents("")
    var finding: NoiseFinding?
    if case .noise(let found) = context.findings[.noise(question)] { finding = found }
    let share = finding.map(percent)
    contents.sentence =
      finding.map(sentence)
      ?? "Noise is added to a picture, and the model removes it."
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

  /// Whether there is room for one line below the pictures and no more.
  private func isLow(_ context: ViewContext) -> Bool { context.canvas.height < 20 }

  /// How much of it is noise: all of it only where nothing of the picture is left, nothing only where all of it is.
  private func percent(_ finding: NoiseFinding) -> Int {
    switch level {
    case 0: 0
    case NoiseQuestion.levels: 100
    default: max(1, min(99, Int((finding.share * 100).rounded())))
    }
  }

  /// What the errors are, and why the better picture may have the larger one.
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
        + "One guess is a blur of all that may be behind the noise, which is never far off; "
        + "steps settle on one sharp picture, and what they got wrong counts more.",
      finding.credit,
    ]
  }

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    ViewBands(context).draw(contents(in: context), in: canvas, &buffer)
  }

  /// What one sees at a level: cleaning, guessing, inventing.
  private func sentence(_ finding: NoiseFinding) -> String {
    if level == NoiseQuestion.levels {
      return "Nothing of the picture is left: whatever the model finds now, it invents."
    }
    return switch finding.share {
    case ..<0.03: "No noise yet: → adds some."
    case ..<0.35: "A little noise: the model removes it, and little is lost."
    case ..<0.6: "More noise: large shapes are found, small ones are invented."
    case ..<0.9: "Mostly noise: the model hardly sees the picture and starts to invent one."
    default: "Hardly anything is left: it finds rough shapes and invents the rest."
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
    // The level comes first: a path may say anything.
    return "level \(level) of \(NoiseQuestion.levels), \(name)"
  }
}

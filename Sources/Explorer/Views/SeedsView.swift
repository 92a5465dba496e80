import Diffusion
import Pictures
import Recipes

/// The same prompt from several seeds.
public struct SeedsQuestion: Sendable, Hashable {
  /// The settings of the runs, apart from the seed.
  public var recipe: Recipe
  /// The seeds.
  public var seeds: [UInt64]

  /// Runs of these settings with these seeds.
  public init(_ recipe: Recipe, seeds: [UInt64]) { (self.recipe, self.seeds) = (recipe, seeds) }
}

/// Runs with several seeds, with the steps done so far.
public struct SeedsFinding: Sendable, Hashable {
  /// `x_0` of each finished step, for each seed.
  public var rows: [[Picture]]
  /// For each seed, the name of the training picture nearest to its `x_0` at each step; empty if the model's training
  /// pictures are unknown.
  public var names: [[String]]
  /// The mean distance between the things in the seeds' `x_0`, over all pairs, at each step that all seeds have: 0 for
  /// the same thing regardless of its position, at most 2.
  public var spread: [Double]
  /// The number of steps in each run.
  public var steps: Int

  /// This many runs, before the first step.
  public init(runs: Int, steps: Int) {
    rows = Array(repeating: [], count: runs)
    names = Array(repeating: [], count: runs)
    (spread, self.steps) = ([], steps)
  }

  var isWhole: Bool { rows.allSatisfy { $0.count == steps } }
}

/// A sheet of seeds that are scrubbed together; the user can pick one.
struct SeedsView: View {
  static let id = "seeds"
  /// The number of seeds.
  static let count = 12
  /// The index of the selected picture.
  var picked = 0

  init(opening context: ViewContext) {}

  private func question(in context: ViewContext) -> SeedsQuestion? {
    context.shown.map { context.seedsQuestion($0.recipe, count: Self.count) }
  }

  func questions(in context: ViewContext) -> [Study] {
    question(in: context).map { [.seeds($0)] } ?? []
  }

  mutating func press(_ key: ExplorerKey, in context: ViewContext) -> ViewAnswer? {
    switch key {
    case .down, .character("j"): picked = (picked + 1) % Self.count
    case .up, .character("k"): picked = (picked + Self.count - 1) % Self.count
    default: return nil
    }
    return .stays
  }

  func choice(in context: ViewContext) -> ViewAnswer? {
    question(in: context).map { .seed($0.seeds[picked]) }
  }

  func hints(in context: ViewContext) -> [Hint] {
    [("← →", "all seeds"), ("↑ ↓", "pick"), ("enter", "open it")]
  }

  func contents(in context: ViewContext) -> ViewContents {
    guard let question = question(in: context) else {
      return ViewContents("Run a prompt first.")
    }
    var contents = ViewContents(
      "One prompt, \(Self.count) seeds: “\(question.recipe.prompt)”. Different noise, different picture."
    )
    var finding: SeedsFinding?
    if case .seeds(let found) = context.findings[.seeds(question)] { finding = found }
    let panels = question.seeds.enumerated().map { index, seed in
      let row = finding?.rows[index] ?? []
      return ViewContents.Panel(
        picture: context.picture(ofSeed: row), caption: "\(seed)", isChosen: index == picked)
    }
    let across = context.columns >= 70 ? 6 : 4
    contents.rows = stride(from: 0, to: panels.count, by: across).map {
      Array(panels[$0..<min(panels.count, $0 + across)])
    }
    return contents
  }

  mutating func restore(_ note: String) {
    picked = max(0, min(Self.count - 1, note.integer(after: "picked") ?? 0))
  }

  func note(in context: ViewContext) -> String {
    question(in: context).map {
      "picked \(picked), seeds \($0.seeds.map(String.init).joined(separator: " "))"
    } ?? ""
  }
}

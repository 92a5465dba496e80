import Diffusion
import Pictures

/// The same prompt from several seeds.
public struct SeedsQuestion: Sendable, Hashable {
  /// What is run, but for its seed.
  public var recipe: Recipe
  /// The seeds.
  public var seeds: [UInt64]

  /// Runs of a recipe with these seeds.
  public init(_ recipe: Recipe, seeds: [UInt64]) { (self.recipe, self.seeds) = (recipe, seeds) }
}

/// Runs from several seeds, as far as they are.
public struct SeedsFinding: Sendable, Hashable {
  /// For each seed `x_0` of each step that is done.
  public var rows: [[Picture]]
  /// The mean distance of the seeds' `x_0` from each other at each step that all of them have: the root mean square
  /// difference of two samples, averaged over all pairs.
  public var spread: [Double]
  /// Steps of each run.
  public var steps: Int

  /// Nothing yet of so many runs.
  public init(runs: Int, steps: Int) {
    (rows, spread, self.steps) = (Array(repeating: [], count: runs), [], steps)
  }

  var isWhole: Bool { rows.allSatisfy { $0.count == steps } }
}

/// A sheet of seeds that are scrubbed together; one can be picked.
struct SeedsLens: Lens {
  static let id = "seeds"
  /// The seeds' number.
  static let count = 12
  /// The one picked, of the sheet.
  var picked = 0

  init(opening explorer: Explorer) {}

  private func question(in explorer: Explorer) -> SeedsQuestion? {
    explorer.shown.map { explorer.seedsQuestion($0.recipe, count: Self.count) }
  }

  func questions(in explorer: Explorer) -> [Study] {
    question(in: explorer).map { [.seeds($0)] } ?? []
  }

  mutating func press(_ key: ExplorerKey, in explorer: inout Explorer) -> [Effect]? {
    switch key {
    case .down, .character("j"): picked = (picked + 1) % Self.count
    case .up, .character("k"): picked = (picked + Self.count - 1) % Self.count
    default: return nil
    }
    return []
  }

  func choice(in explorer: Explorer) -> LensChoice? {
    question(in: explorer).map { .seed($0.seeds[picked]) }
  }

  func hints(in explorer: Explorer) -> [Hint] {
    [("← →", "all seeds"), ("↑ ↓", "pick"), ("enter", "open it")]
  }

  func contents(in explorer: Explorer) -> LensContents {
    guard let question = question(in: explorer) else {
      return LensContents("Run a prompt first.")
    }
    var contents = LensContents(
      "One prompt, \(Self.count) seeds: “\(question.recipe.prompt)”. Different noise, different picture."
    )
    var finding: SeedsFinding?
    if case .seeds(let found) = explorer.findings[.seeds(question)] { finding = found }
    let panels = question.seeds.enumerated().map { index, seed in
      let row = finding?.rows[index] ?? []
      return LensContents.Panel(
        picture: explorer.picture(ofSeed: row), caption: "\(seed)", isChosen: index == picked)
    }
    let across = explorer.columns >= 70 ? 6 : 4
    contents.rows = stride(from: 0, to: panels.count, by: across).map {
      Array(panels[$0..<min(panels.count, $0 + across)])
    }
    return contents
  }

  mutating func restore(_ note: String, in explorer: inout Explorer) {
    picked = max(0, min(Self.count - 1, note.integer(after: "picked") ?? 0))
  }

  func note(in explorer: Explorer) -> String {
    question(in: explorer).map {
      "picked \(picked), seeds \($0.seeds.map(String.init).joined(separator: " "))"
    } ?? ""
  }
}

extension Explorer {
  /// A recipe from several seeds, its own the first and those that follow it. What was changed while the run went is
  /// left out: it belongs to that run.
  func seedsQuestion(_ recipe: Recipe, count: Int) -> SeedsQuestion {
    var recipe = recipe
    let seeds = (0..<UInt64(count)).map { recipe.sampling.seed &+ $0 }
    recipe.sampling.seed = 0
    recipe.changes = []
    return SeedsQuestion(recipe, seeds: seeds)
  }

  /// What a seed shows at the place that is scrubbed to.
  func picture(ofSeed row: [Picture]) -> Picture? {
    guard let shown, !shown.isOpen || !isFollowing, position < row.count else { return row.last }
    return row[position]
  }
}

import Cells
import Diffusion
import Pictures
import Recipes

/// What a view knows of the rest of the explorer. It cannot change it.
struct ViewContext: Sendable {
  let runs: Runs
  /// The prompt as it is typed.
  let prompt: TextField
  /// Whether one types in the prompt.
  let isTyping: Bool
  let model: ModelFacts?
  let findings: Findings
  /// The last map that was found.
  let lastPlaces: PlacesFinding?
  let keymap: Keymap
  let mode: ViewMode
  /// Columns of the screen.
  let columns: Int
  /// Where views are drawn.
  let canvas: Rect
  /// Whether a lesson of the tour stands over the canvas.
  let isInTour: Bool
  let painter: Painter

  // MARK: Runs

  var shown: Run? { runs.shown }
  var frame: Frame? { runs.frame }
  var position: Int { runs.position }

  /// The picture of a frame in the mode that is chosen; where the last step is shown, what came of it.
  func picture(_ frame: Frame) -> Picture {
    if mode != .noise, frame.index + 1 == frame.count, runs.showsFinished,
      let finished = frame.finished
    {
      return finished
    }
    return frame.picture(mode)
  }

  /// What another run shows at the same share of its way.
  func frame(of other: Run, linkedTo own: Run) -> Frame? {
    guard let frame else { return nil }
    return other.frame(at: Self.linked(frame.index, of: own.steps, to: other.steps))
  }

  /// The step of another run that is as far on its way.
  static func linked(_ step: Int, of steps: Int, to others: Int) -> Int {
    steps == others ? step : min(others - 1, (step * others + steps / 2) / max(1, steps))
  }

  // MARK: Seeds

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
    guard let shown, !shown.isOpen || !runs.isFollowing, position < row.count else {
      return row.last
    }
    return row[position]
  }
}

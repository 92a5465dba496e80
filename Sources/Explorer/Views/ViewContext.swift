import Cells
import Diffusion
import Pictures
import Recipes

/// What a view knows about the rest of the explorer. It is read-only.
struct ViewContext: Sendable {
  let runs: Runs
  /// The prompt being typed.
  let prompt: TextField
  /// Whether the user is typing in the prompt.
  let isTyping: Bool
  let model: ModelFacts?
  let findings: Findings
  /// The last map found.
  let lastPlaces: PlacesFinding?
  let keymap: Keymap
  let pictureKind: PictureKind
  /// The width of the screen, in columns.
  let columns: Int
  /// Where views are drawn.
  let canvas: Rect
  /// Whether a lesson of the tour is shown above the canvas.
  let isInTour: Bool
  let painter: Painter

  // MARK: Runs

  var shown: Run? { runs.shown }
  var frame: Frame? { runs.frame }
  var position: Int { runs.position }

  /// A frame's picture in the chosen kind; at the last step, the run's result.
  func picture(_ frame: Frame) -> Picture {
    if pictureKind != .noise, frame.index + 1 == frame.count, runs.showsFinished,
      let finished = frame.finished
    {
      return finished
    }
    return frame.picture(pictureKind)
  }

  /// The frame of another run at the same fraction of its steps.
  func frame(of other: Run, linkedTo own: Run) -> Frame? {
    guard let frame else { return nil }
    return other.frame(at: Self.linked(frame.index, of: own.steps, to: other.steps))
  }

  /// The step of another run at the same fraction of its steps.
  static func linked(_ step: Int, of steps: Int, to others: Int) -> Int {
    steps == others ? step : min(others - 1, (step * others + steps / 2) / max(1, steps))
  }

  // MARK: Seeds

  /// The settings with several seeds: its own first, then those that follow it. Changes made during the run are left
  /// out, since they belong to that run.
  func seedsQuestion(_ recipe: Recipe, count: Int) -> SeedsQuestion {
    var recipe = recipe
    let seeds = (0..<UInt64(count)).map { recipe.sampling.seed &+ $0 }
    recipe.sampling.seed = 0
    recipe.changes = []
    return SeedsQuestion(recipe, seeds: seeds)
  }

  /// A seed's picture at the current step.
  func picture(ofSeed row: [Picture]) -> Picture? {
    guard let shown, !shown.isOpen || !runs.isFollowing, position < row.count else {
      return row.last
    }
    return row[position]
  }
}

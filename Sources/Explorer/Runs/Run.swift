import Cells
import Diffusion
import Pictures
import Recipes

/// A run and its frames so far.
struct Run: Sendable, Hashable {
  enum Status: Sendable, Hashable {
    case running, paused, finished, cancelled, failed
  }

  let id: Int
  /// Its settings; changes made during the run are added when its first frame arrives.
  var recipe: Recipe
  /// The run and the step from which it branched.
  let origin: BranchPoint?
  /// The number of the loaded model that makes it.
  var load = 0
  var plan: [PlannedLevel] = []
  private(set) var frames = ThinnedLog<Frame>()
  var status = Status.running
  /// The most recently requested steering, which the next step may not use yet.
  var asked: Steering?
  /// The finished fraction of the current step.
  var progress = 0.0
  /// Whether its loss would matter: the user started it, and nothing of it was saved.
  var isUnsaved = true
  /// Whether the user marked it as a favourite.
  var isFavourite = false
  /// The weights being read before it can start.
  var loading: Loading?

  /// The number of steps from noise to picture.
  var steps: Int { recipe.stepsTaken }

  /// The number of places to scrub to: every step so far, and the final picture after the last step.
  var lastPosition: Int {
    guard let last = frames.last else { return 0 }
    return last.finished == nil ? frames.count - 1 : frames.count
  }

  var isOpen: Bool { status == .running || status == .paused }

  /// Whether a place is the finished picture.
  func isFinished(at position: Int) -> Bool {
    position >= frames.count && frames.last?.finished != nil
  }

  /// Whether a step has not started yet. The steering of a step being computed is fixed, even if the run is about to
  /// pause after it.
  var hasStepsToSteer: Bool {
    let isComputing = status == .running || progress > 0
    return frames.count + (isComputing ? 1 : 0) < steps
  }

  /// A value for each step; `nil` for missing steps.
  func perStep(_ value: (Frame) -> Double?) -> [Double?] {
    (0..<steps).map { step in frame(at: step).flatMap { $0.index == step ? value($0) : nil } }
  }

  /// The size of the kept pictures in bytes; pictures of one run may differ in size.
  private(set) var bytes = 0

  /// Copies its first steps from the run that it branches from.
  mutating func begin(with frames: ThinnedLog<Frame>) {
    self.frames = frames
    countBytes()
  }

  /// Drops every other frame that may be dropped; see ``ThinnedLog/thin(sparing:)``.
  mutating func thin(sparing position: Int?) -> Bool {
    defer { countBytes() }
    return frames.thin(sparing: position)
  }

  private mutating func countBytes() { bytes = frames.elements.reduce(0) { $0 + $1.bytes } }

  /// The frame at a place; after the last step, the last frame.
  func frame(at position: Int) -> Frame? { frames.nearest(max(0, position))?.element }

  /// The noise level of a step, planned or computed.
  func level(of step: Int) -> PlannedLevel? {
    if step < plan.count { return plan[step] }
    guard let frame = frames.nearest(step)?.element, frame.index == step else { return nil }
    return PlannedLevel(sigma: frame.sigma, noiseLevel: frame.noiseLevel)
  }

  /// The recipe for the picture that a place shows, without later changes.
  func recipe(upTo position: Int) -> Recipe {
    var recipe = recipe
    recipe.changes.removeAll { $0.step > position }
    return recipe
  }

  /// The steps at which the steering changed, including the one at which the run branched.
  var marks: Set<Int> { Set(recipe.changes.map(\.step) + (origin.map { [$0.step] } ?? [])) }

  /// Adds a frame; a frame out of order is ignored.
  mutating func take(_ frame: Frame) {
    guard frame.index == frames.count else { return }
    // The step's actual steering replaces the planned one.
    recipe.changes.removeAll { $0.step == frame.index }
    let known = recipe.steering(at: frame.index)
    if let change = RecipeChange(step: frame.index, from: known, to: frame.steering) {
      recipe.changes.append(change)
      recipe.changes.sort { $0.step < $1.step }
    }
    frames.append(frame)
    bytes += frame.bytes
    if frame.steering == asked { asked = nil }
    (progress, loading) = (0, nil)
    if frame.finished != nil { status = .finished }
  }
}

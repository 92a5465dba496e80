import Cells
import Diffusion
import Pictures
import Recipes

/// A run and what is there of it.
struct Run: Sendable, Hashable {
  enum Status: Sendable, Hashable {
    case running, paused, finished, cancelled, failed
  }

  let id: Int
  /// How it is made; what was changed while it went is added when its first frame comes.
  var recipe: Recipe
  /// The run and the step that it branched from.
  let origin: BranchPoint?
  /// Which of the models that were loaded one after the other makes it.
  var load = 0
  var plan: [PlannedLevel] = []
  private(set) var frames = ThinnedLog<Frame>()
  var status = Status.running
  /// The steering asked for last, which the next step may not have taken over yet.
  var asked: Steering?
  /// The share of the step being computed that is done.
  var progress = 0.0
  /// Whether something would be lost with it: somebody made it, and nothing of it was saved.
  var isUnsaved = true
  /// Whether the user marked it, to find it again.
  var isFavourite = false
  /// What has to be read first, while it is.
  var loading: Loading?

  /// Steps from noise to picture.
  var steps: Int { recipe.stepsTaken }

  /// Places one can scrub to: every step there is, and the picture behind the last.
  var lastPosition: Int {
    guard let last = frames.last else { return 0 }
    return last.finished == nil ? frames.count - 1 : frames.count
  }

  var isOpen: Bool { status == .running || status == .paused }

  /// Whether a place is that of the finished picture.
  func isFinished(at position: Int) -> Bool {
    position >= frames.count && frames.last?.finished != nil
  }

  /// Whether it has a step yet to begin: how one goes that is being computed is settled, also while the run waits to be
  /// paused behind it.
  var hasStepsToSteer: Bool {
    let isComputing = status == .running || progress > 0
    return frames.count + (isComputing ? 1 : 0) < steps
  }

  /// A value of each step; `nil` for those that are not there.
  func perStep(_ value: (Frame) -> Double?) -> [Double?] {
    (0..<steps).map { step in frame(at: step).flatMap { $0.index == step ? value($0) : nil } }
  }

  /// Bytes of the pictures that are kept; those of one run may have several sizes.
  private(set) var bytes = 0

  /// Has its first steps from the run that it branches off.
  mutating func begin(with frames: ThinnedLog<Frame>) {
    self.frames = frames
    countBytes()
  }

  /// Drops every second frame that may go; see ``ThinnedLog/thin(sparing:)``.
  mutating func thin(sparing position: Int?) -> Bool {
    defer { countBytes() }
    return frames.thin(sparing: position)
  }

  private mutating func countBytes() { bytes = frames.elements.reduce(0) { $0 + $1.bytes } }

  /// The frame at a place; behind the last step it is the last one.
  func frame(at position: Int) -> Frame? { frames.nearest(max(0, position))?.element }

  /// The noise level of a step, planned or computed.
  func level(of step: Int) -> PlannedLevel? {
    if step < plan.count { return plan[step] }
    guard let frame = frames.nearest(step)?.element, frame.index == step else { return nil }
    return PlannedLevel(sigma: frame.sigma, noiseLevel: frame.noiseLevel)
  }

  /// The recipe of what a place shows: changes that came later are not part of it.
  func recipe(upTo position: Int) -> Recipe {
    var recipe = recipe
    recipe.changes.removeAll { $0.step > position }
    return recipe
  }

  /// The steps from which on something else steered, among them the one it branched at.
  var marks: Set<Int> { Set(recipe.changes.map(\.step) + (origin.map { [$0.step] } ?? [])) }

  /// Takes in a frame; one that is not the next is left out.
  mutating func take(_ frame: Frame) {
    guard frame.index == frames.count else { return }
    // What was planned for this step gives way to what it was made with.
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

import Cells
import Diffusion
import Pictures

/// How many of a part's weights have been read.
public struct Loading: Sendable, Hashable {
  /// Whose weights: "network".
  public var part: String
  /// Bytes that are there.
  public var bytes: Int
  /// Bytes in all.
  public var total: Int

  /// So many of a part's bytes.
  public init(part: String, bytes: Int, total: Int) {
    (self.part, self.bytes, self.total) = (part, bytes, total)
  }

  /// How many of how many: "0.4 of 3.4 GB".
  var amount: String {
    func tenths(_ bytes: Int) -> String {
      let number = (bytes + 50_000_000) / 100_000_000
      return "\(number / 10).\(number % 10)"
    }
    return "\(tenths(min(bytes, total))) of \(tenths(total)) GB"
  }
}

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

/// The runs of a session, and the rule by which they stay within their memory.
///
/// When the pictures of all runs take more than ``byteLimit``, the oldest run that is not shown loses every second of its
/// steps, again and again until it has two; then the next run; the run that is shown comes last. Its first and its last
/// step and the one that is looked at stay always.
struct RunList: Sendable, Hashable {
  /// Bytes that the pictures of all runs may take.
  static let byteLimit = 256 << 20
  /// Runs that are listed.
  static let runLimit = 100

  private(set) var runs: [Run] = []

  var count: Int { runs.count }

  subscript(id: Int?) -> Run? { id.flatMap { id in runs.first { $0.id == id } } }

  /// Changes a run where it lies, so that its frames are not copied.
  mutating func change(_ id: Int, _ body: (inout Run) -> Void) {
    guard let index = runs.firstIndex(where: { $0.id == id }) else { return }
    body(&runs[index])
  }

  /// The place of a run in the list, from 1.
  func number(of id: Int) -> Int { (runs.firstIndex { $0.id == id } ?? -1) + 1 }

  /// Adds a run.
  ///
  /// - Returns: The runs that had to go for it.
  mutating func append(_ run: Run, sparing spared: Set<Int>) -> [Int] {
    runs.append(run)
    var gone: [Int] = []
    while runs.count > RunList.runLimit,
      let oldest = runs.firstIndex(where: { !spared.contains($0.id) && $0.id != run.id })
    {
      gone.append(runs.remove(at: oldest).id)
    }
    return gone
  }

  /// Removes a run that came to nothing.
  mutating func remove(_ id: Int) { runs.removeAll { $0.id == id } }

  /// Drops steps by the rule until the pictures fit.
  mutating func thin(to limit: Int = RunList.byteLimit, shown: Int?, position: Int) {
    var bytes = runs.reduce(0) { $0 + $1.bytes }
    let order =
      runs.indices.filter { runs[$0].id != shown } + runs.indices.filter { runs[$0].id == shown }
    for index in order {
      while bytes > limit {
        let before = runs[index].bytes
        guard runs[index].thin(sparing: runs[index].id == shown ? position : nil) else { break }
        bytes -= before - runs[index].bytes
      }
    }
  }
}

import Diffusion
import Pictures
import Recipes

/// The runs of the session: which one is computed, which one is shown, and the step that one looks at.
struct Runs: Sendable, Hashable {
  private var list = RunList()
  /// The run that was started last; the only one that may still be computing.
  private(set) var activeID: Int?
  /// The run that is shown.
  private(set) var shownID: Int?
  /// The run that was shown before.
  private(set) var beforeID: Int?
  /// The number of the next run.
  private(set) var nextID = 0
  /// The place that one looks at: a step, or behind the last one the picture.
  private(set) var position = 0
  /// Whether the newest step is shown as it comes.
  private(set) var isFollowing = true
  private(set) var goal: Goal?
  private(set) var playing = Playing()
  /// Pictures of steps that were decoded in full.
  var decoding = FullDecoding()

  /// A place to go to as soon as a run has it.
  struct Goal: Sendable, Hashable {
    let run: Int
    let position: Int
  }

  init(speed: Int) { playing.speed = speed }

  // MARK: What there is

  var all: [Run] { list.runs }
  var count: Int { list.count }
  subscript(id: Int?) -> Run? { list[id] }

  /// The place of a run in the list, from 1.
  func number(of id: Int) -> Int { list.number(of: id) }

  /// The run that was started last.
  var active: Run? { list[activeID] }

  /// The run that is shown.
  var shown: Run? { list[shownID] }

  /// The run that was shown before.
  var before: Run? { list[beforeID] }

  /// The frame that is shown; behind the last step it is the last one.
  var frame: Frame? { shown?.frame(at: position) }

  /// Whether the finished picture is shown.
  var showsFinished: Bool { shown?.isFinished(at: position) ?? false }

  /// Whether the run that is shown is watched as it is computed.
  var watchesActive: Bool { shownID != nil && shownID == activeID && isFollowing }

  /// Another prompt of this session: that of the run shown before, or else the one run last.
  var promptBefore: String? {
    guard let own = shown?.recipe.prompt else { return nil }
    if let before = before?.recipe.prompt, before != own { return before }
    return list.runs.last { $0.recipe.prompt != own }?.recipe.prompt
  }

  /// What the frame that is shown makes of a view: of the finished picture, what came of it.
  func picture(_ mode: ViewMode, of run: Run) -> Picture? {
    guard let frame = run.frame(at: position) else { return nil }
    if mode != .noise, run.isFinished(at: position), let finished = frame.finished {
      return finished
    }
    return frame.picture(mode)
  }

  // MARK: Runs that come and go

  /// Adds a run that begins.
  ///
  /// - Returns: The runs that had to go for it.
  mutating func begin(_ run: Run) -> [Int] {
    let gone = list.append(run, sparing: Set([shownID, beforeID].compactMap { $0 }))
    decoding.keep { list[$0] != nil }
    (activeID, nextID) = (run.id, run.id + 1)
    playing.direction = nil
    goal = nil
    // The frames of the run before stay until there are new ones.
    if shown == nil || !run.frames.isEmpty { show(run.id) }
    isFollowing = true
    return gone
  }

  /// Ends the run that may still be computing. One without a step is forgotten: it is nothing to go back to.
  mutating func cancelActive() -> [Effect] {
    guard let active, active.isOpen else { return [] }
    guard active.frames.isEmpty else {
      list.change(active.id) { $0.status = .cancelled }
      return [.cancel(run: active.id)]
    }
    return [.cancel(run: active.id)] + forget(active.id)
  }

  /// A run could not go on.
  mutating func fail(_ id: Int) -> [Effect] {
    guard list[id]?.frames.isEmpty == false else { return forget(id) }
    list.change(id) { $0.status = .failed }
    return []
  }

  /// Forgets a run that never had a step. Where it was shown, the one before is again.
  private mutating func forget(_ id: Int) -> [Effect] {
    list.remove(id)
    if shownID == id {
      shownID = nil
      let others = list.runs.filter { !$0.frames.isEmpty }
      if let other = others.first(where: { $0.id == beforeID }) ?? others.last { show(other.id) }
      beforeID = others.last { $0.id != shownID }?.id
    }
    return [.forget(run: id)]
  }

  /// Takes in a run's next step.
  mutating func take(_ frame: Frame, of id: Int) {
    guard let run = list[id], run.isOpen, frame.index == run.frames.count else { return }
    list.change(id) { $0.take(frame) }
    if id == activeID, run.frames.isEmpty { show(id) }
    if let goal, goal.run == id, list[id]?.lastPosition ?? 0 >= goal.position {
      self.goal = nil
      if id == shownID {
        scrub(to: goal.position)
        // It stays there while the run goes on.
        isFollowing = false
      }
    }
    if id == shownID, isFollowing { position = list[id]?.lastPosition ?? 0 }
    list.thin(shown: shownID, position: position)
  }

  mutating func take(_ plan: [PlannedLevel], of id: Int) { list.change(id) { $0.plan = plan } }
  mutating func take(_ loading: Loading, of id: Int) { list.change(id) { $0.loading = loading } }

  /// How much of a run's next step is done.
  mutating func take(progress share: Double, ofStep step: Int, of id: Int) {
    list.change(id) { run in
      guard step == run.frames.count else { return }
      (run.progress, run.loading) = (max(0, min(1, share)), nil)
    }
  }

  // MARK: Saving

  /// Runs of which something would be lost with them.
  ///
  /// - Parameter saved: Those of which something is being saved.
  func unsaved(besides saved: [Int?]) -> Int {
    list.runs.count { $0.isUnsaved && !$0.frames.isEmpty && !saved.contains($0.id) }
  }

  /// Something of a run was saved, or nobody would miss it.
  mutating func markSaved(_ id: Int) { list.change(id) { $0.isUnsaved = false } }

  /// Marks the run that is shown as a favourite, or no longer.
  ///
  /// - Returns: Whether it is one now; `nil` where no run is shown.
  mutating func toggleFavourite() -> Bool? {
    guard let shown else { return nil }
    list.change(shown.id) { $0.isFavourite.toggle() }
    return !shown.isFavourite
  }

  // MARK: Going through them

  /// Shows a run, at the same step where it has it.
  mutating func show(_ id: Int) {
    guard id != shownID, let run = list[id] else { return }
    let wasAtEnd = shown.map { position == $0.lastPosition } ?? true
    if shown != nil { beforeID = shownID }
    shownID = id
    position = wasAtEnd || run.isOpen ? run.lastPosition : min(position, run.lastPosition)
    isFollowing = position == run.lastPosition
  }

  /// Shows the run so many places on in the list; false where there is no other.
  mutating func turn(by: Int) -> Bool {
    let all = list.runs.filter { !$0.frames.isEmpty || $0.id == shownID }.map(\.id)
    guard all.count > 1, let index = all.firstIndex(where: { $0 == shownID }) else { return false }
    show(all[(index + by + all.count) % all.count])
    return true
  }

  /// Goes to a place of the run that is shown.
  mutating func scrub(to place: Int) {
    guard let shown, !shown.frames.isEmpty else { return }
    // Where one goes oneself, nothing is waited for any more.
    goal = nil
    position = max(0, min(place, shown.lastPosition))
    isFollowing = position == shown.lastPosition
  }

  /// Goes to a place of the run that was started last as soon as it is there.
  mutating func aim(at position: Int) {
    if let activeID { goal = Goal(run: activeID, position: position) }
  }

  // MARK: Pausing and steering

  /// Pauses the run that is computed, or has it go on; `nil` where none is.
  mutating func pause() -> Effect? {
    guard let active, active.isOpen else { return nil }
    let isPaused = active.status == .paused
    list.change(active.id) { $0.status = isPaused ? .running : .paused }
    return isPaused ? .resume(run: active.id) : .pause(run: active.id)
  }

  /// Computes one step of the run that is computed, and shows it; `nil` where none is.
  mutating func stepOnce() -> Effect? {
    guard let active, active.isOpen else { return nil }
    list.change(active.id) { $0.status = .paused }
    show(active.id)
    scrub(to: .max)
    return .stepOnce(run: active.id)
  }

  /// Has a run that goes be steered otherwise from its next step on.
  mutating func steer(_ id: Int, by steering: Steering) -> [Effect] {
    list.change(id) { ($0.asked, $0.isUnsaved) = (steering, true) }
    return [.steer(run: id, steering)]
  }

  // MARK: Playing

  /// Plays forwards (1) or backwards (-1); what plays that way already, stops.
  mutating func play(_ direction: Int) {
    guard let shown, !shown.frames.isEmpty else { return }
    playing.direction = playing.direction == direction ? nil : direction
    // From an end one begins at the other.
    if playing.direction == 1, position == shown.lastPosition, !shown.isOpen { scrub(to: 0) }
    if playing.direction == -1, position == 0 { scrub(to: .max) }
  }

  mutating func stopPlaying() { playing.direction = nil }

  mutating func pace(_ by: Int) { playing.pace(by) }

  /// A moment of playing has passed.
  ///
  /// - Returns: Whether it came to its end.
  mutating func tick() -> Bool {
    guard let direction = playing.direction, let shown else { return false }
    scrub(to: position + direction)
    let isAtEnd = direction > 0 ? position == shown.lastPosition : position == 0
    guard isAtEnd, !(direction > 0 && shown.isOpen) else { return false }
    stopPlaying()
    return true
  }
}

/// Playing the steps of a run.
struct Playing: Sendable, Hashable {
  /// Steps to go at each tick: 1 or -1; `nil` while nothing plays.
  var direction: Int?
  /// Steps a second.
  var speed = 10

  private static let speeds = [1, 2, 5, 10, 20, 50]

  mutating func pace(_ by: Int) {
    speed =
      (by > 0 ? Self.speeds.first { $0 > speed } : Self.speeds.last { $0 < speed }) ?? speed
  }

  /// What is said of it.
  var message: String { "playing \(speed) steps a second" }
}

import Diffusion
import Pictures
import Recipes

/// The runs of the session: the one being computed, the one shown, and the current step.
struct Runs: Sendable, Hashable {
  private var list = RunList()
  /// The most recently started run, the only one that may still be computing.
  private(set) var activeID: Int?
  /// The shown run.
  private(set) var shownID: Int?
  /// The previously shown run.
  private(set) var beforeID: Int?
  /// The number of the next run.
  private(set) var nextID = 0
  /// The current place: a step, or the picture after the last one.
  private(set) var position = 0
  /// Whether the newest step is shown as it arrives.
  private(set) var isFollowing = true
  private(set) var goal: Goal?
  private(set) var playing = Playing()
  /// Fully decoded pictures of steps.
  var decoding = FullDecoding()

  /// A place to go to as soon as a run reaches it.
  struct Goal: Sendable, Hashable {
    let run: Int
    let position: Int
  }

  init(speed: Int) { playing.speed = speed }

  // MARK: State

  var all: [Run] { list.runs }
  var count: Int { list.count }
  subscript(id: Int?) -> Run? { list[id] }

  /// The position of a run in the list, from 1.
  func number(of id: Int) -> Int { list.number(of: id) }

  /// The most recently started run.
  var active: Run? { list[activeID] }

  /// The shown run.
  var shown: Run? { list[shownID] }

  /// The previously shown run.
  var before: Run? { list[beforeID] }

  /// The shown frame; after the last step, the last frame.
  var frame: Frame? { shown?.frame(at: position) }

  /// Whether the finished picture is shown.
  var showsFinished: Bool { shown?.isFinished(at: position) ?? false }

  /// Whether the shown run is being watched live.
  var watchesActive: Bool { shownID != nil && shownID == activeID && isFollowing }

  /// Another prompt of this session: that of the previously shown run, or else the last one that was run.
  var promptBefore: String? {
    guard let own = shown?.recipe.prompt else { return nil }
    if let before = before?.recipe.prompt, before != own { return before }
    return list.runs.last { $0.recipe.prompt != own }?.recipe.prompt
  }

  /// The shown frame's picture in a view mode; after the last step, the run's result.
  func picture(_ kind: PictureKind, of run: Run) -> Picture? {
    guard let frame = run.frame(at: position) else { return nil }
    if kind != .noise, run.isFinished(at: position), let finished = frame.finished {
      return finished
    }
    return frame.picture(kind)
  }

  // MARK: Adding and removing runs

  /// Adds a run that starts.
  ///
  /// - Returns: The runs that were removed to make room.
  mutating func begin(_ run: Run) -> [Int] {
    let gone = list.append(run, sparing: Set([shownID, beforeID].compactMap { $0 }))
    decoding.keep { list[$0] != nil }
    (activeID, nextID) = (run.id, run.id + 1)
    playing.direction = nil
    goal = nil
    // The previous run's frames stay until there are new ones.
    if shown == nil || !run.frames.isEmpty { show(run.id) }
    isFollowing = true
    return gone
  }

  /// Ends the run that may still be computing. A run without a step is forgotten, since there is nothing to go back to.
  mutating func cancelActive() -> [Effect] {
    guard let active, active.isOpen else { return [] }
    guard active.frames.isEmpty else {
      list.change(active.id) { $0.status = .cancelled }
      return [.cancel(run: active.id)]
    }
    return [.cancel(run: active.id)] + forget(active.id)
  }

  /// Records that a run failed.
  mutating func fail(_ id: Int) -> [Effect] {
    guard list[id]?.frames.isEmpty == false else { return forget(id) }
    list.change(id) { $0.status = .failed }
    return []
  }

  /// Forgets a run that never had a step. If it was shown, the previous run is shown again.
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

  /// Adds a run's next step.
  mutating func take(_ frame: Frame, of id: Int) {
    guard let run = list[id], run.isOpen, frame.index == run.frames.count else { return }
    list.change(id) { $0.take(frame) }
    if id == activeID, run.frames.isEmpty { show(id) }
    if let goal, goal.run == id, list[id]?.lastPosition ?? 0 >= goal.position {
      self.goal = nil
      if id == shownID {
        scrub(to: goal.position)
        // The position stays while the run continues.
        isFollowing = false
      }
    }
    if id == shownID, isFollowing { position = list[id]?.lastPosition ?? 0 }
    list.thin(shown: shownID, position: position)
  }

  mutating func take(_ plan: [PlannedLevel], of id: Int) { list.change(id) { $0.plan = plan } }
  mutating func take(_ loading: Loading, of id: Int) { list.change(id) { $0.loading = loading } }

  /// Records the progress of a run's next step.
  mutating func take(progress share: Double, ofStep step: Int, of id: Int) {
    list.change(id) { run in
      guard step == run.frames.count else { return }
      (run.progress, run.loading) = (max(0, min(1, share)), nil)
    }
  }

  // MARK: Saving

  /// Runs that would be lost, at least in part.
  ///
  /// - Parameter saved: Those with a save in progress.
  func unsaved(besides saved: [Int?]) -> Int {
    list.runs.count { $0.isUnsaved && !$0.frames.isEmpty && !saved.contains($0.id) }
  }

  /// Records that something of a run was saved, or that its loss would not matter.
  mutating func markSaved(_ id: Int) { list.change(id) { $0.isUnsaved = false } }

  /// Marks or unmarks the shown run as a favourite.
  ///
  /// - Returns: Whether it is a favourite now; `nil` if no run is shown.
  mutating func toggleFavourite() -> Bool? {
    guard let shown else { return nil }
    list.change(shown.id) { $0.isFavourite.toggle() }
    return !shown.isFavourite
  }

  // MARK: Moving between runs and steps

  /// Shows a run, at the same step if it has it.
  mutating func show(_ id: Int) {
    guard id != shownID, let run = list[id] else { return }
    let wasAtEnd = shown.map { position == $0.lastPosition } ?? true
    if shown != nil { beforeID = shownID }
    shownID = id
    position = wasAtEnd || run.isOpen ? run.lastPosition : min(position, run.lastPosition)
    isFollowing = position == run.lastPosition
  }

  /// Shows the run this many places further on in the list; false if there is none.
  mutating func turn(by: Int) -> Bool {
    let all = list.runs.filter { !$0.frames.isEmpty || $0.id == shownID }.map(\.id)
    guard all.count > 1, let index = all.firstIndex(where: { $0 == shownID }) else { return false }
    show(all[(index + by + all.count) % all.count])
    return true
  }

  /// Goes to a place in the shown run.
  mutating func scrub(to place: Int) {
    guard let shown, !shown.frames.isEmpty else { return }
    // When the user moves, pending moves are cancelled.
    goal = nil
    position = max(0, min(place, shown.lastPosition))
    isFollowing = position == shown.lastPosition
  }

  /// Goes to a place in the most recently started run as soon as it is reached.
  mutating func aim(at position: Int) {
    if let activeID { goal = Goal(run: activeID, position: position) }
  }

  // MARK: Pausing and steering

  /// Pauses or continues the run being computed; `nil` if there is none.
  mutating func pause() -> Effect? {
    guard let active, active.isOpen else { return nil }
    let isPaused = active.status == .paused
    list.change(active.id) { $0.status = isPaused ? .running : .paused }
    return isPaused ? .resume(run: active.id) : .pause(run: active.id)
  }

  /// Computes and shows one step of the current run; `nil` if there is none.
  mutating func stepOnce() -> Effect? {
    guard let active, active.isOpen else { return nil }
    list.change(active.id) { $0.status = .paused }
    show(active.id)
    scrub(to: .max)
    return .stepOnce(run: active.id)
  }

  /// Changes the steering of a running run from its next step on.
  mutating func steer(_ id: Int, by steering: Steering) -> [Effect] {
    list.change(id) { ($0.asked, $0.isUnsaved) = (steering, true) }
    return [.steer(run: id, steering)]
  }

  // MARK: Playing

  /// Plays forwards (1) or backwards (-1), or stops if it is already playing that way.
  mutating func play(_ direction: Int) {
    guard let shown, !shown.frames.isEmpty else { return }
    playing.direction = playing.direction == direction ? nil : direction
    // At an end, playing starts from the other end.
    if playing.direction == 1, position == shown.lastPosition, !shown.isOpen { scrub(to: 0) }
    if playing.direction == -1, position == 0 { scrub(to: .max) }
  }

  mutating func stopPlaying() { playing.direction = nil }

  mutating func pace(_ by: Int) { playing.pace(by) }

  /// Handles one tick of playing.
  ///
  /// - Returns: Whether it reached the end.
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
  /// The direction of each tick: 1 or -1; `nil` while nothing plays.
  var direction: Int?
  /// Steps per second.
  var speed = 10

  private static let speeds = [1, 2, 5, 10, 20, 50]

  mutating func pace(_ by: Int) {
    speed =
      (by > 0 ? Self.speeds.first { $0 > speed } : Self.speeds.last { $0 < speed }) ?? speed
  }

  /// The message about it.
  var message: String { "playing \(speed) steps per second" }
}

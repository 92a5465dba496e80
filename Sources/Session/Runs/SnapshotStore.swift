import BoundedCache
import Diffusion
import Explorer
import Models
import Synchronization

/// Runs as they stood before each of their steps, so that others can branch off, and the clean samples of the steps, so
/// that they can be decoded.
///
/// A run's iterator is a value, so a snapshot is the sample and the sampler's history. When all snapshots take
/// more than the limit, those that were used longest ago go, and a run that is too long by itself keeps every second one,
/// every fourth, and so on. A run's first and last snapshot stay always: what is missing between them is recomputed
/// from the nearest one before it, to the same samples.
final class SnapshotStore: Sendable {
  typealias Iterator = Trajectory<NetworkDenoiser>.Iterator

  /// Bytes that all snapshots may take.
  static let byteLimit = 128 << 20

  /// A run before a step.
  private struct Snapshot {
    var iterator: Iterator
    /// The clean sample predicted in the step, once it is computed.
    var denoised: Latent?

    /// The iterator's sample, what a sampler may remember beside it (two samples at most), and the clean sample.
    var bytes: Int {
      let samples = denoised == nil ? 3 : 4
      return samples * MemoryLayout<Float>.size * iterator.sample.values.count
    }
  }

  private struct Place: Hashable {
    let run: Int
    let step: Int
  }

  /// What is known of a run whatever was dropped.
  private struct Run {
    /// Snapshots that were taken, whether or not they were kept.
    var count = 0
    var first: Snapshot?
    var last: Snapshot?
    /// One in this many snapshots is kept.
    var stride = 1
    /// Bytes of its largest snapshot.
    var largest = 0
  }

  private struct State {
    var runs: [Int: Run] = [:]
    var kept: BoundedCache<Place, Snapshot>

    /// The snapshot before a step, where it was kept.
    func snapshot(_ run: Int, _ step: Int) -> Snapshot? {
      if let kept = kept[Place(run: run, step: step)] { return kept }
      return [runs[run]?.last, runs[run]?.first].lazy.compactMap { $0 }
        .first { $0.iterator.index == step }
    }

    /// The nearest snapshot at or before a step, which counts as used.
    mutating func nearest(_ point: BranchPoint) -> Snapshot? {
      guard let run = runs[point.run] else { return nil }
      for step in stride(from: min(point.step, run.count - 1), through: 0, by: -1) {
        guard let snapshot = snapshot(point.run, step) else { continue }
        kept.touch(Place(run: point.run, step: step))
        return snapshot
      }
      return nil
    }

    /// Keeps a snapshot, and has a run that is too long keep fewer.
    mutating func keep(_ snapshot: Snapshot, of id: Int, _ run: inout Run) {
      let step = snapshot.iterator.index
      run.largest = max(run.largest, snapshot.bytes)
      while run.stride <= step, (step / run.stride + 1) * run.largest > kept.limit {
        run.stride *= 2
        let stride = run.stride
        kept.remove { place, _ in place.run == id && !place.step.isMultiple(of: stride) }
      }
      guard step.isMultiple(of: run.stride) else { return }
      kept.insert(snapshot, for: Place(run: id, step: step), bytes: snapshot.bytes)
    }
  }

  private let state: Mutex<State>

  init(byteLimit: Int = SnapshotStore.byteLimit) {
    state = Mutex(State(kept: BoundedCache(limit: byteLimit)))
  }

  /// Begins with a run that has no snapshots yet.
  func begin(_ run: Int) { state.withLock { $0.runs[run] = Run() } }

  /// Begins with a run that branches off another one, and has the snapshots before that place in common with it.
  ///
  /// - Returns: The other run as it stood before the nearest step at or before the branch's; `nil` when nothing of it is
  ///   known, and then nothing is begun.
  func branch(_ run: Int, from point: BranchPoint) -> Iterator? {
    state.withLock { state in
      guard let place = state.nearest(point)?.iterator else { return nil }
      var branch = Run(count: place.index)
      for step in 0..<place.index {
        guard let snapshot = state.snapshot(point.run, step) else { continue }
        if step == 0 { branch.first = snapshot }
        branch.last = snapshot
        state.keep(snapshot, of: run, &branch)
      }
      state.runs[run] = branch
      return place
    }
  }

  /// Keeps a run as it stands before its next step. One that does not follow the last snapshot is left out, and so is
  /// one of a run that was forgotten.
  func append(_ iterator: Iterator, to id: Int) {
    state.withLock { state in
      guard var run = state.runs[id], run.count == iterator.index else { return }
      let snapshot = Snapshot(iterator: iterator)
      run.count += 1
      if iterator.index == 0 { run.first = snapshot }
      run.last = snapshot
      state.keep(snapshot, of: id, &run)
      state.runs[id] = run
    }
  }

  /// Keeps the clean sample of the step that the last snapshot stands before.
  func append(denoised: Latent, at step: Int, to id: Int) {
    state.withLock { state in
      guard var run = state.runs[id], var snapshot = run.last, snapshot.iterator.index == step
      else { return }
      snapshot.denoised = denoised
      if step == 0 { run.first = snapshot }
      run.last = snapshot
      state.keep(snapshot, of: id, &run)
      state.runs[id] = run
    }
  }

  /// The latent of a view of a step; `nil` where it had to go.
  func latent(of place: FramePlace) -> Latent? {
    state.withLock { state in
      guard let snapshot = state.snapshot(place.run, place.step) else { return nil }
      switch place.view {
      case .sample: return snapshot.iterator.sample
      case .denoised: return snapshot.denoised
      case .noise: return nil
      }
    }
  }

  /// A run as it stood before the nearest step at or before a branch's.
  func nearest(_ point: BranchPoint) -> Iterator? {
    state.withLock { $0.nearest(point)?.iterator }
  }

  /// A run as it was before its last step.
  func last(of run: Int) -> Iterator? {
    state.withLock { $0.runs[run]?.last?.iterator }
  }

  /// Drops everything of a run.
  func forget(_ run: Int) {
    state.withLock { state in
      state.runs[run] = nil
      state.kept.remove { place, _ in place.run == run }
    }
  }

  /// Drops everything.
  func forgetAll() {
    state.withLock { state in
      state.runs = [:]
      state.kept.removeAll()
    }
  }
}

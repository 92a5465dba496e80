import BoundedCache
import Diffusion
import Explorer
import Models
import Synchronization

/// The state of runs before each of their steps, for branching, and the clean samples of the steps, for decoding.
///
/// A run's iterator is a value, so a snapshot consists of the sample and the sampler's history. If all snapshots take
/// more than the limit, the least recently used are dropped, and a run that exceeds the limit alone keeps every second
/// one, then every fourth, and so on. A run's first and last snapshots are always kept; missing ones are recomputed
/// from the nearest earlier one, with identical samples.
final class SnapshotStore: Sendable {
  typealias Iterator = Trajectory<NetworkDenoiser>.Iterator

  /// The maximum size of all snapshots in bytes.
  static let byteLimit = 128 << 20

  /// The state of a run before a step.
  private struct Snapshot {
    var iterator: Iterator
    /// The clean sample predicted in the step, once computed.
    var denoised: Latent?

    /// The iterator's sample, the samples that a sampler may remember (two at most), and the clean sample.
    var bytes: Int {
      let samples = denoised == nil ? 3 : 4
      return samples * MemoryLayout<Float>.size * iterator.sample.values.count
    }
  }

  private struct Place: Hashable {
    let run: Int
    let step: Int
  }

  /// Data about a run that is kept even if snapshots are dropped.
  private struct Run {
    /// The number of snapshots taken, including dropped ones.
    var count = 0
    var first: Snapshot?
    var last: Snapshot?
    /// One in this many snapshots is kept.
    var stride = 1
    /// The size of its largest snapshot in bytes.
    var largest = 0
  }

  private struct State {
    var runs: [Int: Run] = [:]
    var kept: BoundedCache<Place, Snapshot>

    /// The snapshot before a step, if it was kept.
    func snapshot(_ run: Int, _ step: Int) -> Snapshot? {
      if let kept = kept[Place(run: run, step: step)] { return kept }
      return [runs[run]?.last, runs[run]?.first].lazy.compactMap { $0 }
        .first { $0.iterator.index == step }
    }

    /// The nearest snapshot at or before a step, which is marked as used.
    mutating func nearest(_ point: BranchPoint) -> Snapshot? {
      guard let run = runs[point.run] else { return nil }
      for step in stride(from: min(point.step, run.count - 1), through: 0, by: -1) {
        guard let snapshot = snapshot(point.run, step) else { continue }
        kept.touch(Place(run: point.run, step: step))
        return snapshot
      }
      return nil
    }

    /// Stores a snapshot, and thins out a run that is too long.
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

  /// Registers a run without snapshots.
  func begin(_ run: Int) { state.withLock { $0.runs[run] = Run() } }

  /// Registers a run that branches from another one and shares its earlier snapshots.
  ///
  /// - Returns: The other run's state before the nearest step at or before the branch; `nil` if nothing is known about
  ///   that run; the new run is then not registered.
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

  /// Stores the state of a run before its next step. A snapshot that does not follow the last one, or is of a forgotten
  /// run, is ignored.
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

  /// Stores the clean sample of the step that follows the last snapshot.
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

  /// The latent for a view of a step; `nil` if it was dropped.
  func latent(of place: FramePlace) -> Latent? {
    state.withLock { state in
      guard let snapshot = state.snapshot(place.run, place.step) else { return nil }
      switch place.kind {
      case .sample: return snapshot.iterator.sample
      case .denoised: return snapshot.denoised
      case .noise: return nil
      }
    }
  }

  /// The state of a run before the nearest step at or before a branch.
  func nearest(_ point: BranchPoint) -> Iterator? {
    state.withLock { $0.nearest(point)?.iterator }
  }

  /// The state of a run before its last step.
  func last(of run: Int) -> Iterator? {
    state.withLock { $0.runs[run]?.last?.iterator }
  }

  /// Drops everything about a run.
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

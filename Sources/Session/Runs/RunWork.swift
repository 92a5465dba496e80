import Diffusion
import Explorer
import Models
import Pictures
import Recipes
import Synchronization

/// A run being computed.
struct RunWork: Sendable {
  let id: Int
  let recipe: Recipe
  /// The step of another run from which it branches.
  let point: BranchPoint?
  let pipeline: Pipeline
  let control: RunControl
  let snapshots: SnapshotStore
  let outbox: Outbox

  /// Computes all missing steps and posts a frame for each.
  ///
  /// - Throws: As the pipeline does; `CancellationError` also in the middle of a step.
  func compute() async throws {
    let reports = ProgressReports(run: id, outbox: outbox)
    try await RunProgress.$current.withValue(RunProgress { reports.report($0) }) {
      try await compute(reports)
    }
  }

  private func compute(_ reports: ProgressReports) async throws {
    var iterator = try await begin()
    var steering = recipe.steering(at: iterator.index)
    let clock = ContinuousClock()
    while !iterator.isFinished {
      snapshots.append(iterator, to: id)
      // The steps before a branch exist already.
      let isNew = iterator.index >= point?.step ?? 0
      if isNew { try await control.permission() }
      var isOther = false
      for change in recipe.changes where change.step == iterator.index {
        steering = Steering(
          prompt: change.prompt ?? steering.prompt,
          negativePrompt: change.negativePrompt ?? steering.negativePrompt,
          guidance: change.guidance ?? steering.guidance)
        isOther = true
      }
      if isNew, let asked = control.newSteering() {
        (steering, isOther) = (asked, true)
      }
      if isOther || steering.changesOnItsWay {
        try await pipeline.steer(&iterator, to: steering)
      }
      let start = clock.now
      reports.begin(step: iterator.index)
      guard let step = try await iterator.next() else { break }
      if pipeline.decodes { snapshots.append(denoised: step.denoised, at: step.index, to: id) }
      try Task.checkCancellation()
      guard isNew else { continue }
      let time = clock.now - start
      let isLast = step.index + 1 == step.count
      let finished = isLast ? try await pipeline.finishedPicture(of: step.next) : nil
      let pictures = try await pipeline.pictures(of: step, taking: time)
      outbox.post(
        .frame(run: id, frame(step, pictures, steering, finished: finished, taking: time)))
    }
  }

  /// The run from its beginning, or from the point where it branches from another run.
  private func begin() async throws -> SnapshotStore.Iterator {
    try Task.checkCancellation()
    if let point, point.step > 0, let iterator = snapshots.branch(id, from: point) {
      return iterator
    }
    let trajectory = try await pipeline.trajectory(recipe)
    // A run forgotten in the meantime must not be stored.
    try Task.checkCancellation()
    snapshots.begin(id)
    outbox.post(
      .planned(
        run: id,
        trajectory.steps.map {
          PlannedLevel(
            sigma: $0.from.statedSigma, noiseLevel: trajectory.noiseShare(of: $0))
        }))
    return trajectory.makeAsyncIterator()
  }

  private func frame(
    _ step: Step, _ pictures: StepPictures, _ steering: Steering, finished: Picture?,
    taking time: Duration
  ) -> Frame {
    Frame(
      index: step.index, count: step.count, sigma: step.sigma, noiseLevel: step.noiseLevel,
      sample: pictures.sample, denoised: pictures.denoised, noise: pictures.noise,
      finished: finished, milliseconds: time.milliseconds,
      previewMilliseconds: pictures.preview?.milliseconds, steering: steering,
      magnitudes: Magnitudes(step))
  }
}

extension Magnitudes {
  /// The sizes of a step's parts.
  init(_ step: Step) {
    self.init(
      sample: Float(step.sample.rootMeanSquare), noise: Float(step.noise.rootMeanSquare),
      denoised: Float(step.denoised.rootMeanSquare),
      change: Float(step.next.distance(to: step.sample)),
      guidance: step.conditionEffect.map(Float.init))
  }
}

/// Reports the progress of a run if it takes long enough to be visible.
private final class ProgressReports: Sendable {
  private struct State {
    var step = 0
    var last = ContinuousClock.now
  }

  private let run: Int
  private let outbox: Outbox
  private let state = Mutex(State())

  /// The shortest time between two reports.
  private static let interval = Duration.milliseconds(60)

  init(run: Int, outbox: Outbox) { (self.run, self.outbox) = (run, outbox) }

  func begin(step: Int) { state.withLock { $0 = State(step: step) } }

  func report(_ moment: RunProgress.Moment) {
    let step: Int? = state.withLock { state in
      let now = ContinuousClock.now
      guard now - state.last >= Self.interval else { return nil }
      state.last = now
      return state.step
    }
    guard let step else { return }
    switch moment {
    case .loading(let weights):
      let loading = Loading(
        part: weights.part.rawValue, bytes: weights.bytes, total: weights.total)
      outbox.post(.loading(run: run, loading))
    case .evaluating(let share): outbox.post(.progress(run: run, step: step, share: share))
    }
  }
}

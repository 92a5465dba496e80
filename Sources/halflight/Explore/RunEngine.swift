import Diffusion
import Explorer
import Foundation
import Models
import Pictures
import Synchronization

/// Computes runs in the background and posts what comes of them.
@MainActor
final class RunEngine {
  private let mailbox: Mailbox
  private var pipeline: Pipeline?
  /// Which model paints or painted each run.
  private var signatures: [Int: ModelSignature] = [:]
  private var tasks: [Int: (task: Task<Void, Never>, control: RunControl)] = [:]
  let snapshots = SnapshotStore()
  private var decoding: Task<Void, Never>?

  init(mailbox: Mailbox) { self.mailbox = mailbox }

  /// The model, once it is there; what another one left behind is no use to it.
  func use(_ pipeline: Pipeline) {
    self.pipeline = pipeline
    snapshots.forgetAll()
  }

  func start(_ id: Int, _ recipe: Recipe, from point: BranchPoint?) {
    guard let pipeline else { return }
    signatures[id] = pipeline.signature
    // Only the newest run is ever steered again.
    tasks = [:]
    let control = RunControl()
    let work = RunWork(
      id: id, recipe: recipe, point: point, pipeline: pipeline, control: control,
      snapshots: snapshots, mailbox: mailbox)
    let task = Task.detached(priority: .utility) {
      do {
        try await work.compute()
      } catch is CancellationError {
        return
      } catch {
        work.mailbox.post(.runFailed(run: id, message: "\(error)"))
      }
    }
    tasks[id] = (task, control)
  }

  func control(_ id: Int) -> RunControl? { tasks[id]?.control }

  func cancel(_ id: Int) {
    tasks.removeValue(forKey: id)?.task.cancel()
  }

  func forget(_ id: Int) {
    snapshots.forget(id)
    signatures[id] = nil
  }

  /// What the settings of a run's pictures say of the model that painted it; of the one that is loaded for `nil`.
  func signature(of run: Int?) -> ModelSignature? {
    run.map { signatures[$0] } ?? pipeline?.signature
  }

  // MARK: Decoding

  /// What decodes a step in full, in time or later.
  func decoder() -> FrameDecoder? {
    pipeline.map { FrameDecoder(pipeline: $0, snapshots: snapshots) }
  }

  /// Decodes a step in full and posts its picture; what was being decoded is left.
  func decode(_ place: FramePlace) {
    cancelDecoding()
    guard let decoder = decoder() else { return }
    let mailbox = mailbox
    decoding = Task.detached(priority: .utility) {
      do {
        guard let picture = try await decoder.picture(of: place) else {
          return mailbox.post(.decodeFailed(place, message: FrameDecoder.isGone(place)))
        }
        mailbox.post(.decoded(place, picture))
      } catch is CancellationError {
        return
      } catch {
        mailbox.post(.decodeFailed(place, message: "\(error)"))
      }
    }
  }

  func cancelDecoding() {
    decoding?.cancel()
    decoding = nil
  }
}

/// Decodes steps of runs in full.
struct FrameDecoder: Sendable {
  let pipeline: Pipeline
  let snapshots: SnapshotStore

  /// The picture of a step; `nil` when its latent had to go.
  ///
  /// - Throws: `CheckpointError` when the decoder's weights cannot be read; `CancellationError`.
  func picture(of place: FramePlace) async throws -> Picture? {
    guard let latent = snapshots.latent(of: place) else { return nil }
    return try await pipeline.finishedPicture(of: latent)
  }

  static func isGone(_ place: FramePlace) -> String {
    "only the quick picture of step \(place.step + 1) is left: its latents had to make room, or went with another model"
  }
}

/// A run being computed.
private struct RunWork: Sendable {
  let id: Int
  let recipe: Recipe
  let point: BranchPoint?
  let pipeline: Pipeline
  let control: RunControl
  let snapshots: SnapshotStore
  let mailbox: Mailbox

  func compute() async throws {
    let reports = ProgressReports(run: id, mailbox: mailbox)
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
      // What lies before a branch is there already.
      let isNew = iterator.index >= point?.step ?? 0
      if isNew { try await control.permission() }
      try await pipeline.steer(&iterator, by: recipe.changes)
      if let change = recipe.changes.last(where: { $0.step == iterator.index }) {
        steering = Steering(
          prompt: change.prompt ?? steering.prompt,
          negativePrompt: change.negativePrompt ?? steering.negativePrompt,
          guidance: change.guidance ?? steering.guidance)
      }
      if isNew, let asked = control.newSteering() {
        try await pipeline.steer(&iterator, to: asked)
        steering = asked
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
      mailbox.post(
        .frame(run: id, frame(step, pictures, steering, finished: finished, taking: time)))
    }
  }

  /// The run from its beginning, or another one's from where it branches off.
  private func begin() async throws -> SnapshotStore.Iterator {
    if let point, point.step > 0, let (iterator, before) = snapshots.nearest(point) {
      snapshots.begin(id, with: before, of: point.run)
      return iterator
    }
    let trajectory = try await pipeline.trajectory(recipe)
    // What was forgotten meanwhile is not to be kept.
    try Task.checkCancellation()
    snapshots.begin(id)
    mailbox.post(
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

/// Tells what a run is at, where it takes long enough to be seen.
private final class ProgressReports: Sendable {
  private struct State {
    var step = 0
    var last = ContinuousClock.now
  }

  private let run: Int
  private let mailbox: Mailbox
  private let state = Mutex(State())

  /// Between two reports lies so much time.
  private static let interval = Duration.milliseconds(60)

  init(run: Int, mailbox: Mailbox) { (self.run, self.mailbox) = (run, mailbox) }

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
      mailbox.post(.loading(run: run, loading))
    case .evaluating(let share): mailbox.post(.progress(run: run, step: step, share: share))
    }
  }
}

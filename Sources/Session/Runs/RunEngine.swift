import Diffusion
import Explorer
import Models
import Recipes

/// Computes runs in the background and posts their events.
@MainActor
final class RunEngine {
  /// A run that is being computed.
  struct Job {
    let task: Task<Void, Never>
    let control: RunControl
    let outbox: Outbox
  }

  private let mailbox: Mailbox
  private var pipeline: Pipeline?
  /// The number of the model that paints or painted each run.
  private var signatures: [Int: ModelSignature] = [:]
  private(set) var jobs: [Int: Job] = [:]
  let snapshots: SnapshotStore
  private var decoding: (task: Task<Void, Never>, outbox: Outbox)?

  init(mailbox: Mailbox, snapshots: SnapshotStore = SnapshotStore()) {
    (self.mailbox, self.snapshots) = (mailbox, snapshots)
  }

  /// Sets the model once it is loaded; data of the previous model is dropped.
  func use(_ pipeline: Pipeline) {
    self.pipeline = pipeline
    snapshots.forgetAll()
  }

  /// Computes a run; does nothing without a model.
  func start(_ id: Int, _ recipe: Recipe, from point: BranchPoint?) {
    guard let pipeline else { return }
    signatures[id] = pipeline.signature
    // Only the newest run can still be steered.
    jobs = [:]
    let (control, outbox) = (RunControl(), Outbox(mailbox))
    let work = RunWork(
      id: id, recipe: recipe, point: point, pipeline: pipeline, control: control,
      snapshots: snapshots, outbox: outbox)
    let task = Task.detached(priority: .utility) {
      do {
        try await work.compute()
      } catch is CancellationError {
        return
      } catch {
        outbox.post(.runFailed(run: id, message: "\(error)"))
      }
    }
    jobs[id] = Job(task: task, control: control, outbox: outbox)
  }

  /// Controls the current run: pause, continue, changes.
  func control(_ id: Int) -> RunControl? { jobs[id]?.control }

  /// Cancels a run: it stops within its current step and posts nothing more.
  func cancel(_ id: Int) {
    guard let job = jobs.removeValue(forKey: id) else { return }
    job.outbox.close()
    job.task.cancel()
  }

  func forget(_ id: Int) {
    snapshots.forget(id)
    signatures[id] = nil
  }

  /// What a run's pictures record about the model that painted it; `nil` means the loaded model.
  func signature(of run: Int?) -> ModelSignature? {
    run.map { signatures[$0] } ?? pipeline?.signature
  }

  // MARK: Decoding

  /// Returns a decoder for a step, for use now or later.
  func decoder() -> FrameDecoder? {
    pipeline.map { FrameDecoder(pipeline: $0, snapshots: snapshots) }
  }

  /// Decodes a step in full and posts its picture; cancels an earlier decoding.
  func decode(_ place: FramePlace) {
    cancelDecoding()
    guard let decoder = decoder() else { return }
    let outbox = Outbox(mailbox)
    let task = Task.detached(priority: .utility) {
      do {
        guard let picture = try await decoder.picture(of: place) else {
          return outbox.post(.decodeFailed(place, message: FrameDecoder.isGone(place)))
        }
        outbox.post(.decoded(place, picture))
      } catch is CancellationError {
        return
      } catch {
        outbox.post(.decodeFailed(place, message: "\(error)"))
      }
    }
    decoding = (task, outbox)
  }

  func cancelDecoding() {
    decoding?.outbox.close()
    decoding?.task.cancel()
    decoding = nil
  }
}

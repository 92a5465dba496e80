import Explorer
import Foundation
import Models

/// Computes the studies that the explorer's views request, one at a time, in the background.
@MainActor
final class StudyEngine {
  private let mailbox: Mailbox
  private let snapshots: SnapshotStore
  private var pipeline: Pipeline?
  private let folder: URL
  private let pupil = Pupil()
  private var waiting: [Study] = []
  private(set) var current: Job?

  /// The study being computed.
  struct Job {
    let study: Study
    let task: Task<Void, Never>
    let outbox: Outbox
    let began: ContinuousClock.Instant
  }

  init(mailbox: Mailbox, snapshots: SnapshotStore, folder: URL) {
    (self.mailbox, self.snapshots, self.folder) = (mailbox, snapshots, folder)
  }

  /// Records a new model, which drops the studies of the previous one.
  func use(_ pipeline: Pipeline) {
    self.pipeline = pipeline
    make([])
  }

  /// A grace period for unwanted studies that follow a run's steps: during a run, the request changes with every step,
  /// and without it no study would ever finish.
  private static let patience = Duration.milliseconds(400)

  /// Computes these studies in this order. The current one is cancelled if it is no longer among them, and postponed if
  /// others come first; it posts nothing after that.
  func make(_ studies: [Study]) {
    if let current {
      let place = studies.firstIndex(of: current.study)
      let mayEnd =
        place == nil && !studies.isEmpty && current.study.followsSteps
        && .now - current.began <= Self.patience
      if place != 0, !mayEnd {
        current.outbox.close()
        current.task.cancel()
        self.current = nil
      }
    }
    waiting = studies.filter { $0 != current?.study }
    startNext()
  }

  /// Records that a study has ended.
  func end(_ study: Study) {
    guard current?.study == study else { return }
    current = nil
    startNext()
  }

  private func startNext() {
    guard current == nil, !waiting.isEmpty, let pipeline else { return }
    let study = waiting.removeFirst()
    let outbox = Outbox(mailbox)
    let work = StudyWork(
      study: study, pipeline: pipeline, snapshots: snapshots, outbox: outbox, folder: folder,
      pupil: pupil)
    let task = Task.detached(priority: .utility) {
      do {
        try await work.answer()
      } catch is CancellationError {
        return
      } catch {
        work.post(.failed("\(error)"))
      }
    }
    current = Job(study: study, task: task, outbox: outbox, began: .now)
  }
}

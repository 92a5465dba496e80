import Explorer
import Foundation
import Models

/// Makes the studies that the explorer's views ask for, one at a time, in the background.
@MainActor
final class StudyEngine {
  private let mailbox: Mailbox
  private let snapshots: SnapshotStore
  private var pipeline: Pipeline?
  private let folder: URL
  private let pupil = Pupil()
  private var waiting: [Study] = []
  private(set) var current: Job?

  /// A study that is being made.
  struct Job {
    let study: Study
    let task: Task<Void, Never>
    let outbox: Outbox
    let began: ContinuousClock.Instant
  }

  init(mailbox: Mailbox, snapshots: SnapshotStore, folder: URL) {
    (self.mailbox, self.snapshots, self.folder) = (mailbox, snapshots, folder)
  }

  /// Another model: the studies of the one before are dropped.
  func use(_ pipeline: Pipeline) {
    self.pipeline = pipeline
    make([])
  }

  /// A grace period for studies that follow a run's steps, though they are no longer wanted: while the run goes on,
  /// the question changes with every step, and none would ever be answered.
  private static let patience = Duration.milliseconds(400)

  /// Makes these, the first first. One that is being made is given up where it is not among them any more, and put off
  /// where others come before it; what it would still have found is never posted.
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

  /// A study has come to its end.
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

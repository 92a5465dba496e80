import Explorer
import Foundation
import Models

/// Makes the studies that the explorer's lenses ask for, one at a time, in the background.
@MainActor
final class StudyEngine {
  private let mailbox: Mailbox
  private let snapshots: SnapshotStore
  private var pipeline: Pipeline?
  private let folder: URL
  private let pupil = Pupil()
  private var waiting: [Study] = []
  private var current: (study: Study, task: Task<Void, Never>, began: ContinuousClock.Instant)?

  init(mailbox: Mailbox, snapshots: SnapshotStore, folder: URL) {
    (self.mailbox, self.snapshots, self.folder) = (mailbox, snapshots, folder)
  }

  /// Another model: what the one before was asked is wanted no more.
  func use(_ pipeline: Pipeline) {
    self.pipeline = pipeline
    make([])
  }

  /// What follows a run's steps is let come to its end for so long, though it is wanted no more: while the run goes on,
  /// the question changes with every step, and none would ever be answered.
  private static let patience = Duration.milliseconds(400)

  /// Makes these, the first first. One that is being made is given up where it is not among them any more, and put off
  /// where others come before it.
  func make(_ studies: [Study]) {
    if let current {
      let place = studies.firstIndex(of: current.study)
      let mayEnd =
        place == nil && !studies.isEmpty && current.study.followsSteps
        && .now - current.began <= Self.patience
      if place != 0, !mayEnd {
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
    let work = StudyWork(
      study: study, pipeline: pipeline, snapshots: snapshots, mailbox: mailbox,
      folder: folder,
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
    current = (study, task, .now)
  }
}

/// A study being made.
struct StudyWork: Sendable {
  let study: Study
  let pipeline: Pipeline
  let snapshots: SnapshotStore
  let mailbox: Mailbox
  /// Where the names of files begin.
  let folder: URL
  let pupil: Pupil

  func post(_ finding: Finding) {
    guard !Task.isCancelled else { return }
    mailbox.post(.studied(study, finding))
  }

  func answer() async throws {
    switch study {
    case .guidance(let step, let scale): try await guidance(step, scale: scale)
    case .words(let step): try await words(step)
    case .noise(let question): try await noise(question)
    case .noiseCurve(let picture): try await noiseCurve(picture)
    case .seeds(let question): try await seeds(question)
    case .places(let prompts): try await places(prompts)
    case .walk(let question): try await walk(question)
    case .learning: try await learning()
    }
  }

  /// A run as it stood before a step, steered as that step was.
  func iterator(before step: TakenStep) async throws -> SnapshotStore.Iterator {
    let point = BranchPoint(run: step.run, step: step.step)
    guard var (iterator, _) = snapshots.nearest(point) else { throw ForgottenRun() }
    while iterator.index < step.step {
      try await pipeline.steer(&iterator, by: step.changes)
      _ = try await iterator.next()
    }
    try await pipeline.steer(&iterator, to: step.steering)
    return iterator
  }
}

/// A run of which nothing is kept any more.
struct ForgottenRun: Error, CustomStringConvertible {
  var description: String {
    "this run was made by another model, before the model was loaded anew, or so long ago that it is not kept; run one again"
  }
}

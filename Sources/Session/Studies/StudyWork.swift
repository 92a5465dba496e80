import Explorer
import Foundation
import Models

/// The computation of a study.
struct StudyWork: Sendable {
  let study: Study
  let pipeline: Pipeline
  let snapshots: SnapshotStore
  let outbox: Outbox
  /// The folder that file names are relative to.
  let folder: URL
  let pupil: Pupil

  func post(_ finding: Finding) { outbox.post(.studied(study, finding)) }

  func answer() async throws {
    switch study {
    case .guidance(let step, let scale): try await guidance(step, scale: scale)
    case .words(let step): try await words(step)
    case .noise(let question): try await noise(question)
    case .noiseCurve(let picture): try await noiseCurve(picture)
    case .seeds(let question): try await seeds(question)
    case .places(let prompts): try await places(prompts)
    case .sentences(let sentences): try await self.sentences(sentences)
    case .walk(let question): try await walk(question)
    case .schedules(let recipe): try await schedules(recipe)
    case .otherRun(let recipe): try await otherRun(recipe)
    case .copy(let question): try copy(question)
    case .learning: try await learning()
    }
  }

  /// A run in its state before a step, with the steering of that step.
  func iterator(before step: TakenStep) async throws -> SnapshotStore.Iterator {
    let point = BranchPoint(run: step.run, step: step.step)
    guard var iterator = snapshots.nearest(point) else { throw ForgottenRun() }
    while iterator.index < step.step {
      try await pipeline.steer(&iterator, by: step.changes)
      if step.steering.changesOnItsWay {
        try await pipeline.steer(&iterator, to: step.steering)
      }
      _ = try await iterator.next()
    }
    try await pipeline.steer(&iterator, to: step.steering)
    return iterator
  }
}

/// Nothing of the run is kept any longer.
struct ForgottenRun: Error, CustomStringConvertible {
  var description: String {
    "this run was made by another model, before the model was reloaded, or too long ago; run it again"
  }
}

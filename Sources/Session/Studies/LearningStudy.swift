import Explorer
import Lesson
import Synchronization

/// The tiny network and what it has painted; it continues from where it stopped.
final class Pupil: Sendable {
  /// The network is released when training is over.
  let state = Mutex<(network: TinyLesson?, finding: LearningFinding)?>(nil)
}

extension StudyWork {
  /// The training time between two samplings.
  private static let seconds = 3.0

  /// Trains the tiny network and samples it at intervals, until the training is over.
  func learning() async throws {
    var (network, finding) = try await begun()
    while finding.share < 1, let tiny = network {
      let progress = try await tiny.learn(seconds: Self.seconds)
      try Task.checkCancellation()
      finding.rows.append(try await tiny.samples().map(\.picture))
      finding.times.append(progress.secondsPassed)
      finding.losses.append(progress.loss)
      finding.lossByLevel = progress.lossByLevel
      (finding.seen, finding.seconds) = (progress.pictures, progress.secondsPassed)
      finding.share = progress.share
      if finding.share >= 1 { network = nil }
      let now = (network, finding)
      pupil.state.withLock { $0 = now }
      post(.learning(finding))
    }
    post(.learning(finding))
  }

  private func begun() async throws -> (TinyLesson?, LearningFinding) {
    if let known = pupil.state.withLock({ $0 }) { return known }
    let network = try await TinyLesson(seed: 1)
    var finding = LearningFinding(words: TinyLesson.words)
    finding.rows.append(try await network.samples().map(\.picture))
    finding.times.append(0)
    post(.learning(finding))
    return (network, finding)
  }
}

import Explorer
import Foundation
import Models
import Recipes
import Testing

@testable import Session

/// Studies in the background: the order of their results, and that results nobody needs are never posted.
@MainActor
@Suite(.timeLimit(.minutes(5))) struct StudyEngineTests {
  let events = Events()

  /// Takes far longer than any test.
  private static let slow = Study.seeds(
    SeedsQuestion(TinyModel.recipe(steps: 1000), seeds: [1, 2]))
  private static let fast = Study.seeds(SeedsQuestion(TinyModel.recipe(steps: 2), seeds: [3]))
  private static let other = Study.seeds(SeedsQuestion(TinyModel.recipe(steps: 2), seeds: [4]))

  private func engine(
    snapshots: SnapshotStore = SnapshotStore(), _ pipeline: Pipeline? = nil
  ) throws -> StudyEngine {
    let engine = StudyEngine(
      mailbox: events.mailbox(), snapshots: snapshots,
      folder: FileManager.default.temporaryDirectory)
    engine.use(try pipeline ?? TinyModel.pipeline())
    return engine
  }

  /// Waits for any answer, whole or not.
  private func begun(_ study: Study) async throws {
    try await events.first { event -> Bool? in
      guard case .studied(study, _) = event else { return nil }
      return true
    }
  }

  private func studies(_ events: [ExplorerEvent]) -> [Study] {
    events.compactMap { event -> Study? in
      guard case .studied(let study, _) = event else { return nil }
      return study
    }
  }

  @Test func aSlowStudyDoesNotDelayAFastOne() async throws {
    let engine = try engine()
    engine.make([Self.slow])
    try await begun(Self.slow)
    engine.make([Self.fast])
    #expect(engine.current?.study == Self.fast)
    guard case .seeds(let finding) = try await events.answer(to: Self.fast) else {
      Issue.record("another finding")
      return
    }
    #expect(finding.rows.count == 1 && finding.rows[0].count == 2)
    // No result of the slow one comes after it.
    let all = studies(events.all)
    let first = try #require(all.firstIndex(of: Self.fast))
    #expect(all[first...].allSatisfy { $0 == Self.fast })
    #expect(
      !events.all.contains { event in
        if case .studied(Self.slow, let finding) = event { finding.isWhole } else { false }
      })
  }

  @Test func answersOfACancelledStudyNeverArrive() async throws {
    let engine = try engine()
    engine.make([Self.slow])
    try await begun(Self.slow)
    let job = try #require(engine.current)
    engine.make([])
    #expect(engine.current == nil)
    events.look()
    let count = events.all.count
    await job.task.value
    events.look()
    #expect(events.all.count == count)
  }

  @Test func anotherModelEndsTheStudiesOfTheOneBefore() async throws {
    let engine = try engine()
    engine.make([Self.slow, Self.fast])
    try await begun(Self.slow)
    let job = try #require(engine.current)
    engine.use(try TinyModel.pipeline())
    events.look()
    let count = events.all.count
    await job.task.value
    events.look()
    #expect(engine.current == nil && events.all.count == count)
  }

  @Test func oneComesAfterTheOtherInTheirOrder() async throws {
    let engine = try engine()
    engine.make([Self.fast, Self.other])
    _ = try await events.answer(to: Self.fast)
    #expect(engine.current?.study == Self.fast)
    // The end of another study has no effect.
    engine.end(Self.slow)
    #expect(engine.current?.study == Self.fast)
    engine.end(Self.fast)
    #expect(engine.current?.study == Self.other)
    _ = try await events.answer(to: Self.other)
    let all = studies(events.all)
    #expect(all == all.filter { $0 == Self.fast } + all.filter { $0 == Self.other })
    engine.end(Self.other)
    #expect(engine.current == nil)
  }

  @Test func whatIsAskedAgainGoesOn() async throws {
    let engine = try engine()
    engine.make([Self.slow])
    try await begun(Self.slow)
    let began = engine.current?.began
    engine.make([Self.slow, Self.fast])
    #expect(engine.current?.study == Self.slow && engine.current?.began == began)
    // A more urgent one comes before it, and then it is computed again.
    engine.make([Self.fast, Self.slow])
    #expect(engine.current?.study == Self.fast)
    _ = try await events.answer(to: Self.fast)
    engine.end(Self.fast)
    #expect(engine.current?.study == Self.slow)
    engine.make([])
  }

  /// During a run, the request changes with each step; a nearly finished study is completed.
  @Test func whatFollowsTheStepsMayEnd() throws {
    let engine = try engine()
    func words(_ step: Int) -> Study {
      .words(
        TakenStep(
          run: 0, step: step, steering: Steering(prompt: "", negativePrompt: "", guidance: 1)))
    }
    engine.make([words(0)])
    engine.make([words(1)])
    #expect(engine.current?.study == words(0))
    engine.end(words(0))
    #expect(engine.current?.study == words(1))
    // If nothing is requested any more, it is not waited for.
    engine.make([])
    #expect(engine.current == nil)
  }

  @Test func whatCannotBeAnsweredSaysWhy() async throws {
    let engine = try engine()
    let study = Study.noise(NoiseQuestion(.result(run: 99), level: 10))
    engine.make([study])
    guard case .failed(let message) = try await events.answer(to: study) else {
      Issue.record("an answer")
      return
    }
    #expect(message.contains("run it again"))
  }

  /// The result for a step does not depend on whether its snapshot was dropped.
  @Test func aDroppedSnapshotIsComputedAnew() async throws {
    let pipeline = try TinyModel.pipeline()
    var found: [Finding] = []
    for limit in [SnapshotStore.byteLimit, 0] {
      let snapshots = SnapshotStore(byteLimit: limit)
      let runs = RunEngine(mailbox: events.mailbox(), snapshots: snapshots)
      runs.use(pipeline)
      let run = found.count
      runs.start(run, TinyModel.recipe(sampler: .dpmPlusPlus2M), from: nil)
      _ = try await events.finished(run)
      #expect(snapshots.nearest(BranchPoint(run: run, step: 5))?.index == (limit > 0 ? 5 : 0))
      let step = TakenStep(
        run: run, step: 5,
        steering: Steering(prompt: "a cat", negativePrompt: "", guidance: 5))
      let engine = try engine(snapshots: snapshots, pipeline)
      engine.make([.guidance(step, scale: 5)])
      found.append(try await events.answer(to: .guidance(step, scale: 5)))
    }
    guard case .guidance(let finding) = found[0] else {
      Issue.record("\(found[0])")
      return
    }
    #expect(finding.size > 0 && found[0] == found[1])
  }
}

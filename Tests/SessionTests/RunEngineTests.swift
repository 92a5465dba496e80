import Diffusion
import Explorer
import Models
import Pictures
import Recipes
import Testing

@testable import Session

/// Runs in the background: their events, and how they are stopped and branched.
@MainActor
@Suite(.timeLimit(.minutes(5))) struct RunEngineTests {
  let events = Events()

  private func engine(snapshots: SnapshotStore = SnapshotStore()) throws -> RunEngine {
    let engine = RunEngine(mailbox: events.mailbox(), snapshots: snapshots)
    engine.use(try TinyModel.pipeline())
    return engine
  }

  @Test func aRunPostsItsPlanAndItsFrames() async throws {
    let engine = try engine()
    engine.start(3, TinyModel.recipe(), from: nil)
    let job = try #require(engine.jobs[3])
    let picture = try await events.finished(3)
    await job.task.value
    events.look()
    #expect(picture.width == 64 && picture.height == 64)
    let frames = events.frames(of: 3)
    #expect(frames.map(\.index) == Array(0..<8))
    #expect(frames.allSatisfy { $0.count == 8 && $0.steering.prompt == "a cat" })
    #expect(frames.dropLast().allSatisfy { $0.finished == nil })
    guard case .planned(3, let levels)? = events.all.first(where: Self.isPlan) else {
      Issue.record("no plan")
      return
    }
    #expect(levels.map(\.sigma) == frames.map(\.sigma))
    #expect(levels.map(\.noiseLevel) == frames.map(\.noiseLevel))
  }

  private nonisolated static func isPlan(_ event: ExplorerEvent) -> Bool {
    if case .planned = event { true } else { false }
  }

  @Test func whatCannotBeRunSaysWhy() async throws {
    let engine = try engine()
    var recipe = TinyModel.recipe()
    recipe.width = 65
    engine.start(0, recipe, from: nil)
    let message = try await events.first { event -> String? in
      guard case .runFailed(0, let message) = event else { return nil }
      return message
    }
    #expect(message.contains("65x64"))
    #expect(events.frames(of: 0).isEmpty)
  }

  @Test func withoutAModelNothingRuns() {
    let engine = RunEngine(mailbox: events.mailbox())
    engine.start(0, TinyModel.recipe(), from: nil)
    engine.decode(FramePlace(run: 0, step: 0, kind: .sample))
    #expect(engine.jobs.isEmpty && engine.signature(of: nil) == nil && engine.decoder() == nil)
  }

  // MARK: Stopping

  /// A run of a thousand steps stops within its current step, and posts no event after its end.
  @Test func aCancelledRunStopsWithinAStep() async throws {
    let engine = try engine()
    engine.start(0, TinyModel.recipe(steps: 1000), from: nil)
    try await events.begun(0)
    let job = try #require(engine.jobs[0])
    engine.cancel(0)
    #expect(engine.jobs.isEmpty)
    events.look()
    let count = events.all.count
    await job.task.value
    events.look()
    #expect(events.all.count == count)
    // One step may have been done, and the next begun, when it was cancelled.
    let frame = try #require(events.frames(of: 0).last)
    let snapshot = try #require(engine.snapshots.last(of: 0))
    #expect(snapshot.index <= frame.index + 2)
  }

  @Test func aPausedRunIsCancelledToo() async throws {
    let engine = try engine()
    engine.start(0, TinyModel.recipe(steps: 1000), from: nil)
    try await events.begun(0)
    engine.control(0)?.pause()
    let job = try #require(engine.jobs[0])
    engine.cancel(0)
    await job.task.value
    let snapshot = try #require(engine.snapshots.last(of: 0))
    #expect(snapshot.index < 999)
  }

  @Test func theRunAfterACancelledOneIsUnharmed() async throws {
    let engine = try engine()
    engine.start(0, TinyModel.recipe(), from: nil)
    let wanted = try await events.finished(0)
    engine.start(1, TinyModel.recipe(steps: 1000), from: nil)
    try await events.begun(1)
    engine.cancel(1)
    engine.start(2, TinyModel.recipe(), from: nil)
    #expect(try await events.finished(2) == wanted)
  }

  @Test func decodingThatIsLeftPostsNothing() async throws {
    let engine = try engine()
    engine.start(0, TinyModel.recipe(), from: nil)
    _ = try await events.finished(0)
    // The second replaces the first.
    engine.decode(FramePlace(run: 0, step: 1, kind: .sample))
    engine.decode(FramePlace(run: 0, step: 2, kind: .denoised))
    let picture = try await events.first { event -> Picture? in
      guard case .decoded(let place, let picture) = event, place.step == 2 else { return nil }
      return picture
    }
    #expect(picture.width == 64)
    let places = events.all.compactMap { event -> Int? in
      guard case .decoded(let place, _) = event else { return nil }
      return place.step
    }
    #expect(places.filter { $0 == 2 }.count == 1)
    engine.decode(FramePlace(run: 9, step: 0, kind: .sample))
    let message = try await events.first { event -> String? in
      guard case .decodeFailed(_, let message) = event else { return nil }
      return message
    }
    #expect(message.contains("step 1"))
  }

  // MARK: Steering

  @Test func steeringHoldsFromAStepOn() async throws {
    let engine = try engine()
    engine.start(0, TinyModel.recipe(steps: 1000), from: nil)
    try await events.begun(0)
    let other = Steering(prompt: "a dog", negativePrompt: "fog", guidance: 2)
    engine.control(0)?.steer(other)
    try await events.first { event -> Bool? in
      guard case .frame(0, let frame) = event, frame.steering == other else { return nil }
      return true
    }
    engine.cancel(0)
    events.look()
    let steerings = events.frames(of: 0).map(\.steering)
    let first = try #require(steerings.firstIndex(of: other))
    #expect(first > 0 && steerings[first...].allSatisfy { $0 == other })
    #expect(steerings[..<first].allSatisfy { $0.prompt == "a cat" && $0.guidance == 5 })
  }

  @Test func aRunKnowsItsModel() async throws {
    let engine = try engine()
    engine.start(0, TinyModel.recipe(steps: 1), from: nil)
    _ = try await events.finished(0)
    #expect(engine.signature(of: 0)?.blank.model == "tiny-sd")
    #expect(engine.signature(of: nil)?.blank.model == "tiny-sd")
    engine.forget(0)
    #expect(engine.signature(of: 0) == nil && engine.snapshots.last(of: 0) == nil)
  }

  // MARK: Branching off

  /// A branch with the run's own settings equals the run, bit for bit, whatever its sampler remembers and draws.
  @Test(arguments: SamplerKind.allCases)
  func aBranchIsTheRun(_ sampler: SamplerKind) async throws {
    let engine = try engine()
    let recipe = TinyModel.recipe(sampler: sampler)
    engine.start(0, recipe, from: nil)
    let picture = try await events.finished(0)
    engine.start(1, recipe, from: BranchPoint(run: 0, step: 3))
    #expect(try await events.finished(1) == picture)
    #expect(events.frames(of: 1).map(\.index) == Array(3..<8))
    try expectSame(engine, steps: 0..<8)
  }

  /// Steps of both runs begin with the same sample, and saw the same clean one.
  private func expectSame(_ engine: RunEngine, steps: Range<Int>) throws {
    for step in steps {
      for view in [PictureKind.sample, .denoised] {
        let one = try latent(engine, run: 0, step, view)
        #expect(try latent(engine, run: 1, step, view) == one, "step \(step), \(view)")
      }
    }
  }

  private func latent(
    _ engine: RunEngine, run: Int, _ step: Int, _ view: PictureKind
  ) throws -> Latent {
    try #require(engine.snapshots.latent(of: FramePlace(run: run, step: step, kind: view)))
  }

  @Test func aBranchGoesItsOwnWayFromItsChangeOn() async throws {
    let engine = try engine()
    var recipe = TinyModel.recipe(sampler: .dpmPlusPlus2M)
    engine.start(0, recipe, from: nil)
    let picture = try await events.finished(0)
    recipe.changes = [RecipeChange(step: 5, prompt: "a dog", guidance: 9)]
    engine.start(1, recipe, from: BranchPoint(run: 0, step: 3))
    #expect(try await events.finished(1) != picture)
    try expectSame(engine, steps: 0..<5)
    let one = try latent(engine, run: 0, 6, .sample)
    #expect(try latent(engine, run: 1, 6, .sample) != one)
    let prompts = events.frames(of: 1).map(\.steering.prompt)
    #expect(prompts == ["a cat", "a cat", "a dog", "a dog", "a dog"])
  }

  /// If the snapshots were dropped, the steps before the branch are computed again, without posting frames.
  @Test(arguments: [SamplerKind.dpmPlusPlus2M, .eulerAncestral])
  func aBranchFromADroppedSnapshotIsTheRun(_ sampler: SamplerKind) async throws {
    let engine = try engine(snapshots: SnapshotStore(byteLimit: 0))
    let recipe = TinyModel.recipe(sampler: sampler)
    engine.start(0, recipe, from: nil)
    let picture = try await events.finished(0)
    #expect(engine.snapshots.nearest(BranchPoint(run: 0, step: 5))?.index == 0)
    engine.start(1, recipe, from: BranchPoint(run: 0, step: 5))
    #expect(try await events.finished(1) == picture)
    #expect(events.frames(of: 1).map(\.index) == [5, 6, 7])
    #expect(engine.snapshots.last(of: 0)?.sample == engine.snapshots.last(of: 1)?.sample)
  }

  /// Of a run that is not known any more, the branch computes everything from the noise on.
  @Test func aBranchFromAForgottenRunIsTheRun() async throws {
    let engine = try engine()
    engine.start(0, TinyModel.recipe(), from: nil)
    let picture = try await events.finished(0)
    engine.forget(0)
    engine.start(1, TinyModel.recipe(), from: BranchPoint(run: 0, step: 5))
    #expect(try await events.finished(1) == picture)
    #expect(events.frames(of: 1).map(\.index) == [5, 6, 7])
  }
}

import Diffusion
import Explorer
import Testing

@testable import Session

@Suite(.timeLimit(.minutes(5))) struct SnapshotStoreTests {
  typealias Iterator = SnapshotStore.Iterator

  /// A run before each of its steps.
  private func snapshots(_ count: Int, seed: UInt64 = 7) async throws -> [Iterator] {
    let recipe = TinyModel.recipe(steps: count, seed: seed)
    var iterator = try await TinyModel.pipeline().trajectory(recipe).makeAsyncIterator()
    var all: [Iterator] = []
    while !iterator.isFinished {
      all.append(iterator)
      _ = try await iterator.next()
    }
    return all
  }

  /// The size of a snapshot without its clean sample: the sample and two that a sampler may remember.
  private func bytes(_ iterator: Iterator) -> Int { 3 * 4 * iterator.sample.values.count }

  /// The steps with kept samples.
  private func steps(_ store: SnapshotStore, _ run: Int) -> [Int] {
    (0..<100).filter {
      store.latent(of: FramePlace(run: run, step: $0, kind: .sample)) != nil
    }
  }

  private func nearest(_ store: SnapshotStore, _ run: Int, _ step: Int) -> Int? {
    store.nearest(BranchPoint(run: run, step: step))?.index
  }

  @Test func everySnapshotIsThereWhereTheyFit() async throws {
    let run = try await snapshots(6)
    let store = SnapshotStore(byteLimit: 6 * bytes(run[0]))
    store.begin(0)
    for iterator in run { store.append(iterator, to: 0) }
    #expect(steps(store, 0) == Array(0..<6))
    for (step, iterator) in run.enumerated() {
      let found = store.nearest(BranchPoint(run: 0, step: step))
      #expect(found?.index == step && found?.sample == iterator.sample)
    }
    #expect(nearest(store, 0, 99) == 5 && store.last(of: 0)?.index == 5)
    #expect(nearest(store, 0, -1) == nil && nearest(store, 1, 0) == nil)
  }

  /// A run that is too large by itself keeps every other snapshot, then every fourth, and always the first and the
  /// last.
  @Test func aLongRunIsThinned() async throws {
    let run = try await snapshots(9)
    let store = SnapshotStore(byteLimit: 4 * bytes(run[0]))
    store.begin(0)
    for iterator in run[..<4] { store.append(iterator, to: 0) }
    #expect(steps(store, 0) == [0, 1, 2, 3])
    for iterator in run[4..<8] { store.append(iterator, to: 0) }
    #expect(steps(store, 0) == [0, 2, 4, 6, 7])
    store.append(run[8], to: 0)
    #expect(steps(store, 0) == [0, 4, 8])
    #expect(nearest(store, 0, 7) == 4 && nearest(store, 0, 3) == 0)
  }

  /// Without any room there are still the ends.
  @Test func theEndsStay() async throws {
    let run = try await snapshots(5)
    let store = SnapshotStore(byteLimit: 0)
    store.begin(0)
    for iterator in run { store.append(iterator, to: 0) }
    #expect(steps(store, 0) == [0, 4])
    #expect(nearest(store, 0, 3) == 0 && store.last(of: 0)?.sample == run[4].sample)
  }

  @Test func theRunThatWasUsedLongestAgoGoesFirst() async throws {
    let (first, second) = (try await snapshots(6), try await snapshots(6, seed: 8))
    let store = SnapshotStore(byteLimit: 8 * bytes(first[0]))
    store.begin(0)
    for iterator in first { store.append(iterator, to: 0) }
    // Branching off is a use of it.
    #expect(nearest(store, 0, 2) == 2)
    store.begin(1)
    for iterator in second { store.append(iterator, to: 1) }
    #expect(steps(store, 1) == Array(0..<6))
    #expect(steps(store, 0) == [0, 2, 5])
    #expect(nearest(store, 0, 4) == 2)
  }

  @Test func aBranchHasTheFirstStepsInCommon() async throws {
    let run = try await snapshots(6)
    let store = SnapshotStore()
    store.begin(0)
    for iterator in run { store.append(iterator, to: 0) }
    #expect(store.branch(1, from: BranchPoint(run: 0, step: 4))?.sample == run[4].sample)
    #expect(steps(store, 1) == [0, 1, 2, 3])
    store.append(run[5], to: 1)
    #expect(steps(store, 1) == [0, 1, 2, 3])
    store.append(run[4], to: 1)
    store.forget(0)
    // They are its own.
    #expect(steps(store, 0).isEmpty && steps(store, 1) == [0, 1, 2, 3, 4])
    #expect(store.last(of: 1)?.index == 4)
    // Of a run that is gone nothing branches off, and nothing begins.
    #expect(store.branch(2, from: BranchPoint(run: 0, step: 4)) == nil)
    store.append(run[0], to: 2)
    #expect(steps(store, 2).isEmpty)
  }

  @Test func whatIsForgottenIsNotKeptAgain() async throws {
    let run = try await snapshots(3)
    let store = SnapshotStore()
    for id in 0..<2 {
      store.begin(id)
      store.append(run[0], to: id)
    }
    store.forget(0)
    store.append(run[1], to: 0)
    #expect(steps(store, 0).isEmpty && steps(store, 1) == [0])
    store.forgetAll()
    store.append(run[1], to: 1)
    #expect(steps(store, 1).isEmpty && store.last(of: 1) == nil)
  }

  @Test func cleanSamplesBelongToTheirSteps() async throws {
    let run = try await snapshots(3)
    let store = SnapshotStore()
    let clean = Latent(shape: run[0].sample.shape, repeating: 0.5)
    func denoised(_ step: Int) -> Latent? {
      store.latent(of: FramePlace(run: 0, step: step, kind: .denoised))
    }
    store.begin(0)
    store.append(run[0], to: 0)
    #expect(denoised(0) == nil)
    store.append(denoised: clean, at: 0, to: 0)
    #expect(denoised(0) == clean)
    store.append(run[1], to: 0)
    // Not the step that comes next.
    store.append(denoised: clean, at: 2, to: 0)
    store.append(denoised: clean, at: 0, to: 1)
    #expect(denoised(1) == nil && denoised(2) == nil)
    #expect(store.latent(of: FramePlace(run: 0, step: 0, kind: .noise)) == nil)
    // A branch has them too.
    _ = store.branch(1, from: BranchPoint(run: 0, step: 1))
    #expect(store.latent(of: FramePlace(run: 1, step: 0, kind: .denoised)) == clean)
  }
}

import Testing

/// Runs one test of the real program at a time, in all suites that have this trait.
///
/// Such a test blocks its thread while it waits for the screen. Swift's pool has one thread per core: two of these tests
/// at once would leave none to the asynchronous tests of a machine with two cores.
struct OneAtATime: TestTrait, SuiteTrait, TestScoping {
  let isRecursive = true

  /// Lets one caller in after another, in the order of their calls.
  private actor Turn {
    private var isTaken = false
    private var waiting: [CheckedContinuation<Void, Never>] = []

    func take() async {
      if !isTaken {
        isTaken = true
      } else {
        await withCheckedContinuation { waiting.append($0) }
      }
    }

    func pass() {
      if waiting.isEmpty { isTaken = false } else { waiting.removeFirst().resume() }
    }
  }

  private static let turn = Turn()

  func provideScope(
    for test: Test, testCase: Test.Case?, performing function: @Sendable () async throws -> Void
  ) async throws {
    // A suite is a scope too, and its tests would wait for it.
    guard testCase != nil else { return try await function() }
    await Self.turn.take()
    do {
      try await function()
    } catch {
      await Self.turn.pass()
      throw error
    }
    await Self.turn.pass()
  }
}

extension Trait where Self == OneAtATime {
  /// One test of the real program at a time.
  static var oneAtATime: Self { OneAtATime() }
}

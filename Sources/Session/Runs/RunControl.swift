import Pictures
import Recipes
import Synchronization

/// Controls a run during its computation: pause, single steps, and changes of prompts or guidance.
final class RunControl: Sendable {
  private struct State {
    var isPaused = false
    var allowedSteps = 0
    var steering: Steering?
    var waiter: CheckedContinuation<Void, Never>?
  }

  private let state = Mutex(State())

  func pause() { state.withLock { $0.isPaused = true } }

  func resume() {
    change {
      $0.isPaused = false
      $0.allowedSteps = 0
    }
  }

  func stepOnce() {
    change {
      $0.isPaused = true
      $0.allowedSteps += 1
    }
  }

  func steer(_ steering: Steering) { state.withLock { $0.steering = steering } }

  /// The steering requested since the last call.
  func newSteering() -> Steering? {
    state.withLock { state in
      defer { state.steering = nil }
      return state.steering
    }
  }

  /// Returns when the run may compute its next step.
  ///
  /// - Throws: `CancellationError` if it is cancelled while it waits.
  func permission() async throws {
    try Task.checkCancellation()
    await withTaskCancellationHandler {
      await withCheckedContinuation { continuation in
        let mayGo = state.withLock { state in
          if !state.isPaused || Task.isCancelled { return true }
          if state.allowedSteps > 0 {
            state.allowedSteps -= 1
            return true
          }
          state.waiter = continuation
          return false
        }
        if mayGo { continuation.resume() }
      }
    } onCancel: {
      change { _ in }
    }
    try Task.checkCancellation()
  }

  /// Changes the state and lets a waiting run continue.
  private func change(_ body: (inout State) -> Void) {
    let waiter = state.withLock { state in
      body(&state)
      let waiter = state.waiter
      if waiter != nil, state.isPaused, state.allowedSteps > 0 { state.allowedSteps -= 1 }
      state.waiter = nil
      return waiter
    }
    waiter?.resume()
  }
}

import Diffusion
import Explorer
import Foundation
import Models
import Pictures
import Synchronization

/// What waits for the interface: events of runs, in their order.
final class Mailbox: Sendable {
  private let events = Mutex<[ExplorerEvent]>([])
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func post(_ event: ExplorerEvent) {
    events.withLock { $0.append(event) }
    wake()
  }

  func drain() -> [ExplorerEvent] {
    events.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}

/// What a run is told while it goes: to wait, to take one step, to be guided otherwise.
final class RunControl: Sendable {
  private struct State {
    var isPaused = false
    var allowedSteps = 0
    var guidance: Guidance?
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

  func setGuidance(_ guidance: Guidance) { state.withLock { $0.guidance = guidance } }

  /// The guidance that was asked for since the last time.
  func newGuidance() -> Guidance? {
    state.withLock { state in
      defer { state.guidance = nil }
      return state.guidance
    }
  }

  /// Returns when the run may take its next step.
  ///
  /// - Throws: `CancellationError` when it is cancelled while it waits.
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

  /// Changes the state and lets a waiting run go on.
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

/// Computes runs in the background and posts what comes of them.
@MainActor
final class RunEngine {
  private let mailbox: Mailbox
  private var pipeline: Pipeline?
  private var tasks: [Int: (task: Task<Void, Never>, control: RunControl)] = [:]

  init(mailbox: Mailbox) { self.mailbox = mailbox }

  /// The model, once it is there.
  func use(_ pipeline: Pipeline) { self.pipeline = pipeline }

  func start(_ id: Int, _ recipe: Recipe) {
    guard let pipeline else { return }
    // Only the newest run is ever steered again.
    tasks = [:]
    let control = RunControl()
    let mailbox = mailbox
    let task = Task.detached(priority: .utility) {
      do {
        try await RunEngine.compute(id, recipe, pipeline, control, mailbox)
      } catch is CancellationError {
        return
      } catch {
        mailbox.post(.runFailed(run: id, message: "\(error)"))
      }
    }
    tasks[id] = (task, control)
  }

  func control(_ id: Int) -> RunControl? { tasks[id]?.control }

  func cancel(_ id: Int) {
    tasks.removeValue(forKey: id)?.task.cancel()
  }

  private nonisolated static func compute(
    _ id: Int, _ recipe: Recipe, _ pipeline: Pipeline, _ control: RunControl, _ mailbox: Mailbox
  ) async throws {
    var iterator = try await pipeline.trajectory(recipe).makeAsyncIterator()
    let clock = ContinuousClock()
    while !iterator.isFinished {
      try await control.permission()
      if let guidance = control.newGuidance() { iterator.guidance = guidance }
      let start = clock.now
      guard let step = try await iterator.next() else { break }
      try Task.checkCancellation()
      let isLast = step.index + 1 == step.count
      mailbox.post(
        .frame(
          run: id,
          Frame(
            index: step.index, count: step.count, sigma: step.sigma, noiseLevel: step.noiseLevel,
            sample: pipeline.picture(of: step.sample),
            denoised: pipeline.picture(of: step.denoised),
            noise: pipeline.noisePicture(of: step.noise),
            finished: isLast ? pipeline.picture(of: step.next) : nil,
            milliseconds: (clock.now - start).milliseconds,
            guidance: iterator.guidance.scale)))
    }
  }
}

import Recipes
import Testing

@testable import Session

@Suite(.timeLimit(.minutes(5))) struct RunControlTests {
  @Test func aRunGoesOnUntilItIsPaused() async throws {
    let control = RunControl()
    try await control.permission()
    try await control.permission()
    control.pause()
    let waiting = Task { try await control.permission() }
    control.resume()
    try await waiting.value
    try await control.permission()
  }

  @Test func onlySoManyStepsAreTakenOneByOne() async throws {
    let control = RunControl()
    control.stepOnce()
    control.stepOnce()
    try await control.permission()
    try await control.permission()
    // The third would wait for ever.
    let waiting = Task { try await control.permission() }
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  /// Whether the run waits already or comes later, one step is one step.
  @Test func aStepForARunThatWaits() async throws {
    let control = RunControl()
    control.pause()
    let waiting = Task { try await control.permission() }
    await Task.yield()
    control.stepOnce()
    try await waiting.value
    let next = Task { try await control.permission() }
    next.cancel()
    await #expect(throws: CancellationError.self) { try await next.value }
  }

  @Test func aCancelledRunDoesNotWait() async throws {
    let control = RunControl()
    control.pause()
    let waiting = Task { try await control.permission() }
    await Task.yield()
    waiting.cancel()
    await #expect(throws: CancellationError.self) { try await waiting.value }
  }

  @Test func steeringIsTakenOverOnce() {
    let control = RunControl()
    #expect(control.newSteering() == nil)
    control.steer(Steering(prompt: "a dog", negativePrompt: "", guidance: 2))
    control.steer(Steering(prompt: "a cat", negativePrompt: "", guidance: 3))
    #expect(control.newSteering()?.prompt == "a cat")
    #expect(control.newSteering() == nil)
  }
}

import Diffusion
import Testing

/// Flows whose velocity is divided by a least share of noise, and guidance between two times.
@Suite struct FlowVelocityTests {
  /// A network that always sees the same picture, brighter under a condition.
  private struct Seer: Denoiser {
    let prediction = Prediction.sample

    func predict(
      _ sample: Latent, timestep: Float, conditions: [Float]
    ) async throws -> [Latent] {
      conditions.map { condition in
        Latent(
          shape: sample.shape, values: sample.values.indices.map { condition + Float($0) / 16 })
      }
    }
  }

  private func run(
    steps: Int, guidance: Float = 1, _ change: (inout NoiseSchedule) -> Void
  ) async throws -> (start: [Float], steps: [Step]) {
    var schedule = NoiseSchedule.flow()
    change(&schedule)
    let trajectory = try Trajectory(
      denoiser: Seer(), schedule: schedule,
      settings: SamplingSettings(
        seed: 3, steps: steps, guidance: Guidance(scale: guidance), sampler: .euler,
        spacing: .sgmUniform),
      shape: LatentShape(height: 2, width: 2, channels: 3), condition: 0.5, unconditional: -0.25)
    var all: [Step] = []
    for try await step in trajectory { all.append(step) }
    return (trajectory.start.values, all)
  }

  private func difference(_ found: [Float], _ expected: [Float]) -> Float {
    zip(found, expected).reduce(0) { max($0, abs($1.0 - $1.1)) }
  }

  /// `x += dt (x_0 - x) / max(1 - t, least)` step by step, with steps on both sides of the least.
  @Test(arguments: [4, 20, 50])
  func theVelocityIsDividedByTheLeastNoise(_ count: Int) async throws {
    let least = 0.05
    let found = try await run(steps: count) { $0.leastVelocityNoise = least }
    var x = found.start.map(Double.init)
    for step in 0..<count {
      let (time, next) = (Double(step) / Double(count), Double(step + 1) / Double(count))
      x = x.enumerated().map { place, value in
        let clean = 0.5 + Double(place) / 16
        return value + (next - time) * (clean - value) / max(1 - time, least)
      }
    }
    let end = try #require(found.steps.last).next.values
    #expect(difference(end, x.map(Float.init)) < 1e-5)
    // Without a least the run ends at the picture; with one, noise is left if there were steps below it.
    let clean = x.indices.map { 0.5 + Float($0) / 16 }
    let whole = try await run(steps: count) { _ in }
    #expect(difference(try #require(whole.steps.last).next.values, clean) < 1e-5)
    #expect((difference(end, clean) > 1e-3) == (count == 50))
  }

  @Test func guidanceHoldsBetweenTwoTimes() async throws {
    let found = try await run(steps: 10, guidance: 3) { $0.guidedSignal = 0.25...0.75 }
    #expect(
      found.steps.map { $0.unconditional != nil }
        == [false, false, false, true, true, true, true, true, false, false])
    let clean = (0..<12).map { 0.5 + Float($0) / 16 }
    #expect(difference(found.steps[0].denoised.values, clean) < 1e-6)
    #expect(difference(found.steps[4].denoised.values, clean.map { $0 + 1.5 }) < 1e-5)
  }
}

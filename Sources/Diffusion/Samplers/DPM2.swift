/// DPM-Solver-2 (Lu et al. 2022a, algorithm 1 with r = 1/2; k-diffusion's `sample_dpm_2`): the network is called again half
/// way down, by the logarithm of the ratio of noise to signal, and the whole step goes in the direction found there.
struct DPM2Sampler: Sampler {
  static let rules = SamplerRules(
    times: .between, karrasTimesAreWhole: true, scalesStart: true)

  let schedule: NoiseSchedule

  func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent {
    let target = step.to.ratio
    guard
      let second = try await step.directionHalfWay(to: target, from: seen, on: schedule, look)
    else { return .sum(step.to.alpha, seen.sample, step.to.sigma, seen.noise) }
    return step.arrival(at: target, from: seen, along: second)
  }
}

/// DPM-Solver-2 with ancestral noise: the step goes further down, and fresh noise leads back to the next level
/// (k-diffusion's `sample_dpm_2_ancestral`).
struct DPM2AncestralSampler: Sampler {
  static let rules = SamplerRules(
    times: .between, karrasTimesAreWhole: true, scalesStart: true, draws: 1)

  let schedule: NoiseSchedule

  func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent {
    let kept = step.remainingNoise
    let fresh = step.to.sigma * (1 - kept * kept).squareRoot()
    let target = step.to.ratio * kept
    guard
      let second = try await step.directionHalfWay(to: target, from: seen, on: schedule, look)
    else {
      return .sum(
        step.to.alpha, seen.sample, step.to.sigma * kept, seen.noise, fresh, noise(0))
    }
    return .sum(1, step.arrival(at: target, from: seen, along: second), fresh, noise(0))
  }
}

extension PlannedStep {
  /// The noise that the network finds half way to a ratio; `nil` where there is no half way, from pure noise or to none.
  fileprivate func directionHalfWay(
    to target: Double, from seen: Denoised, on schedule: NoiseSchedule,
    _ look: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent? {
    guard from.ratio.isFinite, target > 0 else { return nil }
    let middle = schedule.level(ofRatio: (from.ratio * target).squareRoot())
    let sample = Latent.sum(middle.alpha, seen.sample, middle.sigma, seen.noise)
    return try await look(sample, middle).noise
  }

  /// The sample at a ratio, in the next level's scale, after a whole step along one noise.
  fileprivate func arrival(at target: Double, from seen: Denoised, along noise: Latent) -> Latent {
    .sum(
      to.alpha, seen.sample, to.alpha * from.ratio, seen.noise, to.alpha * (target - from.ratio),
      noise)
  }
}

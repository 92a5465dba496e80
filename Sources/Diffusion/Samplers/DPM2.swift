/// DPM-Solver-2 (Lu et al. 2022a, algorithm 1 with r = 1/2; k-diffusion's `sample_dpm_2`): the network is called again
/// at the midpoint in the logarithm of the ratio of noise to signal, and the whole step uses the direction found there.
struct DPM2Sampler: Sampler {
  static let rules = SamplerRules(
    times: .between, karrasTimesAreWhole: true, scalesStart: true)

  let schedule: NoiseSchedule

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent {
    let target = step.to.ratio
    guard
      let second = try await step.directionHalfWay(
        to: target, from: predicted, on: schedule, evaluate)
    else {
      return Latent(step.to.alpha * predicted.sample + step.to.sigma * predicted.noise)
    }
    return step.arrival(at: target, from: predicted, along: second)
  }
}

/// DPM-Solver-2 with ancestral noise: the step goes further down, and fresh noise brings it back to the next level
/// (k-diffusion's `sample_dpm_2_ancestral`).
struct DPM2AncestralSampler: Sampler {
  static let rules = SamplerRules(
    times: .between, karrasTimesAreWhole: true, scalesStart: true, draws: 1)

  let schedule: NoiseSchedule

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent {
    let target = step.to.ratio * step.remainingNoise
    guard
      let second = try await step.directionHalfWay(
        to: target, from: predicted, on: schedule, evaluate)
    else {
      return Latent(
        step.to.alpha * predicted.sample + step.sigmaDown * predicted.noise
          + step.sigmaUp * noise(0))
    }
    return Latent(
      step.arrival(at: target, from: predicted, along: second) + step.sigmaUp * noise(0))
  }
}

extension PlannedStep {
  /// The noise predicted halfway to a ratio; `nil` if there is no midpoint, because the step starts from pure noise or
  /// ends without noise.
  fileprivate func directionHalfWay(
    to target: Double, from predicted: Denoised, on schedule: NoiseSchedule,
    _ evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent? {
    guard from.ratio.isFinite, target > 0 else { return nil }
    let middle = schedule.level(ofRatio: (from.ratio * target).squareRoot())
    let sample = Latent(middle.alpha * predicted.sample + middle.sigma * predicted.noise)
    return try await evaluate(sample, middle).noise
  }

  /// The sample at a ratio, in the next level's scale, after a whole step along one noise prediction.
  fileprivate func arrival(at target: Double, from predicted: Denoised, along noise: Latent)
    -> Latent
  {
    Latent(
      to.alpha * predicted.sample + to.alpha * from.ratio * predicted.noise
        + to.alpha * (target - from.ratio) * noise)
  }
}

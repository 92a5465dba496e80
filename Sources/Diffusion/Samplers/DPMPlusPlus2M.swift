/// DPM-Solver++(2M) (Lu et al. 2022b, algorithm 2): second order by remembering what the step before saw.
struct DPMPlusPlus2MSampler: Sampler {
  static let rules = SamplerRules(
    times: .whole, leavesOutLast: true, karrasTimesAreWhole: true,
    exponentialTimesAreWhole: true)

  private var history = MultistepHistory()

  mutating func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let target = history.extrapolated(seen.sample, step: step)
    return .sum(
      step.to.sigma / step.from.sigma, x, step.to.alpha * (1 - step.remainingNoise), target)
  }
}

/// The stochastic variant of DPM-Solver++(2M): the reverse SDE instead of the ODE, by the same extrapolation
/// (diffusers' `sde-dpmsolver++`, k-diffusion's `sample_dpmpp_2m_sde` with the midpoint rule).
struct DPMPlusPlus2MSDESampler: Sampler {
  static let rules = SamplerRules(
    times: .whole, leavesOutLast: true, karrasTimesAreWhole: true,
    exponentialTimesAreWhole: true, draws: 1)

  private var history = MultistepHistory()

  mutating func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let target = history.extrapolated(seen.sample, step: step)
    let kept = step.remainingNoise
    let renewed = 1 - kept * kept
    return .sum(
      step.to.sigma / step.from.sigma * kept, x, step.to.alpha * renewed, target,
      step.to.sigma * renewed.squareRoot(), noise(0))
  }
}

/// What a two-step method remembers: the clean sample the last step saw, and how long that step was.
private struct MultistepHistory: Sendable {
  private var last: (sample: Latent, level: NoiseLevel)?

  /// The clean sample in the middle of the step, in the logarithm of the signal-to-noise ratio; at the first step and
  /// at the last, where that is infinite, simply the one seen.
  mutating func extrapolated(_ sample: Latent, step: PlannedStep) -> Latent {
    defer { last = (sample, step.from) }
    guard let last, !step.isLast, step.to.sigma > 0 else { return sample }
    let now = step.to.logSNR - step.from.logSNR
    let before = step.from.logSNR - last.level.logSNR
    let half = now / before / 2
    guard half.isFinite else { return sample }
    return .sum(1 + half, sample, -half, last.sample)
  }
}

/// DPM-Solver++(2M) (Lu et al. 2022b, algorithm 2): it is of second order, because it uses the previous step's
/// prediction.
struct DPMPlusPlus2MSampler: Sampler {
  static let rules = SamplerRules(
    times: .whole, leavesOutLast: true, karrasTimesAreWhole: true,
    exponentialTimesAreWhole: true)

  private var history = MultistepHistory()

  mutating func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let target = history.extrapolated(predicted.sample, step: step)
    return Latent(
      step.to.sigma / step.from.sigma * x + step.to.alpha * (1 - step.remainingNoise) * target)
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
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let target = history.extrapolated(predicted.sample, step: step)
    let kept = step.remainingNoise
    let renewed = 1 - kept * kept
    return Latent(
      step.to.sigma / step.from.sigma * kept * x + step.to.alpha * renewed * target
        + step.to.sigma * renewed.squareRoot() * noise(0))
  }
}

/// The state of a two-step method: the clean sample predicted in the previous step, and the length of that step.
private struct MultistepHistory: Sendable {
  private var last: (sample: Latent, level: NoiseLevel)?

  /// The clean sample in the middle of the step, in the logarithm of the signal-to-noise ratio; in the first step, and
  /// in the last step, where that logarithm is infinite, it is the predicted one.
  mutating func extrapolated(_ sample: Latent, step: PlannedStep) -> Latent {
    defer { last = (sample, step.from) }
    guard let last, !step.isLast, step.to.sigma > 0 else { return sample }
    let now = step.to.logSNR - step.from.logSNR
    let before = step.from.logSNR - last.level.logSNR
    let half = now / before / 2
    guard half.isFinite else { return sample }
    return Latent((1 + half) * sample - half * last.sample)
  }
}

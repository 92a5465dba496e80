/// Denoising diffusion probabilistic models (Ho et al. 2020): the mean of the posterior, equation 7, and noise with one
/// of the two variances in section 3.2.
struct DDPMSampler: Sampler {
  static let rules = SamplerRules(times: .taught, draws: 1)

  /// Whether the noise has the larger variance, that between the two levels; otherwise the posterior's own.
  let addsAllVariance: Bool

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let (from, to) = (step.from, step.to)
    let variance = from.sigma * from.sigma
    let remaining = to.sigma * to.sigma
    // The clean picture gets no noise in either case.
    let share = remaining > 0 && addsAllVariance ? 1 : remaining / variance
    return Latent(
      to.alpha * step.addedVariance / variance * predicted.sample
        + step.keptSignal * remaining / variance * x
        + (share * step.addedVariance).squareRoot() * noise(0))
  }
}

extension PlannedStep {
  /// The weight of the less noisy sample in the noisier one.
  var keptSignal: Double { from.alpha / to.alpha }

  /// The variance of the noise between the two: `beta` for a single training step, called `sigma_{t|s}^2` for any path
  /// in Kingma et al. 2021, appendix A.
  var addedVariance: Double {
    max(0, from.sigma * from.sigma - keptSignal * keptSignal * to.sigma * to.sigma)
  }
}

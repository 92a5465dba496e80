/// Euler's method with ancestral noise: a longer step down, then some fresh noise (k-diffusion's
/// `sample_euler_ancestral`, after Song et al. 2020, equation 12 with the standard deviation of DDPM).
struct EulerAncestralSampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true, draws: 1)

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    Latent(
      step.to.alpha * predicted.sample + step.sigmaDown * predicted.noise
        + step.sigmaUp * noise(0))
  }
}

extension PlannedStep {
  /// The ratio of noise to signal after the step divided by that before it: `exp(-h)` in the notation of Lu et al.
  /// 2022, 0 if the step starts from pure noise or ends without noise.
  var remainingNoise: Double {
    let share = to.sigma * from.alpha / (to.alpha * from.sigma)
    return share.isFinite ? min(1, share) : 0
  }

  /// The predicted noise that an ancestral step keeps, at the next level.
  var sigmaDown: Double { to.sigma * remainingNoise }

  /// The fresh noise that an ancestral step adds: with ``sigmaDown``, it makes up the next level's.
  var sigmaUp: Double { to.sigma * (1 - remainingNoise * remainingNoise).squareRoot() }
}

/// Euler's method with ancestral noise: a longer step down, then some fresh noise (k-diffusion's
/// `sample_euler_ancestral`, after Song et al. 2020, equation 12 with the standard deviation of DDPM).
struct EulerAncestralSampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true, draws: 1)

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let kept = step.remainingNoise
    let sigmaDown = step.to.sigma * kept
    let sigmaUp = step.to.sigma * (1 - kept * kept).squareRoot()
    return Latent(
      step.to.alpha * predicted.sample + sigmaDown * predicted.noise + sigmaUp * noise(0))
  }
}

extension PlannedStep {
  /// The ratio of noise to signal after the step divided by that before it: `exp(-h)` in the notation of Lu et al.
  /// 2022, 0 if the step starts from pure noise or ends without noise.
  var remainingNoise: Double {
    let share = to.sigma * from.alpha / (to.alpha * from.sigma)
    return share.isFinite ? min(1, share) : 0
  }
}

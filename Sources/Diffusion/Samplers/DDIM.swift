/// Denoising diffusion implicit models (Song et al. 2020, equations 12 and 16).
struct DDIMSampler: Sampler {
  static let rules = SamplerRules(times: .taught)

  /// 0 adds no noise on the way, 1 as much as DDPM.
  let eta: Double

  func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let (from, to) = (step.from, step.to)
    guard eta > 0 else { return .sum(to.alpha, seen.sample, to.sigma, seen.noise) }
    let deviation = eta * to.sigma / from.sigma * step.addedVariance.squareRoot()
    let direction = max(0, to.sigma * to.sigma - deviation * deviation).squareRoot()
    return .sum(to.alpha, seen.sample, direction, seen.noise, deviation, noise(0))
  }
}

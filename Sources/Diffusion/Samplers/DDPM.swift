/// Denoising diffusion probabilistic models (Ho et al. 2020): the mean of the posterior, equation 7, and noise of its
/// variance, the smaller of the two choices in section 3.2.
struct DDPMSampler: Sampler {
  func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: () -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let (from, to) = (step.from, step.to)
    let forward = from.alpha / to.alpha
    let beta = 1 - forward * forward
    let variance = from.sigma * from.sigma
    let remaining = to.sigma * to.sigma
    return .sum(
      to.alpha * beta / variance, seen.sample, forward * remaining / variance, x,
      max(0, remaining / variance * beta).squareRoot(), noise())
  }
}

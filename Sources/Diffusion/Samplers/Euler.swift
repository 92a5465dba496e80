/// Euler's method on the probability-flow ODE (Karras et al. 2022, algorithm 1 without churn; for straight paths
/// Lipman et al. 2023).
///
/// Along the path the clean sample and the noise stay what the network saw; only their weights change.
struct EulerSampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true)

  func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    .sum(step.to.alpha, seen.sample, step.to.sigma, seen.noise)
  }
}

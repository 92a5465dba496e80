/// Euler's method on the probability-flow ODE (Karras et al. 2022, algorithm 1 without churn; for straight paths
/// Lipman et al. 2023).
///
/// Along the path, the predicted clean sample and noise stay the same; only their weights change.
struct EulerSampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true)

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    Latent(step.to.alpha * predicted.sample + step.to.sigma * predicted.noise)
  }
}

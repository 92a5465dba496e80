/// Heun's second-order method (Karras et al. 2022, algorithm 1 without churn): an Euler step, a second look from
/// where it led, and the mean of both directions.
struct HeunSampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true)

  func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent {
    let (from, to) = (step.from, step.to)
    let ahead = Latent.sum(to.alpha, seen.sample, to.sigma, seen.noise)
    guard to.sigma > 0 else { return ahead }
    let second = try await look(ahead, to)
    if from.isFlow {
      // The direction is the velocity, noise less sample, and the path's coordinate is sigma itself.
      let half = (to.sigma - from.sigma) / 2
      let firstPart = Latent.sum(1, x, half, seen.noise, -half, seen.sample)
      return .sum(1, firstPart, half, second.noise, -half, second.sample)
    }
    // In the sample scaled to a signal of weight 1 the direction is the noise, and the coordinate the ratio.
    let half = to.alpha * (to.ratio - from.ratio) / 2
    return .sum(
      1, .sum(to.alpha, seen.sample, to.alpha * from.ratio + half, seen.noise), half, second.noise)
  }
}

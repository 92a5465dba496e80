/// Heun's second-order method (Karras et al. 2022, algorithm 1 without churn): an Euler step, a second
/// evaluation at its end, and the mean of both directions.
struct HeunSampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true)

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent {
    let (from, to) = (step.from, step.to)
    let ahead = Latent(to.alpha * predicted.sample + to.sigma * predicted.noise)
    guard to.sigma > 0 else { return ahead }
    let second = try await evaluate(ahead, to)
    if from.isFlow {
      // The direction is the velocity, noise minus sample, and the path's coordinate is sigma itself.
      let half = (to.sigma - from.sigma) / 2
      let halfWay = Latent(x + half * predicted.noise - half * predicted.sample)
      return Latent(halfWay + half * second.noise - half * second.sample)
    }
    // In the sample scaled to a signal of weight 1, the direction is the noise, and the coordinate is the ratio.
    let half = to.alpha * (to.ratio - from.ratio) / 2
    let halfWay = Latent(
      to.alpha * predicted.sample + (to.alpha * from.ratio + half) * predicted.noise)
    return Latent(halfWay + half * second.noise)
  }
}

/// DPM-Solver++ (stochastic) with r = 1/2 (k-diffusion's `sample_dpmpp_sde`): a step with ancestral noise to the
/// midpoint in the logarithm of the ratio of noise to signal, then the whole step from the start with the prediction
/// made there.
struct DPMPlusPlusSDESampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true, draws: 2)

  let schedule: NoiseSchedule

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent {
    guard step.to.sigma > 0 else { return predicted.sample }
    guard step.from.ratio.isFinite else {
      // From pure noise there is no midpoint: the step takes the prediction, with entirely fresh noise.
      return Latent(step.to.alpha * predicted.sample + step.to.sigma * noise(1))
    }
    let middle = schedule.level(ofRatio: (step.from.ratio * step.to.ratio).squareRoot())
    let half = ancestral(x, predicted.sample, from: step.from, to: middle, noise(0))
    let second = try await evaluate(half, middle)
    return ancestral(x, second.sample, from: step.from, to: step.to, noise(1))
  }

  /// The exponential step to the level below `to` from which fresh noise leads back to it.
  private func ancestral(
    _ x: Latent, _ denoised: Latent, from: NoiseLevel, to: NoiseLevel, _ noise: Latent
  ) -> Latent {
    let kept = to.ratio / from.ratio
    let share = kept * kept
    return Latent(
      to.alpha / from.alpha * share * x + to.alpha * (1 - share) * denoised
        + to.sigma * (1 - share).squareRoot() * noise)
  }
}

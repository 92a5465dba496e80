/// The stochastic variant of DPM-Solver++(3M): it is of third order, because it uses the predictions of the two
/// previous steps (k-diffusion's `sample_dpmpp_3m_sde`).
struct DPMPlusPlus3MSDESampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true, draws: 1)

  private var history: [(denoised: Latent, level: NoiseLevel)] = []

  mutating func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let denoised = predicted.sample
    defer { history = [(denoised, step.from)] + history.prefix(1) }
    guard step.to.sigma > 0 else { return denoised }
    let kept = step.remainingNoise
    let renewed = 1 - kept * kept
    let base = Latent(
      step.to.sigma / step.from.sigma * kept * x + step.to.alpha * renewed * denoised
        + step.to.sigma * renewed.squareRoot() * noise(0))
    guard let change = change(of: denoised, step, renewed) else { return base }
    return Latent(base + step.to.alpha * change)
  }

  /// The contribution of the clean sample's first and second differences, over twice the step's length; `nil` if there
  /// are none.
  private func change(of denoised: Latent, _ step: PlannedStep, _ renewed: Double) -> Latent? {
    let length = step.to.logSNR - step.from.logSNR
    guard length.isFinite, let last = history.first else { return nil }
    let doubled = 2 * length
    let phi2 = 1 - renewed / doubled
    let before = step.from.logSNR - last.level.logSNR
    guard before.isFinite else { return nil }
    let r0 = before / length
    let slope = Latent(1 / r0 * denoised - 1 / r0 * last.denoised)
    guard history.count > 1 else { return Latent(phi2 * slope) }
    let older = history[1]
    let r1 = (last.level.logSNR - older.level.logSNR) / length
    guard r1.isFinite else { return Latent(phi2 * slope) }
    let olderSlope = Latent(1 / r1 * last.denoised - 1 / r1 * older.denoised)
    let phi3 = phi2 / doubled - 0.5
    let bend = (phi2 * r0 - phi3) / (r0 + r1)
    return Latent((phi2 + bend) * slope - bend * olderSlope)
  }
}

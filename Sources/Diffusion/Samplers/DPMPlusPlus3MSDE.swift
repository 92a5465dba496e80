/// The stochastic variant of DPM-Solver++(3M): third order by remembering what the two steps before found (k-diffusion's
/// `sample_dpmpp_3m_sde`).
struct DPMPlusPlus3MSDESampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true, draws: 1)

  private var history: [(denoised: Latent, level: NoiseLevel)] = []

  mutating func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let denoised = seen.sample
    defer { history = [(denoised, step.from)] + history.prefix(1) }
    guard step.to.sigma > 0 else { return denoised }
    let kept = step.remainingNoise
    let renewed = 1 - kept * kept
    let base = Latent.sum(
      step.to.sigma / step.from.sigma * kept, x, step.to.alpha * renewed, denoised,
      step.to.sigma * renewed.squareRoot(), noise(0))
    return .sum(1, base, step.to.alpha, change(denoised, step, renewed))
  }

  /// What the clean sample's slope and bend, over twice the step's length, add to it.
  private func change(_ denoised: Latent, _ step: PlannedStep, _ renewed: Double) -> Latent {
    let none = Latent.sum(0, denoised, 0, denoised)
    let length = step.to.logSNR - step.from.logSNR
    guard length.isFinite, let last = history.first else { return none }
    let doubled = 2 * length
    let phi2 = 1 - renewed / doubled
    let before = step.from.logSNR - last.level.logSNR
    guard before.isFinite else { return none }
    let r0 = before / length
    let slope = Latent.sum(1 / r0, denoised, -1 / r0, last.denoised)
    guard history.count > 1 else { return .sum(phi2, slope, 0, slope) }
    let older = history[1]
    let r1 = (last.level.logSNR - older.level.logSNR) / length
    guard r1.isFinite else { return .sum(phi2, slope, 0, slope) }
    let olderSlope = Latent.sum(1 / r1, last.denoised, -1 / r1, older.denoised)
    let phi3 = phi2 / doubled - 0.5
    let bend = (phi2 * r0 - phi3) / (r0 + r1)
    return .sum(phi2 + bend, slope, -bend, olderSlope)
  }
}

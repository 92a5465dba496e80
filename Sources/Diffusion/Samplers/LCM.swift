/// Latent consistency models (Luo et al. 2023): each step leaps to a clean sample and goes back to the next level
/// with fresh noise.
struct LCMSampler: Sampler {
  static let rules = SamplerRules(times: .taught, draws: 1)

  /// The standard deviation of the data, and how times are scaled, in the boundary condition of Song et al. 2023,
  /// appendix C.
  private static let dataDeviation = 0.5
  private static let timestepScaling = 10.0

  func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let time = Double(step.from.timestep) * Self.timestepScaling
    let square = Self.dataDeviation * Self.dataDeviation
    let skip = square / (time * time + square)
    let out = time / (time * time + square).squareRoot()
    let clean = Latent.sum(out, seen.sample, skip, x)
    return step.isLast ? clean : .sum(step.to.alpha, clean, step.to.sigma, noise(0))
  }
}

/// Latent consistency models (Luo et al. 2023): each step goes to the predicted clean sample and back to the next level
/// with fresh noise.
struct LCMSampler: Sampler {
  static let rules = SamplerRules(times: .taught, draws: 1)

  /// The standard deviation of the data, and the scale of times, in the boundary condition of Song et al. 2023,
  /// appendix C.
  private static let dataDeviation = 0.5
  private static let timestepScaling = 10.0

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let time = Double(step.from.timestep) * Self.timestepScaling
    let square = Self.dataDeviation * Self.dataDeviation
    let skip = square / (time * time + square)
    let out = time / (time * time + square).squareRoot()
    let denoised = Latent(out * predicted.sample + skip * x)
    return step.isLast
      ? denoised : Latent(step.to.alpha * denoised + step.to.sigma * noise(0))
  }
}

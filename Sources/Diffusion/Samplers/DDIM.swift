/// Denoising diffusion implicit models (Song et al. 2020, equations 12 and 16).
struct DDIMSampler: Sampler {
  static let rules = SamplerRules(times: .taught)

  /// 0 adds no fresh noise; 1 adds as much as DDPM.
  let eta: Double

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let (from, to) = (step.from, step.to)
    guard eta > 0 else {
      return Latent(to.alpha * predicted.sample + to.sigma * predicted.noise)
    }
    let sigmaUp = eta * to.sigma / from.sigma * step.addedVariance.squareRoot()
    let sigmaDown = max(0, to.sigma * to.sigma - sigmaUp * sigmaUp).squareRoot()
    return Latent(
      to.alpha * predicted.sample + sigmaDown * predicted.noise + sigmaUp * noise(0))
  }
}

/// Euler's method with CFG++ (Chung et al. 2024, algorithm 2; ComfyUI's `sample_euler_cfg_pp`): the clean sample is the
/// guided one, and the noise that is added back to it is the one predicted without the condition.
///
/// The guidance scale is used as in any sampler, but much smaller scales are suitable: the paper's are 0 to 1, and 2 is
/// strong. If there is no prediction without the condition, it is Euler's method.
struct EulerCFGPlusPlusSampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true, usesUnconditional: true)

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    Latent(step.to.alpha * predicted.sample + step.to.sigma * predicted.noiseAddedBack)
  }
}

/// The same with ancestral noise: a longer step down, then some fresh noise (ComfyUI's
/// `sample_euler_ancestral_cfg_pp`).
struct EulerAncestralCFGPlusPlusSampler: Sampler {
  static let rules = SamplerRules(
    times: .between, scalesStart: true, draws: 1, usesUnconditional: true)

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    Latent(
      step.to.alpha * predicted.sample + step.sigmaDown * predicted.noiseAddedBack
        + step.sigmaUp * noise(0))
  }
}

extension Denoised {
  /// The noise predicted without the condition, or the guided noise if the network was only called with the condition.
  fileprivate var noiseAddedBack: Latent { unconditionalNoise ?? noise }
}

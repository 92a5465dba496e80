/// DPM-Solver++(2M) with CFG++ (Chung et al. 2024; ComfyUI's `sample_dpmpp_2m_cfg_pp`): the step starts from the guided
/// clean sample, and its noise is that of the prediction without the condition.
///
/// The second order comes from the difference between the guided clean sample and the last step's clean sample without
/// the condition. The guidance scale is used as in any sampler; see ``EulerCFGPlusPlusSampler`` for its range.
struct DPMPlusPlus2MCFGPlusPlusSampler: Sampler {
  static let rules = SamplerRules(times: .between, scalesStart: true, usesUnconditional: true)

  /// The clean sample predicted without the condition in the last step.
  private var last: (sample: Latent, level: NoiseLevel)?

  mutating func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) -> Latent {
    let unconditional = predicted.unconditionalSample ?? predicted.sample
    defer { last = (unconditional, step.from) }
    let (to, kept) = (step.to, step.remainingNoise)
    let base = Latent(
      to.alpha * predicted.sample + to.sigma / step.from.sigma * x
        - to.alpha * kept * unconditional)
    guard let last, to.sigma > 0 else { return base }
    let now = to.logSNR - step.from.logSNR
    let before = step.from.logSNR - last.level.logSNR
    let weight = to.alpha * (1 - kept) * now / before / 2
    guard weight.isFinite else { return base }
    return Latent(base + weight * predicted.sample - weight * last.sample)
  }
}

/// DPM-Solver++(2S) with ancestral noise and CFG++ (Lu et al. 2022b, algorithm 1 with r = 1/2; Chung et al. 2024;
/// ComfyUI's `sample_dpmpp_2s_ancestral_cfg_pp`): the step itself follows the predictions without the condition, the
/// second of them halfway in the logarithm of the ratio of noise to signal, and the difference that guidance makes is
/// added to its end.
struct DPMPlusPlus2SAncestralCFGPlusPlusSampler: Sampler {
  static let rules = SamplerRules(
    times: .between, scalesStart: true, draws: 1, usesUnconditional: true)

  let schedule: NoiseSchedule

  func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent {
    let (from, to, sigmaUp) = (step.from, step.to, step.sigmaUp)
    // The ratio of noise to signal to which the step goes down, before fresh noise raises it to the next level.
    let target = to.ratio * step.remainingNoise
    guard from.ratio.isFinite, target > 0 else {
      return Latent(to.alpha * predicted.sample + sigmaUp * noise(0))
    }
    let first = predicted.unconditionalSample ?? predicted.sample
    let middle = schedule.level(ofRatio: (from.ratio * target).squareRoot())
    let half = Latent(
      middle.sigma / from.sigma * x + middle.alpha * (1 - middle.ratio / from.ratio) * first)
    let evaluated = try await evaluate(half, middle)
    let second = evaluated.unconditionalSample ?? evaluated.sample
    let share = target / from.ratio
    return Latent(
      to.alpha / from.alpha * share * x + to.alpha * (1 - share) * second
        + to.alpha * predicted.sample - to.alpha * first + sigmaUp * noise(0))
  }
}

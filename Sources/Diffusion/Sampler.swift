/// An algorithm that computes the next, less noisy sample from the prediction of the network.
///
/// A sampler is a value: its memory of earlier steps is copied with it, so a copied iterator is a fork of the run.
protocol Sampler: Sendable {
  /// How steps are planned for this sampler.
  static var rules: SamplerRules { get }

  /// The sample at `step.to`.
  ///
  /// - Parameters:
  ///   - x: The sample at `step.from`.
  ///   - predicted: The prediction of the network for it.
  ///   - step: The levels.
  ///   - noise: Draws one of this step's own noises, always the same for a number; only stochastic samplers use it.
  ///   - evaluate: Calls the network again within the step; only second-order samplers use it.
  mutating func advance(
    _ x: Latent, predicted: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    evaluate: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent
}

/// How a run is planned for its sampler: the times of diffusers' scheduler for that sampler, and the factor of the
/// starting noise.
struct SamplerRules: Sendable {
  /// The times at which a network is called.
  enum Times: Sendable {
    /// Times between two training steps, with interpolated levels.
    case between
    /// Whole times, with levels between them interpolated as in numpy.
    case whole
    /// Training steps, with exactly their levels.
    case taught
  }

  /// How times of linspace, leading and trailing spacing are rounded.
  var times: Times
  /// Whether those times are computed for one more step, and the last is dropped.
  var leavesOutLast = false
  /// Whether the times of Karras' levels are whole numbers.
  var karrasTimesAreWhole = false
  /// Whether the times of exponentially spaced levels are whole numbers.
  var exponentialTimesAreWhole = false
  /// Whether the starting noise is multiplied by the first level's sigma, as for the samplers of k-diffusion.
  var scalesStart = false
  /// The number of noises drawn in a step; 0 if a run depends only on its start.
  var draws = 0
  /// Whether it uses the prediction without the condition, which is then computed even if the guidance scale is 1.
  var usesUnconditional = false
}

extension SamplerKind {
  /// The algorithm with this name.
  private var algorithm: any Sampler.Type {
    switch self {
    case .euler: EulerSampler.self
    case .eulerAncestral: EulerAncestralSampler.self
    case .heun: HeunSampler.self
    case .ddim: DDIMSampler.self
    case .dpmPlusPlus2M: DPMPlusPlus2MSampler.self
    case .dpmPlusPlus2MSDE: DPMPlusPlus2MSDESampler.self
    case .dpmPlusPlus3MSDE: DPMPlusPlus3MSDESampler.self
    case .dpmPlusPlusSDE: DPMPlusPlusSDESampler.self
    case .uniPC: UniPCSampler.self
    case .dpm2: DPM2Sampler.self
    case .dpm2Ancestral: DPM2AncestralSampler.self
    case .lcm: LCMSampler.self
    case .ddpm: DDPMSampler.self
    case .eulerCFGPlusPlus: EulerCFGPlusPlusSampler.self
    case .eulerAncestralCFGPlusPlus: EulerAncestralCFGPlusPlusSampler.self
    case .dpmPlusPlus2MCFGPlusPlus: DPMPlusPlus2MCFGPlusPlusSampler.self
    case .dpmPlusPlus2SAncestralCFGPlusPlus: DPMPlusPlus2SAncestralCFGPlusPlusSampler.self
    }
  }

  /// How its steps are planned.
  var rules: SamplerRules { algorithm.rules }

  /// Whether fresh noise is added, so that a run depends on more than its start.
  public var isStochastic: Bool { rules.draws > 0 }

  /// Whether the negative prompt has an effect at every guidance scale, even 1, as with CFG++.
  public var usesUnconditional: Bool { rules.usesUnconditional }

  /// The sampler at the start of a run.
  ///
  /// - Parameters:
  ///   - eta: DDIM's share of fresh noise.
  ///   - schedule: The noise levels that the network was trained on.
  func make(eta: Float, schedule: NoiseSchedule) -> any Sampler {
    switch self {
    case .euler: EulerSampler()
    case .eulerAncestral: EulerAncestralSampler()
    case .heun: HeunSampler()
    case .ddim: DDIMSampler(eta: Double(eta))
    case .dpmPlusPlus2M: DPMPlusPlus2MSampler()
    case .dpmPlusPlus2MSDE: DPMPlusPlus2MSDESampler()
    case .dpmPlusPlus3MSDE: DPMPlusPlus3MSDESampler()
    case .dpmPlusPlusSDE: DPMPlusPlusSDESampler(schedule: schedule)
    case .uniPC: UniPCSampler()
    case .dpm2: DPM2Sampler(schedule: schedule)
    case .dpm2Ancestral: DPM2AncestralSampler(schedule: schedule)
    case .lcm: LCMSampler()
    case .ddpm: DDPMSampler(addsAllVariance: schedule.addsAllVariance)
    case .eulerCFGPlusPlus: EulerCFGPlusPlusSampler()
    case .eulerAncestralCFGPlusPlus: EulerAncestralCFGPlusPlusSampler()
    case .dpmPlusPlus2MCFGPlusPlus: DPMPlusPlus2MCFGPlusPlusSampler()
    case .dpmPlusPlus2SAncestralCFGPlusPlus:
      DPMPlusPlus2SAncestralCFGPlusPlusSampler(schedule: schedule)
    }
  }
}

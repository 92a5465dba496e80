/// An algorithm that turns what the network saw into the next, less noisy sample.
///
/// A sampler is a value: what it remembers of earlier steps is copied with it, which is what makes a copied iterator
/// a fork of the run.
protocol Sampler: Sendable {
  /// How steps are planned for this sampler.
  static var rules: SamplerRules { get }

  /// The sample at `step.to`.
  ///
  /// - Parameters:
  ///   - x: The sample at `step.from`.
  ///   - seen: What the network saw in it.
  ///   - step: The levels.
  ///   - noise: Draws one of this step's own noises, the same each time; only stochastic samplers call it.
  ///   - look: Asks the network once more, within the step; only second-order samplers call it.
  mutating func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: (_ draw: Int) -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent
}

/// What the planning of a run has to know of its sampler: where diffusers' scheduler of that name lays times and what it
/// multiplies the starting noise by.
struct SamplerRules: Sendable {
  /// Which times a network is called with.
  enum Times: Sendable {
    /// Times between two training steps, their levels interpolated.
    case between
    /// Whole times, levels in between interpolated as numpy does.
    case whole
    /// Training steps, with exactly the levels they were taught with.
    case taught
  }

  /// How times of the linspace, leading and trailing spacing are rounded.
  var times: Times
  /// Whether those times are laid as for one step more, whose last time is left out.
  var leavesOutLast = false
  /// Whether the times of Karras' levels are whole.
  var karrasTimesAreWhole = false
  /// Whether the times of exponentially spread levels are whole.
  var exponentialTimesAreWhole = false
  /// Whether the starting noise is multiplied by the first level's sigma, as the samplers of k-diffusion do.
  var scalesStart = false
  /// Noises that are drawn in a step; 0 where a run depends on nothing but its start.
  var draws = 0
}

extension SamplerKind {
  /// The algorithm of that name.
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
    }
  }

  /// How its steps are planned.
  var rules: SamplerRules { algorithm.rules }

  /// Whether noise is added on the way, so that a run depends on more than its start.
  public var isStochastic: Bool { rules.draws > 0 }

  /// The sampler, at the beginning of a run.
  ///
  /// - Parameters:
  ///   - eta: DDIM's share of fresh noise.
  ///   - schedule: The noise that the network was taught.
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
    }
  }
}

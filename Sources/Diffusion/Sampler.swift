/// An algorithm that turns what the network saw into the next, less noisy sample.
///
/// A sampler is a value: what it remembers of earlier steps is copied with it, which is what makes a copied iterator
/// a fork of the run.
protocol Sampler: Sendable {
  /// The sample at `step.to`.
  ///
  /// - Parameters:
  ///   - x: The sample at `step.from`.
  ///   - seen: What the network saw in it.
  ///   - step: The levels.
  ///   - noise: Draws this step's own noise, the same each time; only stochastic samplers call it.
  ///   - look: Asks the network once more, within the step; only second-order samplers call it.
  mutating func advance(
    _ x: Latent, seen: Denoised, step: PlannedStep, noise: () -> Latent,
    look: (Latent, NoiseLevel) async throws -> Denoised
  ) async throws -> Latent
}

extension SamplerKind {
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
    case .lcm: LCMSampler()
    case .ddpm: DDPMSampler(addsAllVariance: schedule.addsAllVariance)
    }
  }

  /// Whether noise is added on the way, so that a run depends on more than its start.
  public var isStochastic: Bool {
    switch self {
    case .eulerAncestral, .dpmPlusPlus2MSDE, .lcm, .ddpm: true
    case .euler, .heun, .ddim, .dpmPlusPlus2M: false
    }
  }
}

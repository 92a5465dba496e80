import Checkpoints
import Diffusion

/// The default schedule of each sampler with a model.
struct UsualSpacings: Sendable {
  /// The default settings of a run, with the schedule for their sampler.
  private let defaults: SamplingSettings
  /// The spacing of the steps' times according to the model's files, for any sampler.
  private var times: Spacing?
  /// The spacing of noise levels according to the files, for samplers whose scheduler supports it.
  private var levels: Spacing?

  /// The schedules of a model that is sampled in only one way.
  init(always defaults: SamplingSettings) {
    (self.defaults, times) = (defaults, defaults.spacing)
  }

  /// The schedules of a model with a diffusers scheduler, or without one.
  init(_ scheduler: SchedulerConfiguration?, defaults: SamplingSettings) {
    self.defaults = defaults
    times = scheduler?.timestepSpacing.flatMap(Spacing.init)
    // Models with few steps were distilled at these times.
    if scheduler == nil, defaults.spacing == .trailing { times = .trailing }
    levels = scheduler?.levelSpacing.flatMap(Spacing.init)
  }

  /// The default schedule of a sampler: as in diffusers when its scheduler is created from that of the model.
  func spacing(for sampler: SamplerKind) -> Spacing {
    if sampler == defaults.sampler { return defaults.spacing }
    if let levels, sampler.laysLevels { return levels }
    return times ?? sampler.referenceSpacing
  }
}

extension SamplerKind {
  /// The default `timestep_spacing` of this sampler's scheduler in diffusers.
  fileprivate var referenceSpacing: Spacing {
    switch self {
    case .ddim, .ddpm, .lcm: .leading
    case .euler, .eulerAncestral, .heun, .dpmPlusPlus2M, .dpmPlusPlus2MSDE, .dpmPlusPlus3MSDE,
      .dpmPlusPlusSDE, .uniPC, .dpm2, .dpm2Ancestral, .eulerCFGPlusPlus,
      .eulerAncestralCFGPlusPlus, .dpmPlusPlus2MCFGPlusPlus, .dpmPlusPlus2SAncestralCFGPlusPlus:
      .linspace
    }
  }

  /// Whether that scheduler reads `use_karras_sigmas` and similar settings.
  fileprivate var laysLevels: Bool {
    switch self {
    case .ddim, .ddpm, .lcm, .eulerAncestral, .eulerAncestralCFGPlusPlus: false
    case .euler, .heun, .dpmPlusPlus2M, .dpmPlusPlus2MSDE, .dpmPlusPlus3MSDE, .dpmPlusPlusSDE,
      .uniPC, .dpm2, .dpm2Ancestral, .eulerCFGPlusPlus, .dpmPlusPlus2MCFGPlusPlus,
      .dpmPlusPlus2SAncestralCFGPlusPlus:
      true
    }
  }
}

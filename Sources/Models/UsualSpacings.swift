import Checkpoints
import Diffusion

/// Which schedule each sampler has with a model where nobody names one.
struct UsualSpacings: Sendable {
  /// What a run begins with where nobody says otherwise; its sampler has the schedule that is named there.
  private let defaults: SamplingSettings
  /// What the model's files say of the times of the steps, whatever the sampler.
  private var times: Spacing?
  /// What they say of the levels, for samplers whose scheduler lays them.
  private var levels: Spacing?

  /// The schedules of a model that is sampled in one way.
  init(always defaults: SamplingSettings) {
    (self.defaults, times) = (defaults, defaults.spacing)
  }

  /// The schedules of a model with a scheduler of diffusers, or with none.
  init(_ scheduler: SchedulerConfiguration?, defaults: SamplingSettings) {
    self.defaults = defaults
    times = scheduler?.timestepSpacing.flatMap(Spacing.init)
    // Models of few steps were distilled at these times.
    if scheduler == nil, defaults.spacing == .trailing { times = .trailing }
    levels = scheduler?.levelSpacing.flatMap(Spacing.init)
  }

  /// The schedule of a sampler: as diffusers has it when its scheduler is made from that of the model.
  func spacing(for sampler: SamplerKind) -> Spacing {
    if sampler == defaults.sampler { return defaults.spacing }
    if let levels, sampler.laysLevels { return levels }
    return times ?? sampler.referenceSpacing
  }
}

extension SamplerKind {
  /// What diffusers' scheduler of this sampler has where its `timestep_spacing` is not said.
  fileprivate var referenceSpacing: Spacing {
    switch self {
    case .ddim, .ddpm, .lcm: .leading
    case .euler, .eulerAncestral, .heun, .dpmPlusPlus2M, .dpmPlusPlus2MSDE, .dpmPlusPlus3MSDE,
      .dpmPlusPlusSDE, .uniPC, .dpm2, .dpm2Ancestral:
      .linspace
    }
  }

  /// Whether that scheduler reads `use_karras_sigmas` and its kin.
  fileprivate var laysLevels: Bool {
    switch self {
    case .ddim, .ddpm, .lcm, .eulerAncestral: false
    case .euler, .heun, .dpmPlusPlus2M, .dpmPlusPlus2MSDE, .dpmPlusPlus3MSDE, .dpmPlusPlusSDE,
      .uniPC, .dpm2, .dpm2Ancestral:
      true
    }
  }
}

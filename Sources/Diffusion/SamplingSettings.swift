/// The samplers of the core, each from one paper; see `Samplers/`.
public enum SamplerKind: String, Sendable, Hashable, CaseIterable {
  case euler = "Euler"
  case eulerAncestral = "Euler a"
  case heun = "Heun"
  case ddim = "DDIM"
  case dpmPlusPlus2M = "DPM++ 2M"
  case dpmPlusPlus2MSDE = "DPM++ 2M SDE"
  case dpmPlusPlus3MSDE = "DPM++ 3M SDE"
  case dpmPlusPlusSDE = "DPM++ SDE"
  case uniPC = "UniPC"
  case dpm2 = "DPM2"
  case dpm2Ancestral = "DPM2 a"
  case lcm = "LCM"
  case ddpm = "DDPM"
  case eulerCFGPlusPlus = "Euler CFG++"
  case eulerAncestralCFGPlusPlus = "Euler a CFG++"
  case dpmPlusPlus2MCFGPlusPlus = "DPM++ 2M CFG++"
  case dpmPlusPlus2SAncestralCFGPlusPlus = "DPM++ 2S a CFG++"
}

/// How the steps of a run are spread over the noise levels that the network was trained on.
public enum Spacing: String, Sendable, Hashable, CaseIterable {
  case linspace, leading, trailing, karras, exponential
  /// The share of noise falls by the same amount in each step, from pure noise to none.
  case even
  /// Even training times, from the last to the first, with levels between them interpolated by the logarithm
  /// (k-diffusion's `get_sigmas`).
  case normal
  /// Even training times for one more step, with the last dropped.
  case sgmUniform = "sgm_uniform"
  /// Training levels, picked evenly from the noisiest on.
  case simple
  /// Levels at the quantiles of a beta distribution with both parameters 0.6 (Lee et al. 2024).
  case beta
  /// Published levels, optimised for the model family (Sabour et al. 2024, Align Your Steps).
  case alignYourSteps = "ays"
}

/// Everything that determines a run besides the network and its conditions.
public struct SamplingSettings: Sendable, Hashable {
  /// The seed of the starting noise and of all fresh noise.
  public var seed: UInt64
  /// The number of steps in the run, at least 1.
  public var steps: Int
  /// Classifier-free guidance.
  public var guidance: Guidance
  /// The sampler.
  public var sampler: SamplerKind
  /// The schedule: how the steps are spaced.
  public var spacing: Spacing
  /// DDIM's eta: 0 is deterministic, 1 as noisy as DDPM (Song et al. 2020, equation 16).
  public var eta: Float

  /// Settings; the defaults are 25 steps of DDIM.
  public init(
    seed: UInt64 = 0, steps: Int = 25, guidance: Guidance = Guidance(scale: 3),
    sampler: SamplerKind = .ddim, spacing: Spacing = .trailing, eta: Float = 0
  ) {
    self.seed = seed
    self.steps = steps
    self.guidance = guidance
    self.sampler = sampler
    self.spacing = spacing
    self.eta = eta
  }
}

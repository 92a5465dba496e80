import Diffusion

/// Settings that a user chose before the model was loaded; `nil` means the model's own setting.
public struct ChosenSettings: Sendable, Hashable {
  /// The seed of the noise.
  public var seed: UInt64?
  /// The number of steps in a run.
  public var steps: Int?
  /// The guidance scale.
  public var guidance: Float?
  /// How strongly guidance's added contrast is reduced (guidance rescale).
  public var guidanceRescale: Float?
  /// The sampler.
  public var sampler: SamplerKind?
  /// The schedule.
  public var spacing: Spacing?
  /// DDIM's eta, the share of fresh noise.
  public var eta: Float?

  /// Nothing chosen.
  public init() {}

  /// All settings of a recipe.
  public init(_ settings: SamplingSettings) {
    (seed, steps, eta) = (settings.seed, settings.steps, settings.eta)
    (guidance, guidanceRescale) = (settings.guidance.scale, settings.guidance.rescale)
    (sampler, spacing) = (settings.sampler, settings.spacing)
  }

  /// These settings, completed by those of `other`.
  public func or(_ other: ChosenSettings) -> ChosenSettings {
    var result = self
    result.seed = seed ?? other.seed
    result.steps = steps ?? other.steps
    result.guidance = guidance ?? other.guidance
    result.guidanceRescale = guidanceRescale ?? other.guidanceRescale
    result.sampler = sampler ?? other.sampler
    result.spacing = spacing ?? other.spacing
    result.eta = eta ?? other.eta
    return result
  }

  /// These settings, limited to the ranges of the fields: a file may contain anything.
  var bounded: ChosenSettings {
    var result = self
    result.steps = steps.map { max(1, min(1000, $0)) }
    result.guidance = guidance.map { $0.isFinite ? max(-100, min(100, $0)) : 1 }
    return result
  }

  /// The settings with the chosen ones applied.
  public func applied(to settings: SamplingSettings) -> SamplingSettings {
    var settings = settings
    if let seed { settings.seed = seed }
    if let steps { settings.steps = steps }
    if let guidance { settings.guidance.scale = guidance }
    if let guidanceRescale { settings.guidance.rescale = guidanceRescale }
    if let sampler { settings.sampler = sampler }
    if let spacing { settings.spacing = spacing }
    if let eta { settings.eta = eta }
    return settings
  }
}

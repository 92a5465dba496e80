/// A planned step of a run: its first and last level.
public struct PlannedStep: Sendable, Hashable {
  /// The level at which the step starts and the network is called.
  public let from: NoiseLevel
  /// The level at which it ends.
  public let to: NoiseLevel
  /// Whether it is the last step of its run.
  public let isLast: Bool
}

/// Spaces the steps of a run over a schedule's noise levels, like diffusers' schedulers, including the rounding.
struct SigmaSpacing {
  let schedule: NoiseSchedule
  let spacing: Spacing
  let sampler: SamplerKind
  let steps: Int

  /// The steps of the run, from the noisiest.
  func plan() -> [PlannedStep] {
    let levels = self.levels() + [.clean(isFlow: schedule.isFlow)]
    return (0..<steps).map { index in
      PlannedStep(
        from: levels[index], to: target(of: levels[index], next: levels[index + 1]),
        isLast: index == steps - 1)
    }
  }

  /// DDIM goes a fixed number of training steps down, which is not always where the next step starts; the other
  /// samplers go to the start of the next step.
  private func target(of level: NoiseLevel, next: NoiseLevel) -> NoiseLevel {
    guard sampler == .ddim, !schedule.isFlow, !spacing.spreadsLevels else { return next }
    let timestep = Int(level.timestep) - schedule.count / steps
    if timestep >= 0 { return schedule.level(at: timestep) }
    return schedule.endsClean ? .clean() : schedule.level(at: 0)
  }

  private func levels() -> [NoiseLevel] {
    if schedule.isFlow { return flowLevels() }
    if sampler == .lcm { return lcmTimesteps().map { schedule.level(at: $0) } }
    if spacing.spreadsLevels { return spreadLevels() }
    switch sampler.rules.times {
    case .between: return interpolated(timesteps())
    case .whole: return interpolated(timesteps().map { $0.rounded(.toNearestOrEven) })
    case .taught:
      return timesteps().map { schedule.level(at: Int($0.rounded(.toNearestOrEven))) }
    }
  }

  // MARK: Timesteps

  /// The times of the steps, from the noisiest; linspace times may be between two training steps.
  private func timesteps() -> [Double] {
    let count = schedule.count
    let isMultistep = sampler.rules.leavesOutLast
    switch spacing {
    case .linspace, .karras, .exponential, .even, .normal, .sgmUniform, .simple, .beta,
      .alignYourSteps:
      let parts = isMultistep ? steps : steps - 1
      guard parts > 0 else { return [0] }
      // Multiples of a step that is already rounded, as in numpy: this determines which way halves are rounded later.
      let part = Double(count - 1) / Double(parts)
      return (0..<steps).map { $0 == 0 ? Double(count - 1) : Double(parts - $0) * part }
    case .leading:
      let ratio = isMultistep ? count / (steps + 1) : count / steps
      let first = isMultistep ? steps : steps - 1
      return (0..<steps).map { Double((first - $0) * ratio + schedule.stepsOffset) }
    case .trailing:
      // Multiples of a rounded difference, also as in numpy.
      let part = Double(count) - Double(count) / Double(steps) - Double(count)
      return (0..<steps).map { (Double(count) + Double($0) * part).rounded(.toNearestOrEven) - 1 }
    }
  }

  /// The times at which a latent consistency model was distilled (Luo et al. 2023): a subset of fifty.
  private func lcmTimesteps() -> [Int] {
    let original = min(SamplerKind.lcmOriginalSteps, schedule.count)
    let apart = schedule.count / original
    let descending = (1...original).reversed().map { $0 * apart - 1 }
    return (0..<steps).map { descending[$0 * original / steps] }
  }

  private func interpolated(_ timesteps: [Double]) -> [NoiseLevel] {
    let ratios = schedule.ratios
    return timesteps.map(Float.init).map { timestep in
      let low = max(0, min(Int(timestep), ratios.count - 1))
      let high = min(low + 1, ratios.count - 1)
      let part = Double(timestep) - Double(low)
      return .variancePreserving(
        timestep: timestep, ratio: ratios[low] + (ratios[high] - ratios[low]) * part)
    }
  }
}

extension SamplerKind {
  /// The number of steps over which latent consistency models are distilled.
  static let lcmOriginalSteps = 50
}

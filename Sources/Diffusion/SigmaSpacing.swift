/// One step of a run before it is computed: the level it begins at and the level it goes to.
public struct PlannedStep: Sendable, Hashable {
  /// Where the step begins; the network is asked at this level.
  public let from: NoiseLevel
  /// Where it goes.
  public let to: NoiseLevel
  /// Whether it is the last of its run.
  public let isLast: Bool
}

/// Lays the steps of a run over a schedule's noise levels, following diffusers' schedulers to the rounding.
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

  /// DDIM goes a fixed number of training steps down, which is not always where the next step begins; the other
  /// samplers go there.
  private func target(of level: NoiseLevel, next: NoiseLevel) -> NoiseLevel {
    guard sampler == .ddim, !schedule.isFlow, !isKarrasLike else { return next }
    let timestep = Int(level.timestep) - schedule.count / steps
    if timestep >= 0 { return schedule.level(at: timestep) }
    return schedule.endsClean ? .clean() : schedule.level(at: 0)
  }

  private var isKarrasLike: Bool { spacing == .karras || spacing == .exponential }

  private func levels() -> [NoiseLevel] {
    if schedule.isFlow { return flowLevels() }
    if sampler == .lcm { return lcmTimesteps().map { schedule.level(at: $0) } }
    if isKarrasLike { return karrasLikeLevels() }
    switch sampler {
    case .euler, .eulerAncestral, .heun:
      return interpolated(timesteps())
    case .dpmPlusPlus2M, .dpmPlusPlus2MSDE:
      return interpolated(timesteps().map { $0.rounded(.toNearestOrEven) })
    case .ddim, .ddpm, .lcm:
      return timesteps().map { schedule.level(at: Int($0.rounded(.toNearestOrEven))) }
    }
  }

  // MARK: Timesteps

  /// The times of the steps, from the noisiest; between two training steps for linspace.
  private func timesteps() -> [Double] {
    let count = schedule.count
    // DPM++ leaves out the end of a division into one step more.
    let isMultistep = sampler == .dpmPlusPlus2M || sampler == .dpmPlusPlus2MSDE
    switch spacing {
    case .linspace, .karras, .exponential:
      let parts = isMultistep ? steps : steps - 1
      guard parts > 0 else { return [0] }
      // Multiples of a rounded part, as numpy lays them out: it decides which way halves are rounded later.
      let part = Double(count - 1) / Double(parts)
      return (0..<steps).map { $0 == 0 ? Double(count - 1) : Double(parts - $0) * part }
    case .leading:
      let ratio = isMultistep ? count / (steps + 1) : count / steps
      let first = isMultistep ? steps : steps - 1
      return (0..<steps).map { Double((first - $0) * ratio + schedule.stepsOffset) }
    case .trailing:
      // Multiples of a rounded difference, as numpy lays them out here too.
      let part = Double(count) - Double(count) / Double(steps) - Double(count)
      return (0..<steps).map { (Double(count) + Double($0) * part).rounded(.toNearestOrEven) - 1 }
    }
  }

  /// The times a latent consistency model was distilled at (Luo et al. 2023): some of fifty.
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

  // MARK: Karras and exponential

  /// Levels spread by the ratio of noise to signal: evenly in its seventh root (Karras et al. 2022, equation 5), or
  /// evenly in its logarithm.
  private func karrasLikeLevels() -> [NoiseLevel] {
    let table = schedule.ratios
    guard let least = table.first, let most = table.last else { return [] }
    let logarithms = table.map(Math.log)
    return spread(from: most, to: least).map { ratio in
      .variancePreserving(timestep: timestep(of: ratio, in: logarithms), ratio: ratio)
    }
  }

  private func spread(from most: Double, to least: Double) -> [Double] {
    (0..<steps).map { index in
      let (high, low) = (Math.log(most), Math.log(least))
      let part = steps > 1 ? Double(index) / Double(steps - 1) : 0
      if spacing == .exponential {
        let step = steps > 1 ? (low - high) / Double(steps - 1) : 0
        return Math.exp(index > 0 && index == steps - 1 ? low : high + Double(index) * step)
      }
      let (highRoot, lowRoot) = (Math.exp(high / 7), Math.exp(low / 7))
      return Math.exp(7 * Math.log(highRoot + part * (lowRoot - highRoot)))
    }
  }

  /// The time, between two training steps, whose level has this ratio of noise to signal.
  private func timestep(of ratio: Double, in logarithms: [Double]) -> Float {
    guard logarithms.count > 1 else { return 0 }
    let logarithm = Math.log(ratio)
    let above = logarithms.firstIndex { $0 > logarithm } ?? logarithms.count - 1
    let low = max(0, min(above - 1, logarithms.count - 2))
    let (a, b) = (logarithms[low], logarithms[low + 1])
    let time = Double(low) + max(0, min(1, (logarithm - a) / (b - a)))
    switch sampler {
    // What diffusers shows the network here is a whole number; one that rounding left just below stays itself.
    case .dpmPlusPlus2M, .dpmPlusPlus2MSDE:
      return Float(
        spacing == .karras ? time.rounded(.toNearestOrEven) : (time + 1e-3).rounded(.down))
    default: return Float(time)
    }
  }

  // MARK: Flow

  private func flowLevels() -> [NoiseLevel] {
    guard case .flow(let shift, let count) = schedule.path else { return [] }
    func shifted(_ sigma: Double) -> Double { shift * sigma / (1 + (shift - 1) * sigma) }
    let least = shifted(1 / Double(count))
    if isKarrasLike { return spread(from: 1, to: least).map(schedule.flowLevel) }
    return (0..<steps).map { index in
      let part = steps > 1 ? Double(index) / Double(steps - 1) : 0
      return schedule.flowLevel(sigma: shifted(1 + part * (least - 1)))
    }
  }
}

extension SamplerKind {
  /// The steps over which latent consistency models are distilled.
  static let lcmOriginalSteps = 50
}

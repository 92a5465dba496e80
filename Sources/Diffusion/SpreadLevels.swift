extension Spacing {
  /// Whether it spaces noise levels instead of training times.
  var spreadsLevels: Bool {
    switch self {
    case .linspace, .leading, .trailing: false
    case .karras, .exponential, .even, .normal, .sgmUniform, .simple, .beta, .alignYourSteps: true
    }
  }
}

/// The spacings of levels, as ratios of noise to signal.
extension SigmaSpacing {
  func spreadLevels() -> [NoiseLevel] { ratios().map(level(ofRatio:)) }

  /// The level of a ratio, at the time at which diffusers calls the network for it.
  private func level(ofRatio ratio: Double) -> NoiseLevel {
    var level = schedule.level(ofRatio: ratio)
    let time = Double(level.timestep)
    switch spacing {
    case .karras where sampler.rules.karrasTimesAreWhole:
      level.timestep = Float(time.rounded(.toNearestOrEven))
    case .exponential where sampler.rules.exponentialTimesAreWhole:
      // A value that is just below a whole number because of rounding becomes that number.
      level.timestep = Float((time + 1e-3).rounded(.down))
    default: break
    }
    return level
  }

  /// The position of each step between the first, 0, and the last, 1.
  private var parts: [Double] {
    (0..<steps).map { steps > 1 ? Double($0) / Double(steps - 1) : 0 }
  }

  private func ratios() -> [Double] {
    let table = schedule.ratios
    guard let least = table.first, let most = table.last else { return [] }
    switch spacing {
    case .karras, .exponential: return Self.spread(parts, from: most, to: least, spacing)
    case .even:
      let first = most / (schedule.contrast + most)
      return (0..<steps).map { $0 == 0 ? most : evenRatio($0, from: first) }
    case .normal: return parts.map { ratio(atTime: (1 - $0) * Double(table.count - 1), table) }
    case .sgmUniform:
      return (0..<steps).map {
        ratio(atTime: (1 - Double($0) / Double(steps)) * Double(table.count - 1), table)
      }
    case .simple:
      let apart = Double(table.count) / Double(steps)
      return (0..<steps).map { table[table.count - 1 - Int(Double($0) * apart)] }
    case .beta:
      return parts.map { least + BetaDistribution.quantile(1 - $0, shape: 0.6) * (most - least) }
    case .alignYourSteps:
      return Self.interpolated(schedule.alignedRatios, parts).map { max(least, min(most, $0)) }
    case .linspace, .leading, .trailing: return []
    }
  }

  /// Evenly in the seventh root (Karras et al. 2022, equation 5), or in the logarithm.
  private static func spread(
    _ parts: [Double], from most: Double, to least: Double, _ spacing: Spacing
  ) -> [Double] {
    let (high, low) = (Math.log(most), Math.log(least))
    let (highRoot, lowRoot) = (Math.exp(high / 7), Math.exp(low / 7))
    return parts.enumerated().map { index, part in
      if spacing == .exponential {
        let step = parts.count > 1 ? (low - high) / Double(parts.count - 1) : 0
        let isLast = index > 0 && index == parts.count - 1
        return Math.exp(isLast ? low : high + Double(index) * step)
      }
      return Math.exp(7 * Math.log(highRoot + part * (lowRoot - highRoot)))
    }
  }

  /// The ratio after this many steps, if each step removes an equal share of the noise and the last leaves none.
  private func evenRatio(_ index: Int, from first: Double) -> Double {
    let share = first * (1 - Double(index) / Double(steps))
    return schedule.contrast * share / (1 - share)
  }

  /// The ratio at a time, interpolated between two training steps by the logarithm.
  private func ratio(atTime time: Double, _ table: [Double]) -> Double {
    let low = max(0, min(Int(time), table.count - 1))
    let high = min(low + 1, table.count - 1)
    let (a, b) = (Math.log(table[low]), Math.log(table[high]))
    return Math.exp(a + (b - a) * (time - Double(low)))
  }

  /// Positive numbers interpolated to another count, in the logarithm.
  private static func interpolated(_ numbers: [Double], _ parts: [Double]) -> [Double] {
    parts.map { part in
      let place = part * Double(numbers.count - 1)
      let low = min(Int(place), numbers.count - 1)
      let high = min(low + 1, numbers.count - 1)
      let (a, b) = (Math.log(numbers[low]), Math.log(numbers[high]))
      return Math.exp(a + (b - a) * (place - Double(low)))
    }
  }

  // MARK: Flow

  /// The levels on a straight path, with positions shifted by the schedule's shift.
  func flowLevels() -> [NoiseLevel] {
    guard case .flow(let shift, let count) = schedule.path else { return [] }
    func shifted(_ sigma: Double) -> Double { shift * sigma / (1 + (shift - 1) * sigma) }
    let least = shifted(1 / Double(count))
    let sigmas: [Double]
    switch spacing {
    case .karras, .exponential: sigmas = Self.spread(parts, from: 1, to: least, spacing)
    case .even:
      // The path starts with pure noise, whose ratio to the signal is infinite.
      sigmas = (0..<steps).map { index in
        let ratio = index == 0 ? .infinity : evenRatio(index, from: 1)
        return ratio.isFinite ? ratio / (1 + ratio) : 1
      }
    case .sgmUniform, .simple:
      sigmas = (0..<steps).map { shifted(1 - Double($0) / Double(steps)) }
    case .beta:
      sigmas = parts.map {
        least + BetaDistribution.quantile(1 - $0, shape: 0.6) * (1 - least)
      }
    case .linspace, .leading, .trailing, .normal, .alignYourSteps:
      // diffusers shifts the last position twice.
      sigmas = parts.map { shifted(1 + $0 * (least - 1)) }
    }
    return sigmas.map(schedule.flowLevel)
  }
}

/// The symmetric beta distribution on 0 to 1.
enum BetaDistribution {
  /// The value below which this fraction of the distribution lies.
  static func quantile(_ share: Double, shape: Double) -> Double {
    guard share > 0 else { return 0 }
    guard share < 1 else { return 1 }
    guard share <= 0.5 else { return 1 - quantile(1 - share, shape: shape) }
    // Half of it is below 0.5, which gives the normalisation of the integral.
    let target = share * 2 * integral(to: 0.5, shape)
    var (low, high) = (0.0, 0.5)
    for _ in 0..<60 {
      let middle = (low + high) / 2
      if integral(to: middle, shape) < target { low = middle } else { high = middle }
    }
    return (low + high) / 2
  }

  /// The integral of `t^(shape - 1) (1 - t)^(shape - 1)` from 0 to `x`, by its power series; `x` is at most 0.5.
  private static func integral(to x: Double, _ shape: Double) -> Double {
    guard x > 0 else { return 0 }
    var (sum, term) = (0.0, 1.0)
    for n in 0..<80 {
      sum += term / (shape + Double(n))
      term *= (1 - shape + Double(n)) / Double(n + 1) * x
    }
    return Math.exp(shape * Math.log(x)) * sum
  }
}

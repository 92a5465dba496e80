import Diffusion
import Foundation

/// How often each training time is drawn: the logit of `sigma / (alpha + sigma)` is normally distributed (Esser et al.
/// 2024, section 3.1), and a fraction of the times is uniform.
///
/// Uniform times alone would spend half of each batch of a linear schedule on samples with 97% noise, where hardly
/// anything can be learned.
package struct NoiseLevelDistribution {
  /// The cumulative probability up to each time.
  private let cumulated: [Double]

  /// The distribution of a recipe over a schedule's times.
  package init(_ schedule: NoiseSchedule, _ recipe: TrainingRecipe) {
    // ln(sigma / alpha) is the logit of sigma / (alpha + sigma).
    let logits = (0..<schedule.count).map { time in
      let level = schedule.level(at: time)
      return log(level.sigma / level.alpha)
    }
    var density = logits.indices.map { time in
      let (before, after) = (max(0, time - 1), min(logits.count - 1, time + 1))
      let width = (logits[after] - logits[before]) / Double(max(1, after - before))
      let distance = (logits[time] - recipe.levelMean) / recipe.levelDeviation
      let value = exp(-distance * distance / 2) * width
      return value.isFinite ? value : 0
    }
    let sum = density.reduce(0, +)
    let even = sum > 0 ? recipe.evenTimes : 1
    density = density.map { (1 - even) * (sum > 0 ? $0 / sum : 0) + even / Double(logits.count) }
    var total = 0.0
    cumulated = density.map {
      total += $0
      return total
    }
  }

  /// The time at which the cumulative probability reaches this value, 0 to 1.
  package func timestep(at probability: Double) -> Int {
    var (low, high) = (0, cumulated.count - 1)
    while low < high {
      let middle = (low + high) / 2
      if cumulated[middle] <= probability { low = middle + 1 } else { high = middle }
    }
    return low
  }
}

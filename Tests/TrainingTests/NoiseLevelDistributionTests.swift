import Diffusion
import Foundation
import Testing
import Training

@Suite struct NoiseLevelDistributionTests {
  private func logits(_ schedule: NoiseSchedule, _ recipe: TrainingRecipe, count: Int = 4001)
    -> [Double]
  {
    let distribution = NoiseLevelDistribution(schedule, recipe)
    return (0..<count).map {
      let time = distribution.timestep(at: (Double($0) + 0.5) / Double(count))
      let level = schedule.level(at: time)
      return log(level.sigma / level.alpha)
    }
  }

  /// Quantiles of the drawn levels are those of the normal distribution.
  @Test(arguments: [NoiseSchedule.linear(), .scaledLinear(), .flow()])
  func levelsAreNormal(_ schedule: NoiseSchedule) {
    var recipe = TrainingRecipe(prediction: .sample)
    (recipe.levelMean, recipe.levelDeviation, recipe.evenTimes) = (0.2, 1.15, 0)
    let found = logits(schedule, recipe)
    #expect(abs(found[2000] - 0.2) < 0.05)
    // One standard deviation below and above the mean.
    #expect(abs(found[635] - (0.2 - 1.15)) < 0.1)
    #expect(abs(found[3365] - (0.2 + 1.15)) < 0.1)
    #expect(found == found.sorted())
  }

  @Test func allTimesMayBeEven() {
    var recipe = TrainingRecipe(prediction: .v)
    recipe.evenTimes = 1
    let distribution = NoiseLevelDistribution(.linear(), recipe)
    let times = (0..<1000).map { distribution.timestep(at: (Double($0) + 0.5) / 1000) }
    #expect(times == Array(0..<1000))
  }

  /// Probabilities at the edges stay within the schedule.
  @Test func edges() {
    let distribution = NoiseLevelDistribution(.flow(), TrainingRecipe(prediction: .flow))
    #expect(distribution.timestep(at: -1) == 0)
    #expect(distribution.timestep(at: 2) == 999)
  }
}

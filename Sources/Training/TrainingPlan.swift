/// How long to train, and how much of that is done.
public struct TrainingPlan: Codable, Sendable, Hashable {
  /// The measure of the length.
  public enum Length: Codable, Sendable, Hashable {
    /// This many batches.
    case steps(Int)
    /// This much training time.
    case minutes(Double)
  }

  /// The whole length.
  public var length: Length
  /// Batches done under this plan.
  public private(set) var steps = 0
  /// Seconds of training under this plan.
  public private(set) var seconds = 0.0
  /// The time of the fastest batch in seconds.
  private var quickest: Double?

  /// A plan that has not begun.
  public init(_ length: Length) { self.length = length }

  /// The finished fraction, 0 to 1.
  public var share: Double {
    switch length {
    case .steps(let all): min(1, Double(steps) / Double(max(1, all)))
    case .minutes(let all): min(1, seconds / max(1e-9, all * 60))
    }
  }

  /// Whether it is finished.
  public var isFinished: Bool { share >= 1 }

  /// The estimated remaining seconds; `nil` if unknown.
  public var secondsLeft: Double? {
    switch length {
    case .steps(let all):
      steps > 0 ? seconds / Double(steps) * Double(max(0, all - steps)) : nil
    case .minutes(let all): max(0, all * 60 - seconds)
    }
  }

  /// The time counted for a batch that seems to have taken this long: the process or the machine may have been
  /// suspended.
  ///
  /// The fastest batch is the reference; every suspension would increase the mean.
  package func plausible(_ seconds: Double) -> Double {
    quickest.map { min(seconds, max(1, 10 * $0)) } ?? seconds
  }

  package mutating func add(seconds: Double) {
    steps += 1
    self.seconds += seconds
    quickest = min(quickest ?? seconds, seconds)
  }

  /// The factor of the learning rate: it rises over the first steps, stays constant, and falls to zero over the last
  /// part, so that the weights settle wherever the plan ends (Hägele et al. 2024).
  package func rateFactor(_ recipe: TrainingRecipe) -> Float {
    let rise = min(1, Double(steps + 1) / Double(max(1, recipe.warmupSteps)))
    let fall = recipe.cooldown > 0 ? min(1, (1 - share) / recipe.cooldown) : 1
    return Float(rise * fall)
  }
}

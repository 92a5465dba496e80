/// How long to learn, and how much of that is done.
public struct TrainingPlan: Codable, Sendable, Hashable {
  /// What decides when it is enough.
  public enum Length: Codable, Sendable, Hashable {
    /// So many batches.
    case steps(Int)
    /// So much time spent learning.
    case minutes(Double)
  }

  /// The whole length.
  public var length: Length
  /// Batches learnt from under this plan.
  public private(set) var steps = 0
  /// Seconds spent learning under this plan.
  public private(set) var seconds = 0.0
  /// Seconds that the quickest batch took.
  private var quickest: Double?

  /// A plan of which nothing is done.
  public init(_ length: Length) { self.length = length }

  /// How much is done, 0 to 1.
  public var share: Double {
    switch length {
    case .steps(let all): min(1, Double(steps) / Double(max(1, all)))
    case .minutes(let all): min(1, seconds / max(1e-9, all * 60))
    }
  }

  /// Whether all is done.
  public var isFinished: Bool { share >= 1 }

  /// Seconds that are left, as things go; `nil` before anything is known.
  public var secondsLeft: Double? {
    switch length {
    case .steps(let all):
      steps > 0 ? seconds / Double(steps) * Double(max(0, all - steps)) : nil
    case .minutes(let all): max(0, all * 60 - seconds)
    }
  }

  /// What a batch that seems to have taken so long counts for: the process or the machine may have slept meanwhile.
  ///
  /// The quickest batch is the measure, and not the mean, which every sleep would make longer.
  package func plausible(_ seconds: Double) -> Double {
    quickest.map { min(seconds, max(1, 10 * $0)) } ?? seconds
  }

  package mutating func add(seconds: Double) {
    steps += 1
    self.seconds += seconds
    quickest = min(quickest ?? seconds, seconds)
  }

  /// The learning rate's factor: it rises over the first steps, stays, and falls to nothing over the last part, so that
  /// the weights come to rest wherever the plan ends (Hägele et al. 2024).
  package func rateFactor(_ recipe: TrainingRecipe) -> Float {
    let rise = min(1, Double(steps + 1) / Double(max(1, recipe.warmupSteps)))
    let fall = recipe.cooldown > 0 ? min(1, (1 - share) / recipe.cooldown) : 1
    return Float(rise * fall)
  }
}

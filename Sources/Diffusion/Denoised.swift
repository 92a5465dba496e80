/// The prediction of a network for a sample: the clean sample and the noise that add up to it.
public struct Denoised: Sendable, Hashable {
  /// `x_0`, guided and clipped.
  public var sample: Latent
  /// `epsilon`.
  public var noise: Latent
  /// The network's raw output under the condition.
  public var conditional: Latent
  /// The network's raw output without the condition, if guidance needs one.
  public var unconditional: Latent?
  /// The clean sample according to `unconditional`, clipped; only for samplers that use it.
  var unconditionalSample: Latent?
  /// The noise according to `unconditional`.
  var unconditionalNoise: Latent?
}

/// Keeps the predicted clean sample within the values a picture can have.
public struct Clipping: Sendable, Hashable {
  /// The largest value; its negative is the smallest.
  public var range: Float
  /// Whether the noise is recomputed from the clipped sample, so that the two still add up to the input of the network.
  /// diffusers calls this `use_clipped_model_output`.
  public var recomputesNoise: Bool

  /// Clipping to `-range...range`.
  public init(range: Float = 1, recomputesNoise: Bool = true) {
    self.range = range
    self.recomputesNoise = recomputesNoise
  }
}

extension Prediction {
  /// The clean sample and the noise according to an output (Salimans & Ho 2022, section 4 and appendix D).
  ///
  /// - Parameters:
  ///   - output: The network's output, `(N, H, W, C)`.
  ///   - x: The sample that the network was called with.
  ///   - level: The level of that sample.
  func interpret(_ output: Latent, of x: Latent, at level: NoiseLevel) -> (
    sample: Latent, noise: Latent
  ) {
    let (alpha, sigma) = (level.alpha, level.sigma)
    switch self {
    case .epsilon:
      return (Latent(1 / alpha * x - sigma / alpha * output), output)
    case .sample:
      return (output, Latent(1 / sigma * x - alpha / sigma * output))
    case .v:
      return (Latent(alpha * x - sigma * output), Latent(sigma * x + alpha * output))
    case .flow:
      return (Latent(x - sigma * output), Latent(x + alpha * output))
    }
  }
}

extension Prediction {
  /// How much the clean sample changes with an output, without its sign.
  func cleanWeight(at level: NoiseLevel) -> Double {
    switch self {
    case .epsilon: level.sigma / level.alpha
    case .sample: 1
    case .v, .flow: level.sigma
    }
  }
}

extension NoiseSchedule {
  /// Whether guidance is applied at a level.
  func isGuided(at level: NoiseLevel) -> Bool { guidedSignal.contains(level.alpha) }

  /// The sample implied by a velocity that was divided by ``leastVelocityNoise`` because there is less noise than that:
  /// it lies between `x` and the clean sample. `nil` if there is at least that much noise.
  func slowed(_ clean: Latent, of x: Latent, at level: NoiseLevel) -> Latent? {
    guard isFlow, level.sigma > 0, level.sigma < leastVelocityNoise else { return nil }
    let share = level.sigma / leastVelocityNoise
    return Latent((1 - share) * x + share * clean)
  }
}

extension Latent {
  /// Every element within `-range...range`.
  func clipped(to range: Float) -> Latent {
    var result = self
    for i in result.values.indices {
      // A comparison with NaN is false, so NaN remains and will be detected.
      if result.values[i] > range { result.values[i] = range }
      if result.values[i] < -range { result.values[i] = -range }
    }
    return result
  }

  /// Whether every element is a finite number.
  var isFinite: Bool { values.allSatisfy(\.isFinite) }
}

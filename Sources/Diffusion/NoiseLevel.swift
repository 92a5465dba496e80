/// How much of a sample is signal and how much is noise: `x_t = alpha x_0 + sigma epsilon`.
public struct NoiseLevel: Sendable, Hashable {
  /// The training time of this level; may be between two training steps.
  public var timestep: Float
  /// The weight of the clean sample.
  public var alpha: Double
  /// The weight of the noise.
  public var sigma: Double
  /// Whether the level is on the straight path `alpha = 1 - sigma` of flow matching.
  public var isFlow: Bool

  /// No noise at all: where every run ends.
  public static func clean(isFlow: Bool = false) -> NoiseLevel {
    NoiseLevel(timestep: 0, alpha: 1, sigma: 0, isFlow: isFlow)
  }

  /// A level of a variance-preserving process whose noise is `ratio` times as strong as its signal.
  static func variancePreserving(timestep: Float, ratio: Double) -> NoiseLevel {
    let alpha = 1 / (ratio * ratio + 1).squareRoot()
    return NoiseLevel(timestep: timestep, alpha: alpha, sigma: ratio * alpha, isFlow: false)
  }

  /// The noise for a signal of weight 1, the sigma of Karras et al. 2022; infinite if there is no signal.
  public var ratio: Double { sigma / alpha }

  /// The level's sigma in the field's convention: the ratio, or on a straight path the position from 0 to 1.
  public var statedSigma: Float { Float(isFlow ? sigma : ratio) }

  /// The share of noise in the sample by amplitude, 0 to 1: `sigma / (contrast alpha + sigma)`.
  ///
  /// - Parameter contrast: The standard deviation of clean samples, ``NoiseSchedule/contrast``.
  public func share(contrast: Double) -> Float { Float(sigma / (contrast * alpha + sigma)) }

  /// `log(alpha / sigma)`, half the logarithm of the signal-to-noise ratio (Lu et al. 2022, section 3).
  package var logSNR: Double { Math.log(alpha / sigma) }
}

/// A clean sample that a run begins with instead of noise alone (Meng et al. 2021, SDEdit): noise is added up to a level
/// on the way, and only the steps from there on are taken.
public struct RunOrigin: Sendable, Hashable {
  /// The clean sample `(N, H, W, C)`.
  public var sample: Latent
  /// The share of the steps that is taken, 0 to 1: how little of the sample is kept.
  public var strength: Double

  /// A run from this sample.
  public init(sample: Latent, strength: Double) {
    self.sample = sample
    self.strength = strength
  }
}

extension SamplingSettings {
  /// The steps that are taken of a run from a clean sample, as diffusers counts them.
  public func steps(atStrength strength: Double) -> Int {
    guard strength.isFinite, strength > 0, steps > 0 else { return 0 }
    // A number of steps that a file made up may be larger than any whole number once it is a Double.
    return strength < 1 ? Int(Double(steps) * strength) : steps
  }
}

/// A clean sample that a run starts from instead of noise alone (Meng et al. 2021, SDEdit): noise is added up to a
/// level within the run, and only the steps from that level on are run.
public struct RunOrigin: Sendable, Hashable {
  /// The clean sample `(N, H, W, C)`.
  public var sample: Latent
  /// The fraction of the steps to run, 0 to 1; a larger one keeps less of the sample.
  public var strength: Double

  /// A run from this sample.
  public init(sample: Latent, strength: Double) {
    self.sample = sample
    self.strength = strength
  }
}

extension SamplingSettings {
  /// The steps to run from a clean sample, as diffusers counts them.
  public func steps(atStrength strength: Double) -> Int {
    guard strength.isFinite, strength > 0, steps > 0 else { return 0 }
    // A number of steps from a file may be larger than any integer after conversion to Double.
    return strength < 1 ? Int(Double(steps) * strength) : steps
  }
}

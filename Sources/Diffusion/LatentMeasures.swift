extension Latent {
  /// Every value multiplied by a factor.
  public func scaled(by factor: Float) -> Latent {
    Latent(shape: shape, values: values.map { $0 * factor })
  }

  /// The root mean square of all values; 0 if there are none.
  public var rootMeanSquare: Double {
    let sum = values.reduce(0.0) { $0 + Double($1) * Double($1) }
    return (sum / Double(max(1, values.count))).squareRoot()
  }

  /// The root mean square difference of two latents with the same shape.
  public func distance(to other: Latent) -> Double {
    precondition(shape == other.shape, "only latents with the same shape have a distance")
    return Latent(self - other).rootMeanSquare
  }

  /// Spherical interpolation between two noises (Shoemake 1985): `share` of the way from one to the other, with
  /// constant strength.
  public static func spherical(_ from: Latent, _ to: Latent, share: Double) -> Latent {
    precondition(from.shape == to.shape, "only latents with the same shape can be interpolated")
    let (long, longToo) = (from.rootMeanSquare, to.rootMeanSquare)
    let count = Double(max(1, from.values.count))
    let product = zip(from.values, to.values).reduce(0.0) { $0 + Double($1.0) * Double($1.1) }
    guard long > 0, longToo > 0 else { return Latent((1 - share) * from + share * to) }
    let cosine = max(-1, min(1, product / count / (long * longToo)))
    let angle = Math.acos(cosine)
    let sine = (1 - cosine * cosine).squareRoot()
    // The directions are nearly equal, or opposite, so that no path is the shortest.
    guard sine > 1e-4 else { return Latent((1 - share) * from + share * to) }
    return Latent(
      Math.sin((1 - share) * angle) / sine * from + Math.sin(share * angle) / sine * to)
  }
}

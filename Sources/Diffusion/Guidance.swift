/// Classifier-free guidance (Ho & Salimans 2022) with the rescaling of Lin et al. 2023, section 3.4.
public struct Guidance: Sendable, Hashable {
  /// How far to go from the unconditional towards the conditional prediction; 1 is the conditional one.
  public var scale: Float
  /// How far to rescale the guided prediction to the standard deviation of the conditional one, 0 to 1.
  public var rescale: Float

  /// Guidance by `scale`, rescaled by `rescale`.
  public init(scale: Float, rescale: Float = 0) {
    self.scale = scale
    self.rescale = rescale
  }
}

extension Guidance {
  /// Whether a prediction without the condition is needed.
  var needsUnconditional: Bool { scale != 1 }

  /// The guided output: from the unconditional output through the conditional one and beyond.
  func apply(conditional: Latent, unconditional: Latent) -> Latent {
    let guided = Latent(
      Double(1 - scale) * unconditional + Double(scale) * conditional)
    guard rescale > 0 else { return guided }
    return rescaled(guided, towards: conditional)
  }

  /// Strong guidance overexposes pictures; this rescales each picture towards the standard deviation of the conditional
  /// one.
  private func rescaled(_ guided: Latent, towards conditional: Latent) -> Latent {
    var result = guided
    let size = guided.shape.count / max(1, guided.shape.n)
    for n in 0..<guided.shape.n {
      let picture = (n * size)..<((n + 1) * size)
      let spread = Guidance.deviation(guided.values[picture])
      guard spread > 0 else { continue }
      let ratio = Guidance.deviation(conditional.values[picture]) / spread
      let factor = Float(Double(rescale) * ratio + Double(1 - rescale))
      for i in picture { result.values[i] *= factor }
    }
    return result
  }

  private static func deviation(_ values: ArraySlice<Float>) -> Double {
    let count = Double(max(1, values.count))
    let mean = values.reduce(0) { $0 + Double($1) } / count
    let squares = values.reduce(0) { $0 + (Double($1) - mean) * (Double($1) - mean) }
    return (squares / count).squareRoot()
  }
}

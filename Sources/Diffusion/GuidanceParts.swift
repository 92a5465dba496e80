/// The parts of a guided prediction (Ho & Salimans 2022), as clean samples `x_0`, each `(N, H, W, C)`.
public struct GuidanceParts: Sendable, Hashable {
  /// The prediction without the condition.
  public let unconditional: Latent
  /// The prediction with the condition.
  public let conditional: Latent
  /// The guided prediction.
  public let guided: Latent

  /// The prediction with the condition minus the one without it.
  public var difference: Latent { Latent(conditional - unconditional) }
}

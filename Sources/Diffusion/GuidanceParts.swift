/// What a guided prediction is put together from (Ho & Salimans 2022), as the clean samples `x_0` that its parts stand
/// for, each `(N, H, W, C)`.
public struct GuidanceParts: Sendable, Hashable {
  /// What the network sees without the condition.
  public let unconditional: Latent
  /// What it sees with it.
  public let conditional: Latent
  /// What guidance makes of the two.
  public let guided: Latent

  /// With the condition less without it.
  public var difference: Latent { .sum(1, conditional, -1, unconditional) }
}

/// What a network predicts.
///
/// With `x_t = alpha_t x_0 + sigma_t epsilon` (Ho et al. 2020, Salimans & Ho 2022, Lipman et al. 2023).
public enum Prediction: String, Codable, Sendable, Hashable, CaseIterable {
  /// The noise epsilon in the sample.
  case epsilon
  /// The velocity `v = alpha_t epsilon - sigma_t x_0`.
  case v
  /// The clean sample `x_0` itself.
  case sample
  /// The flow `epsilon - x_0` along the straight path `x_t = (1 - t) x_0 + t epsilon`.
  case flow
}

/// A network trained to predict the noise in a noisy sample.
///
/// The sampler core needs nothing else: any type that conforms can be sampled.
public protocol Denoiser: Sendable {
  /// The condition that steers the network, such as an encoded prompt.
  associatedtype Condition: Sendable

  /// What the network predicts.
  var prediction: Prediction { get }

  /// The network with a guidance scale as an additional input, if it was distilled for that (Meng et al. 2023; Luo et
  /// al. 2023); `nil` if guidance needs a second prediction.
  func guided(by scale: Float) -> Self?

  /// The network's raw outputs for one sample under each of several conditions, evaluated as one batch.
  ///
  /// - Parameters:
  ///   - sample: The noisy sample `(N, H, W, C)` in the scale that the network was trained on.
  ///   - timestep: The time in the network's own units; may be fractional.
  ///   - conditions: One or more conditions; each is applied to the whole `sample`.
  /// - Returns: One output with the sample's shape for each condition, in order.
  /// - Throws: `CancellationError`, even during an evaluation, when the task is cancelled.
  func predict(
    _ sample: Latent, timestep: Float, conditions: [Condition]
  ) async throws -> [Latent]
}

extension Denoiser {
  /// Most networks have no input for guidance.
  public func guided(by scale: Float) -> Self? { nil }
}

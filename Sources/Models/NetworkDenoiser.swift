import Diffusion

/// A model's network as a denoiser for the sampler core.
public struct NetworkDenoiser: Denoiser {
  /// What the network predicts.
  public let prediction: Prediction
  let network: any DenoisingNetwork

  package init(prediction: Prediction, network: any DenoisingNetwork) {
    (self.prediction, self.network) = (prediction, network)
  }

  /// The network with a guidance scale as an input, if it was distilled for that.
  public func guided(by scale: Float) -> NetworkDenoiser? {
    network.guided(by: scale).map { NetworkDenoiser(prediction: prediction, network: $0) }
  }

  /// The network's outputs for one sample under each condition.
  public func predict(
    _ sample: Latent, timestep: Float, conditions: [PromptEmbedding]
  ) async throws -> [Latent] {
    try await network.predict(sample, timestep: timestep, conditions: conditions)
  }
}

import Diffusion

/// A U-Net as the sampler core sees it.
public struct NetworkDenoiser: Denoiser {
  /// What the network's output stands for.
  public let prediction: Prediction
  let network: UNet
  let usesVector: Bool

  /// The network's outputs for one sample under each condition, computed as one batch on the compute thread.
  public func predict(
    _ sample: Latent, timestep: Float, conditions: [PromptEmbedding]
  ) async throws -> [Latent] {
    let shape = sample.shape
    let batch = shape.n * conditions.count
    func each(_ part: (PromptEmbedding) -> [Float]) -> [Float] {
      conditions.flatMap { condition in
        Array(repeating: part(condition), count: shape.n).flatMap { $0 }
      }
    }
    let context = UNet.Context(
      states: each(\.states), tokens: conditions[0].tokens.count, mask: each(\.mask),
      vectors: usesVector ? each(\.pooled) : nil)
    let values = Array(repeating: sample.values, count: conditions.count).flatMap { $0 }
    let output = try await network.predict(
      values, batch: batch, height: shape.height, width: shape.width, timestep: timestep,
      context: context)
    let outputShape = LatentShape(
      n: shape.n, height: shape.height, width: shape.width,
      channels: output.count / (batch * shape.height * shape.width))
    let size = outputShape.count
    return conditions.indices.map {
      Latent(shape: outputShape, values: Array(output[($0 * size)..<(($0 + 1) * size)]))
    }
  }
}

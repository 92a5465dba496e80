import Diffusion
import Tensors

/// A U-Net with its conditions laid out as its inputs: token states, the prompts' own vectors, sizes and guidance.
package struct ConditionedUNet: AttendingNetwork {
  let network: UNet
  let type: NumberFormat
  /// Whether it takes the prompts' own vectors.
  let usesVector: Bool
  /// The side in pixels of one position of the sample.
  let scale: Int
  /// The guidance scale as an input of the network, if it was distilled for that.
  private var guidance: Float = 1

  /// A U-Net for samples whose positions are `scale x scale` pixels each.
  package init(_ network: UNet, type: NumberFormat, scale: Int) {
    (self.network, self.type, self.scale) = (network, type, scale)
    usesVector = network.configuration.classProjectionDim != nil
  }

  package var readsPrompt: Bool { network.configuration.readsPrompt }

  package var weightBytes: Int { network.weightBytes }

  package func guided(by scale: Float) -> (any DenoisingNetwork)? {
    guard network.configuration.guidanceEmbeddingDim != nil else { return nil }
    var told = self
    told.guidance = scale
    return told
  }

  package func activationBytes(_ shape: LatentShape, batch: Int) -> Int {
    MemoryEstimate.activations(
      network.configuration, places: shape.height * shape.width, batch: batch, type: type)
  }

  package func rest() async { await network.rest() }

  /// The network's outputs for one sample under each condition, computed as one batch on the compute thread.
  package func predict(
    _ sample: Latent, timestep: Float, conditions: [PromptEmbedding]
  ) async throws -> [Latent] {
    let shape = sample.shape
    let batch = shape.n * conditions.count
    let values = Array(repeating: sample.values, count: conditions.count).flatMap { $0 }
    let output = try await network.predict(
      values, batch: batch, height: shape.height, width: shape.width, timestep: timestep,
      context: context(of: conditions, for: shape))
    let outputShape = LatentShape(
      n: shape.n, height: shape.height, width: shape.width,
      channels: output.count / (batch * shape.height * shape.width))
    let size = outputShape.count
    return conditions.indices.map {
      Latent(shape: outputShape, values: Array(output[($0 * size)..<(($0 + 1) * size)]))
    }
  }

  package func attentionMaps(
    _ sample: Latent, timestep: Float, condition: PromptEmbedding
  ) async throws -> AttentionMaps {
    let shape = sample.shape
    return try await network.attentionMaps(
      sample.values, height: shape.height, width: shape.width, timestep: timestep,
      context: context(of: [condition], for: shape))
  }

  /// SDXL's size conditioning (Podell et al. 2023, section 2.2), as sinusoids: the original size of a picture, the
  /// offset of its crop, and its target size. Here the original size is the target size, without a crop.
  private func sizeEmbedding(_ shape: LatentShape, channels: Int) -> [Float] {
    let (height, width) = (Float(shape.height * scale), Float(shape.width * scale))
    return [height, width, 0, 0, height, width].flatMap {
      TimeEmbedding.sinusoid(
        $0, channels: channels, flipSinToCos: network.configuration.flipsSinToCos,
        shift: network.configuration.frequencyShift)
    }
  }

  /// The inputs of the network for these prompts, each for every picture of a sample.
  private func context(of conditions: [PromptEmbedding], for shape: LatentShape) -> UNet.Context {
    func each(_ part: (PromptEmbedding) -> [Float]) -> [Float] {
      conditions.flatMap { condition in
        Array(repeating: part(condition), count: shape.n).flatMap { $0 }
      }
    }
    // Shorter prompts are padded with tokens that nothing attends to.
    let tokens = conditions.map(\.tokens.count).max() ?? 0
    func filled(_ part: (PromptEmbedding) -> [Float]) -> [Float] {
      each { condition in
        let own = part(condition)
        let width = own.count / max(1, condition.tokens.count)
        return own + Array(repeating: 0, count: (tokens - condition.tokens.count) * width)
      }
    }
    return UNet.Context(
      states: filled(\.states), tokens: tokens, mask: tokens > 0 ? filled(\.mask) : nil,
      vectors: usesVector ? each(\.pooled) : nil,
      added: network.configuration.addedEmbedding.map { added in
        each { $0.pooled + sizeEmbedding(shape, channels: added.timeDim) }
      },
      guidance: network.configuration.guidanceEmbeddingDim.map { channels in
        each { _ in TimeEmbedding.guidance(guidance, channels: channels) }
      })
  }
}

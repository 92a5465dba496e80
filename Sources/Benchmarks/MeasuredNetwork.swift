import Checkpoints
import Foundation
import Models
import Tensors

/// A network measured with random weights.
package enum MeasuredNetwork: Sendable {
  /// A U-Net.
  case unet(UNetConfiguration)
  /// The transformer of MiniT2I.
  case transformer(MMJiTConfiguration)

  /// The network of a `config.json`.
  ///
  /// - Throws: `CheckpointError` when it is missing, invalid, or describes another kind of network.
  package init(contentsOf file: URL) throws {
    self =
      MMJiTConfiguration.isDescribed(by: file)
      ? .transformer(try MMJiTConfiguration(contentsOf: file))
      : .unet(try UNetConfiguration(contentsOf: file))
  }

  /// The network of a model; `nil` if it is on a server.
  package init?(of pipeline: Pipeline) {
    if let configuration = pipeline.networkConfiguration {
      self = .unet(configuration)
    } else if let configuration = pipeline.transformerConfiguration {
      self = .transformer(configuration)
    } else {
      return nil
    }
  }
}

/// A network with random weights and inputs.
@Compute
struct ExampleNetwork {
  /// Evaluates it once.
  let evaluate: () throws -> Void
  /// Makes the next evaluation also compute what depends only on the prompt.
  let forgetPrompt: () -> Void
  /// The floating-point operations of an evaluation, and the size of the activations in bytes.
  let cost: () -> (flops: Double, bytes: Int)
  /// The size of the packed weights in bytes.
  let weightBytes: () -> Int
  /// The program that evaluates it.
  let program: () -> Program?

  /// - Parameters:
  ///   - tokens: The tokens of a prompt, for a network that takes any number.
  ///   - size: Rows and columns of the sample, for a network that takes any; its own if `nil`.
  init(
    _ network: MeasuredNetwork, type: NumberFormat, batch: Int, tokens: Int,
    size: (height: Int, width: Int)? = nil, holdsEightBits: Bool = false
  ) {
    switch network {
    case .unet(let configuration):
      self.init(
        configuration, type: type, batch: batch, tokens: tokens, size: size,
        holdsEightBits: holdsEightBits)
    case .transformer(let configuration):
      self.init(configuration, type: type, batch: batch, holdsEightBits: holdsEightBits)
    }
  }

  private static func numbers(_ name: String, _ count: Int) -> [Float] {
    RandomParameters().values(name, shape: [1, count]).map { $0 * 10 }
  }

  private init(
    _ configuration: UNetConfiguration, type: NumberFormat, batch: Int, tokens: Int,
    size: (height: Int, width: Int)?, holdsEightBits: Bool
  ) {
    let (height, width) = size ?? (configuration.sampleHeight, configuration.sampleWidth)
    let network = UNet(
      configuration, source: RandomParameters(), type: type, holdsEightBits: holdsEightBits)
    let sample = Self.numbers("sample", batch * height * width * configuration.inChannels)
    let context = UNet.Context(
      states: Self.numbers("context", batch * tokens * configuration.contextChannels),
      tokens: tokens, mask: Array(repeating: 1, count: batch * tokens),
      vectors: configuration.classProjectionDim.map { Self.numbers("class", batch * $0) },
      added: configuration.addedEmbedding.map { Self.numbers("added", batch * $0.inputDim) },
      guidance: configuration.guidanceEmbeddingDim.map { Self.numbers("guidance", batch * $0) })
    evaluate = {
      _ = try network.predict(
        sample, batch: batch, height: height, width: width, timestep: 500, context: context)
    }
    forgetPrompt = { network.forgetContext() }
    cost = { network.cost }
    weightBytes = { network.weightBytes }
    program = { network.lastProgram }
  }

  private init(
    _ configuration: MMJiTConfiguration, type: NumberFormat, batch: Int, holdsEightBits: Bool
  ) {
    let network = MMJiT(
      configuration, source: RandomParameters(), type: type, holdsEightBits: holdsEightBits)
    let places = configuration.gridSize * configuration.gridSize
    let patches = Self.numbers("sample", batch * places * configuration.patchChannels)
    let text = Self.numbers(
      "context", batch * configuration.promptLength * configuration.textInputSize)
    evaluate = { _ = try network.predict(patches: patches, batch: batch, text: text) }
    forgetPrompt = { network.forgetContext() }
    cost = { network.cost }
    weightBytes = { network.weightBytes }
    program = { network.lastProgram }
  }
}

import Checkpoints
import Tensors

/// A U-Net that learns: predictions, their error, and the gradients of all its weights.
@Compute
package final class UNetLearner {
  /// Pictures that are learnt from together.
  package struct Batch: Sendable {
    /// What the network is shown, `(N, H, W, C)`.
    package var sample: [Float]
    /// What it should answer, `(N, H, W, C)`.
    package var target: [Float]
    /// How much each picture counts, `(N)`.
    package var weights: [Float]
    /// The time of each picture in the network's units, `(N)`.
    package var times: [Float]
    /// The prompts.
    package var context: UNet.Context

    package init(
      sample: [Float], target: [Float], weights: [Float], times: [Float], context: UNet.Context
    ) {
      (self.sample, self.target, self.weights) = (sample, target, weights)
      (self.times, self.context) = (times, context)
    }
  }

  package let configuration: UNetConfiguration
  /// What is learnt.
  package let weights = LearntWeights()
  private let program: Program

  /// Floating-point operations that the products of one batch take, forward and backward.
  package var flops: Double { program.flops }
  /// Bytes of activations and gradients of activations.
  package var bytes: Int { program.bytes }

  /// A learner of batches of one shape.
  ///
  /// - Parameters:
  ///   - source: The weights to begin with.
  ///   - type: How activations and their gradients are stored; weights are float32.
  /// - Throws: `CheckpointError` when the weights cannot be read or the network has parts that cannot be learnt.
  package init(
    _ configuration: UNetConfiguration, source: any ParameterSource, type: NumberFormat, batch: Int,
    height: Int, width: Int, tokens: Int, masked: Bool, threads: Int
  ) throws {
    self.configuration = configuration
    program = try UNetGraph.learning(
      configuration, source: source, weights: weights, type: type, batch: batch, height: height,
      width: width, tokens: tokens, masked: masked, threads: threads)
    try weights.refresh()
  }

  /// Computes the gradients of the batch's mean loss.
  ///
  /// - Returns: The loss of each picture: its weight times the mean squared error, `(N)`.
  package func differentiate(_ batch: Batch) throws -> [Float] {
    let sinusoids = batch.times.flatMap {
      TimeEmbedding.sinusoid(
        $0, channels: configuration.blockOutChannels[0],
        flipSinToCos: configuration.flipsSinToCos, shift: configuration.frequencyShift)
    }
    program.set(
      "sample", configuration.centersInput ? batch.sample.map { 2 * $0 - 1 } : batch.sample)
    program.set("time", sinusoids)
    if configuration.readsPrompt {
      program.set("context", batch.context.states)
      if let mask = batch.context.mask { program.set("mask", mask.map { ($0 - 1) * 10000 }) }
    }
    if let vectors = batch.context.vectors { program.set("class", vectors) }
    program.set("target", batch.target)
    program.set("weight", batch.weights)
    try program.run()
    return program.output("losses")
  }

  /// Milliseconds of each operation, for finding what is slow.
  package func profile(rounds: Int) throws -> [(name: String, milliseconds: Double, flops: Double)]
  {
    try program.profile(rounds: rounds)
  }
}

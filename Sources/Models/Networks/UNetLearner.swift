import Checkpoints
import Tensors

/// A U-Net in training: predictions, their error, and the gradients of all its weights.
@Compute
package final class UNetLearner {
  /// A batch of training pictures.
  package struct Batch: Sendable {
    /// The input of the network, `(N, H, W, C)`.
    package var sample: [Float]
    /// The target output, `(N, H, W, C)`.
    package var target: [Float]
    /// The weight of each picture's loss, `(N)`.
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
  /// The weights being trained.
  package let weights = LearntWeights()
  private let program: Program

  /// The floating-point operations of the products for one batch, forward and backward.
  package var flops: Double { program.flops }
  /// The size of activations and their gradients in bytes.
  package var bytes: Int { program.bytes }

  /// A learner for batches of one shape.
  ///
  /// - Parameters:
  ///   - source: The initial weights.
  ///   - type: The storage format of activations and their gradients; weights are float32.
  /// - Throws: `CheckpointError` when the weights cannot be read or the network has parts that cannot be trained.
  package init(
    _ configuration: UNetConfiguration, source: any ParameterSource, type: NumberFormat, batch: Int,
    height: Int, width: Int, tokens: Int, masked: Bool, threads: Int
  ) throws {
    self.configuration = configuration
    try Self.check(configuration, file: "unet/config.json")
    program = try UNetGraph.learning(
      configuration, source: source, weights: weights, type: type, batch: batch, height: height,
      width: width, tokens: tokens, masked: masked, threads: threads)
    try weights.refresh()
  }

  /// Throws if a network has parts that can be run but not trained.
  ///
  /// - Throws: `CheckpointError` that names `file`.
  package nonisolated static func check(
    _ configuration: UNetConfiguration, file: String
  ) throws {
    func require(_ key: String, _ holds: Bool, _ expected: String, _ found: String) throws {
      guard !holds else { return }
      throw CheckpointError(
        .unsupported, file: file, key: key, expected: expected, found: found,
        advice: "This program can run such a network, but not train it")
    }
    let kinds = configuration.downBlocks + configuration.upBlocks + [configuration.midBlock]
    try require(
      "_class_name", !kinds.contains(.selfAttention), "\"UNet2DConditionModel\"",
      "\"UNet2DModel\"")
    try require(
      "addition_embed_type", configuration.addedEmbedding == nil, "null", "\"text_time\"")
    try require(
      "time_cond_proj_dim", configuration.guidanceEmbeddingDim == nil, "null", "a number")
    let factor = configuration.midBlockScaleFactor
    try require("mid_block_scale_factor", factor == 1, "1", "\(factor)")
    for stage in UNetLayout(configuration).stages {
      guard case .transformer(let transformer) = stage.attention else { continue }
      _ = try UNetGraph.headWidth(transformer.heads, stage.output, file: file)
    }
  }

  /// The smallest size in bytes of a network's weights during training: each has a value, an average, two moments, a
  /// gradient and two copies for computing.
  package nonisolated static func leastBytes(_ configuration: UNetConfiguration) -> Int {
    let layout = UNetLayout(configuration)
    let numbers = layout.stages.reduce(0) { $0 + 9 * ($1.input + $1.output) * $1.output }
    return numbers * MemoryLayout<Float>.size * 7
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

  /// Milliseconds of each operation, for finding slow ones.
  package func profile(rounds: Int) throws -> [(name: String, milliseconds: Double, flops: Double)]
  {
    try program.profile(rounds: rounds)
  }
}

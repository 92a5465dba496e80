import Checkpoints
import Models
import Tensors

/// A separately measured part of Stable Diffusion.
package enum MeasuredPart: String, Sendable, CaseIterable {
  case network, text, decoder
}

/// The speed of a text encoder or a decoder.
package struct PartBenchmark: Sendable {
  /// The milliseconds of each evaluation, sorted.
  package let milliseconds: [Double]
  /// The floating-point operations of an evaluation, in billions.
  package let gigaflop: Double
  /// The size of activations and scratch memory in bytes.
  package let activationBytes: Int
  /// The time of each operation, the slowest first.
  package let operations: [NetworkBenchmark.OperationTime]

  /// Measures the text encoder on one text, or the decoder on one latent.
  ///
  /// - Parameters:
  ///   - side: The side of the decoder's picture in pixels.
  ///   - seconds: How long to measure; at least three evaluations are made.
  /// - Throws: `CheckpointError` when the weights cannot be read or the checkpoint lacks the part.
  @Compute
  package static func measure(
    _ part: MeasuredPart, of checkpoint: Checkpoint, type: NumberFormat, side: Int, seconds: Double
  ) throws -> PartBenchmark {
    let evaluate: () throws -> Void
    let program: () -> Program?
    switch part {
    case .text:
      guard let text = checkpoint.textEncoders.first else { throw missing(part, checkpoint) }
      let encoder = CLIPTextEncoder(
        text.configuration, source: CheckpointParameters(store: text.weights))
      let ids = (0..<text.configuration.maxPositions).map { Int32($0) }
      evaluate = { _ = try encoder.encode([ids]) }
      program = { encoder.lastProgram }
    case .decoder, .network:
      guard let own = checkpoint.autoencoder else { throw missing(part, checkpoint) }
      let autoencoder = Autoencoder(
        own.configuration, source: CheckpointParameters(store: own.weights), type: type)
      let places = side / own.configuration.downscale
      let latent = RandomParameters().values(
        "latent", shape: [1, places * places * own.configuration.latentChannels])
      evaluate = { _ = try autoencoder.decode(latent, batch: 1, height: places, width: places) }
      program = { autoencoder.lastProgram }
    }
    let clock = ContinuousClock()
    try evaluate()
    var times: [Double] = []
    let end = clock.now + .seconds(seconds)
    while times.count < 3 || clock.now < end {
      times.append(try clock.measure { try evaluate() }.milliseconds)
    }
    guard let program = program() else { throw missing(part, checkpoint) }
    return PartBenchmark(
      milliseconds: times.sorted(), gigaflop: program.flops / 1e9,
      activationBytes: program.bytes, operations: try NetworkBenchmark.operations(of: program))
  }

  private static func missing(_ part: MeasuredPart, _ checkpoint: Checkpoint) -> CheckpointError {
    CheckpointError(
      .missing, file: checkpoint.url.path, expected: "a model with a \(part.rawValue)",
      found: "none", advice: "Choose another model")
  }
}

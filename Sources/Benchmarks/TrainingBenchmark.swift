import Checkpoints
import Models
import Tensors

/// The training speed of a U-Net.
package struct TrainingBenchmark: Sendable {
  /// The number of pictures in a batch.
  package let batch: Int
  /// The milliseconds of each step (forward, backward and the optimizer), sorted.
  package let milliseconds: [Double]
  /// The floating-point operations of a step, in billions.
  package let gigaflop: Double
  /// The size of activations and their gradients in bytes.
  package let activationBytes: Int
  /// The cost of each operation in a step, the slowest first: its milliseconds and floating-point operations.
  package let operations: [(name: String, milliseconds: Double, flops: Double)]

  /// The median of the measured times.
  package var median: Double { milliseconds[milliseconds.count / 2] }
  /// Billions of floating-point operations per second at the median.
  package var speed: Double { gigaflop / median * 1000 }
  /// Training pictures per second, at the median.
  package var picturesPerSecond: Double { Double(batch) / median * 1000 }

  /// Measures any configuration, with random weights and pictures.
  ///
  /// - Parameters:
  ///   - type: The storage format of activations.
  ///   - tokens: The number of tokens of each prompt.
  ///   - seconds: How long to measure; at least five steps are made.
  /// - Throws: `CheckpointError` for a network that cannot be trained.
  @Compute
  package static func measure(
    _ configuration: UNetConfiguration, type: NumberFormat, batch: Int, tokens: Int = 24,
    seconds: Double = 5
  ) throws -> TrainingBenchmark {
    let (height, width) = (configuration.sampleHeight, configuration.sampleWidth)
    let source = RandomParameters()
    let learner = try UNetLearner(
      configuration, source: source, type: type, batch: batch, height: height, width: width,
      tokens: tokens, masked: true, threads: ProcessorShare.shared.limit)
    func numbers(_ name: String, _ count: Int) -> [Float] {
      source.values(name, shape: [1, count]).map { $0 * 10 }
    }
    let size = batch * height * width
    let example = UNetLearner.Batch(
      sample: numbers("sample", size * configuration.inChannels),
      target: numbers("target", size * configuration.outChannels),
      weights: Array(repeating: 1, count: batch), times: (0..<batch).map { Float($0) },
      context: UNet.Context(
        states: numbers("context", batch * tokens * configuration.contextChannels),
        tokens: tokens, mask: Array(repeating: 1, count: batch * tokens),
        vectors: configuration.classProjectionDim.map { numbers("class", batch * $0) }))
    let clock = ContinuousClock()
    func step() throws -> Double {
      try clock.measure {
        _ = try learner.differentiate(example)
        _ = try learner.weights.step(AdamW(rate: 1e-4))
      }.milliseconds
    }
    for _ in 0..<2 { _ = try step() }
    let end = clock.now + .seconds(seconds)
    var times: [Double] = []
    while times.count < 5 || clock.now < end { times.append(try step()) }
    return TrainingBenchmark(
      batch: batch, milliseconds: times.sorted(), gigaflop: learner.flops / 1e9,
      activationBytes: learner.bytes,
      operations: try learner.profile(rounds: 2).sorted { $0.milliseconds > $1.milliseconds })
  }
}

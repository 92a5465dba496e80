import Checkpoints
import Models
import Tensors

/// How quickly a U-Net is evaluated.
package struct NetworkBenchmark: Sendable {
  /// Samples in the batch.
  package let batch: Int
  /// The format it computed in.
  package let type: NumberFormat
  /// Milliseconds of each evaluation, everything computed anew, sorted.
  package let milliseconds: [Double]
  /// Milliseconds of each evaluation that keeps what follows from the prompt, as within a run; sorted.
  package let keptMilliseconds: [Double]
  /// Floating-point operations of an evaluation of the batch, in billions.
  package let gigaflop: Double
  /// Bytes of packed weights.
  package let weightBytes: Int
  /// Bytes of activations and scratch.
  package let activationBytes: Int

  /// The time of each operation, the longest first.
  package let operations: [OperationTime]

  /// An operation of a network and what it takes.
  package typealias OperationTime = (name: String, milliseconds: Double, flops: Double)

  @Compute
  static func operations(of program: Program) throws -> [OperationTime] {
    try program.profile(rounds: 2).sorted { $0.milliseconds > $1.milliseconds }
  }

  /// The middle of the measured times.
  package var median: Double { milliseconds[milliseconds.count / 2] }
  /// Billions of floating-point operations a second at the median.
  package var speed: Double { gigaflop / median * 1000 }

  /// Measures any configuration, with weights drawn at random.
  ///
  /// - Parameters:
  ///   - configuration: The network.
  ///   - height: Rows of the sample; the configuration's own size where `nil`.
  ///   - seconds: How long to measure; at least five evaluations are made.
  ///   - holdsEightBits: Whether large weights are held as eight-bit numbers.
  ///   - listing: Whether to time each operation too.
  @Compute
  package static func measure(
    _ configuration: UNetConfiguration, type: NumberFormat, batch: Int, height: Int? = nil,
    width: Int? = nil, tokens: Int = 24, seconds: Double = 2,
    holdsEightBits: Bool = false, listing: Bool = false
  ) throws -> NetworkBenchmark {
    let height = height ?? configuration.sampleHeight
    let width = width ?? configuration.sampleWidth
    let (network, evaluate) = try example(
      configuration, type: type, batch: batch, height: height, width: width, tokens: tokens,
      holdsEightBits: holdsEightBits)
    func times(keepingPrompt: Bool, for seconds: Double) throws -> [Double] {
      let clock = ContinuousClock()
      let end = clock.now + .seconds(seconds)
      var times: [Double] = []
      while times.count < 5 || clock.now < end {
        if !keepingPrompt { network.forgetContext() }
        let time = try clock.measure { try evaluate() }
        times.append(time.milliseconds)
      }
      return times.sorted()
    }
    _ = try times(keepingPrompt: false, for: 0.1)
    let anew = try times(keepingPrompt: false, for: seconds)
    let kept = try times(keepingPrompt: true, for: seconds / 2)
    return NetworkBenchmark(
      batch: batch, type: type,
      milliseconds: anew, keptMilliseconds: kept, gigaflop: network.cost.flops / 1e9,
      weightBytes: network.weightBytes, activationBytes: network.cost.bytes,
      operations: listing ? try network.lastProgram.map { try operations(of: $0) } ?? [] : [])
  }

  /// Milliseconds from a task's cancellation, at any moment of an evaluation, to the network's having stopped; sorted.
  ///
  /// - Parameters:
  ///   - configuration: The network; its weights are drawn at random.
  ///   - count: How many evaluations to cancel.
  package static func cancellations(
    _ configuration: UNetConfiguration, type: NumberFormat, batch: Int, count: Int
  ) async throws -> [Double] {
    let clock = ContinuousClock()
    let work = CancelledWork(configuration, type: type, batch: batch)
    // The first evaluation packs the weights, which is no part of a step.
    try await work.evaluate()
    let start = clock.now
    try await work.evaluate()
    let whole = clock.now - start
    var times: [Double] = []
    for index in 0..<count {
      let task = Task { try await work.evaluate() }
      // Every part of an evaluation is hit, whatever their number.
      try await Task.sleep(for: whole * ((Double(index) + 0.5) / Double(count)))
      let cancelled = clock.now
      task.cancel()
      _ = await task.result
      times.append((clock.now - cancelled).milliseconds)
    }
    return times.sorted()
  }

  /// A network with weights drawn at random, and what evaluates it once.
  @Compute
  fileprivate static func example(
    _ configuration: UNetConfiguration, type: NumberFormat, batch: Int, height: Int, width: Int,
    tokens: Int, holdsEightBits: Bool = false
  ) throws -> (UNet, () throws -> Void) {
    let source = RandomParameters()
    let network = UNet(
      configuration, source: source, type: type, holdsEightBits: holdsEightBits)
    func numbers(_ name: String, _ count: Int) -> [Float] {
      source.values(name, shape: [1, count]).map { $0 * 10 }
    }
    let sample = numbers("sample", batch * height * width * configuration.inChannels)
    let context = UNet.Context(
      states: numbers("context", batch * tokens * configuration.contextChannels),
      tokens: tokens, mask: Array(repeating: 1, count: batch * tokens),
      vectors: configuration.classProjectionDim.map { numbers("class", batch * $0) },
      added: configuration.addedEmbedding.map { numbers("added", batch * $0.inputDim) },
      guidance: configuration.guidanceEmbeddingDim.map { numbers("guidance", batch * $0) })
    return (
      network,
      {
        _ = try network.predict(
          sample, batch: batch, height: height, width: width, timestep: 500, context: context)
      }
    )
  }
}

/// A network to evaluate from any task.
@Compute
private final class CancelledWork {
  private let make: @Compute () throws -> () throws -> Void
  private var made: (() throws -> Void)?

  nonisolated init(_ configuration: UNetConfiguration, type: NumberFormat, batch: Int) {
    make = {
      try NetworkBenchmark.example(
        configuration, type: type, batch: batch, height: configuration.sampleHeight,
        width: configuration.sampleWidth, tokens: 24
      ).1
    }
  }

  func evaluate() throws {
    let evaluate = try made ?? make()
    made = evaluate
    try evaluate()
  }
}

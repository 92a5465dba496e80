import Checkpoints
import Models
import Tensors

/// The speed of a network.
package struct NetworkBenchmark: Sendable {
  /// Samples in the batch.
  package let batch: Int
  /// The format it computed in.
  package let type: NumberFormat
  /// The milliseconds of each evaluation without cached values, sorted.
  package let milliseconds: [Double]
  /// The milliseconds of each evaluation that reuses what depends only on the prompt, as in a run; sorted.
  package let keptMilliseconds: [Double]
  /// The floating-point operations of an evaluation of the batch, in billions.
  package let gigaflop: Double
  /// The size of the packed weights in bytes.
  package let weightBytes: Int
  /// The size of activations and scratch memory in bytes.
  package let activationBytes: Int

  /// The time of each operation, the slowest first.
  package let operations: [OperationTime]

  /// An operation of a network and its cost.
  package typealias OperationTime = (name: String, milliseconds: Double, flops: Double)

  @Compute
  static func operations(of program: Program) throws -> [OperationTime] {
    try program.profile(rounds: 2).sorted { $0.milliseconds > $1.milliseconds }
  }

  /// The median of the measured times.
  package var median: Double { milliseconds[milliseconds.count / 2] }
  /// Billions of floating-point operations per second at the median.
  package var speed: Double { gigaflop / median * 1000 }

  /// Measures a network with random weights.
  ///
  /// - Parameters:
  ///   - network: The network.
  ///   - tokens: The tokens of a prompt, for a network that takes any number.
  ///   - seconds: How long to measure; at least five evaluations are made.
  ///   - holdsEightBits: Whether large weights are stored as eight-bit numbers.
  ///   - listing: Whether to time each operation too.
  @Compute
  package static func measure(
    _ network: MeasuredNetwork, type: NumberFormat, batch: Int, tokens: Int = 24,
    seconds: Double = 2, holdsEightBits: Bool = false, listing: Bool = false
  ) throws -> NetworkBenchmark {
    let example = ExampleNetwork(
      network, type: type, batch: batch, tokens: tokens, holdsEightBits: holdsEightBits)
    func times(keepingPrompt: Bool, for seconds: Double) throws -> [Double] {
      let clock = ContinuousClock()
      let end = clock.now + .seconds(seconds)
      var times: [Double] = []
      while times.count < 5 || clock.now < end {
        if !keepingPrompt { example.forgetPrompt() }
        let time = try clock.measure { try example.evaluate() }
        times.append(time.milliseconds)
      }
      return times.sorted()
    }
    _ = try times(keepingPrompt: false, for: 0.1)
    let anew = try times(keepingPrompt: false, for: seconds)
    let kept = try times(keepingPrompt: true, for: seconds / 2)
    return NetworkBenchmark(
      batch: batch, type: type,
      milliseconds: anew, keptMilliseconds: kept, gigaflop: example.cost().flops / 1e9,
      weightBytes: example.weightBytes(), activationBytes: example.cost().bytes,
      operations: listing ? try example.program().map { try operations(of: $0) } ?? [] : [])
  }

  /// Measures the milliseconds from a task's cancellation, at any moment of an evaluation, until the network has
  /// stopped; sorted.
  ///
  /// - Parameters:
  ///   - network: The network, with random weights.
  ///   - count: How many evaluations to cancel.
  package static func cancellations(
    _ network: MeasuredNetwork, type: NumberFormat, batch: Int, count: Int
  ) async throws -> [Double] {
    let clock = ContinuousClock()
    let work = CancelledWork(network, type: type, batch: batch)
    // The first evaluation packs the weights, which is not part of a step.
    try await work.evaluate()
    let start = clock.now
    try await work.evaluate()
    let whole = clock.now - start
    var times: [Double] = []
    for index in 0..<count {
      let task = Task { try await work.evaluate() }
      // Cancels in every part of an evaluation, whatever the count.
      try await Task.sleep(for: whole * ((Double(index) + 0.5) / Double(count)))
      let cancelled = clock.now
      task.cancel()
      _ = await task.result
      times.append((clock.now - cancelled).milliseconds)
    }
    return times.sorted()
  }
}

/// A network to evaluate from any task.
@Compute
private final class CancelledWork {
  private let make: @Compute () -> ExampleNetwork
  private var made: ExampleNetwork?

  nonisolated init(_ network: MeasuredNetwork, type: NumberFormat, batch: Int) {
    make = { ExampleNetwork(network, type: type, batch: batch, tokens: 24) }
  }

  func evaluate() throws {
    let example = made ?? make()
    made = example
    try example.evaluate()
  }
}

import Checkpoints
import Tensors

/// How quickly a U-Net is evaluated.
public struct NetworkBenchmark: Sendable {
  /// Samples in the batch.
  public let batch: Int
  /// The format it computed in.
  public let type: NumberFormat
  /// Milliseconds of each evaluation, everything computed anew, sorted.
  public let milliseconds: [Double]
  /// Milliseconds of each evaluation that keeps what follows from the prompt, as within a run; sorted.
  public let keptMilliseconds: [Double]
  /// Floating-point operations of an evaluation of the batch, in billions.
  public let gigaflop: Double
  /// Bytes of packed weights, and of activations.
  public let weightBytes: Int
  /// Bytes of activations and scratch.
  public let activationBytes: Int

  /// The middle of the measured times.
  public var median: Double { milliseconds[milliseconds.count / 2] }
  /// Billions of floating-point operations a second at the median.
  public var speed: Double { gigaflop / median * 1000 }

  /// Measures any configuration, with weights drawn at random.
  ///
  /// - Parameters:
  ///   - configuration: The network.
  ///   - height: Rows of the sample; the configuration's own size where `nil`.
  ///   - seconds: How long to measure; at least five evaluations are made.
  @Compute
  public static func measure(
    _ configuration: UNetConfiguration, type: NumberFormat, batch: Int, height: Int? = nil,
    width: Int? = nil, tokens: Int = 24, seconds: Double = 2
  ) throws -> NetworkBenchmark {
    let height = height ?? configuration.sampleHeight
    let width = width ?? configuration.sampleWidth
    let network = UNet(configuration, source: RandomParameters(), type: type)
    let source = RandomParameters()
    func numbers(_ name: String, _ count: Int) -> [Float] {
      source.values(name, shape: [1, count]).map { $0 * 10 }
    }
    let sample = numbers("sample", batch * height * width * configuration.inChannels)
    let context = UNet.Context(
      states: numbers("context", batch * tokens * UNetLayout(configuration).contextChannels),
      tokens: tokens, mask: Array(repeating: 1, count: batch * tokens),
      vectors: configuration.classProjectionDim.map { numbers("class", batch * $0) })
    func times(keepingPrompt: Bool, for seconds: Double) throws -> [Double] {
      let clock = ContinuousClock()
      let end = clock.now + .seconds(seconds)
      var times: [Double] = []
      while times.count < 5 || clock.now < end {
        if !keepingPrompt { network.forgetContext() }
        let time = try clock.measure {
          _ = try network.predict(
            sample, batch: batch, height: height, width: width, timestep: 500, context: context)
        }
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
      weightBytes: network.weightBytes, activationBytes: network.cost.bytes)
  }
}

extension Duration {
  /// The duration in milliseconds.
  package var milliseconds: Double {
    Double(components.seconds) * 1000 + Double(components.attoseconds) / 1e15
  }
}

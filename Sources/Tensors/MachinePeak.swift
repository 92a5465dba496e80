/// The processor's speed in a large matrix product; every network's speed is compared with it.
public enum MachinePeak {
  /// Billions of floating-point operations per second in a product of square matrices with `size` rows, the best of
  /// `rounds`.
  @Compute
  public static func measure(_ type: NumberFormat, size: Int = 2048, rounds: Int = 12) throws
    -> Double
  {
    let graph = Graph(
      type: type, weights: WeightCache(), threads: ProcessorShare.shared.limit)
    let x = graph.input("x", Shape(1, size, 1, size), .condition)
    let y = try graph.linear(
      graph.narrowed(x), Parameter("w", shape: [size, size], from: Ramp()))
    let program = try graph.compile(outputs: ["y": y])
    program.set("x", Ramp().values("x", shape: [size, size]))
    let product = "w"
    var best = Double.infinity
    for _ in 0..<rounds {
      let times = try program.profile(rounds: 1)
      for time in times where time.name == product { best = min(best, time.milliseconds) }
    }
    return 2 * Double(size) * Double(size) * Double(size) / best / 1e6
  }
}

/// Arbitrary small numbers.
private struct Ramp: ParameterSource {
  func values(_ name: String, shape: [Int]) -> [Float] {
    (0..<shape.reduce(1, *)).map { Float($0 % 31) / 31 - 0.5 }
  }
}

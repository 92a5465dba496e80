#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Tensors
import Testing

/// Attention with a bias for every head, query and key, and another scale, and T5's GELU.
@Suite struct AttentionBiasTests {
  private let numbers = Numbers()

  @Test(arguments: OperationTests.types, [(1, 1, 8), (12, 12, 10), (50, 77, 40), (67, 200, 12)])
  @Compute func bias(_ type: NumberFormat, _ size: (Int, Int, Int)) throws {
    let (queries, keys, dim) = size
    let (n, heads) = (2, 3)
    let width = heads * dim
    let q = numbers.values("q", shape: [n * queries * width])
    let k = numbers.values("k", shape: [n * keys * width])
    let v = numbers.values("v", shape: [n * keys * width])
    let bias = numbers.values("bias", shape: [heads * keys * queries]).map { 4 * $0 }
    let mask = (0..<(n * keys)).map { $0 % keys > keys * 2 / 3 ? Float(-1e9) : 0 }
    let graph = Graph(type: type, weights: WeightCache())
    func tokens(_ name: String, _ count: Int) -> Columns {
      Columns(graph.narrowed(graph.input(name, Shape(n, count, 1, width), .step)))
    }
    let y = graph.attention(
      q: tokens("q", queries), k: tokens("k", keys), v: tokens("v", keys),
      mask: graph.input("mask", Shape(n, 1, 1, keys), .step),
      bias: graph.input("bias", Shape(heads, keys, 1, queries), .step), heads: heads, dim: dim,
      scale: 0.5)
    let program = try graph.compile(outputs: ["y": y])
    for (name, values) in ["q": q, "k": k, "v": v, "mask": mask, "bias": bias] {
      program.set(name, values)
    }
    try program.run()
    var expected = Array(repeating: Float(0), count: n * queries * width)
    for row in 0..<(n * heads * queries) {
      let (b, h, i) = (row / queries / heads, row / queries % heads, row % queries)
      let scores = (0..<keys).map { j in
        let products = (0..<dim).reduce(0.0) {
          $0 + Double(q[(b * queries + i) * width + h * dim + $1])
            * Double(k[(b * keys + j) * width + h * dim + $1])
        }
        return 0.5 * products + Double(mask[b * keys + j])
          + Double(bias[(h * keys + j) * queries + i])
      }
      let top = scores.max() ?? 0
      let weights = scores.map { exp($0 - top) }
      let sum = weights.reduce(0, +)
      for d in 0..<dim {
        let value = (0..<keys).reduce(0.0) {
          $0 + weights[$1] * Double(v[(b * keys + $1) * width + h * dim + d])
        }
        expected[(b * queries + i) * width + h * dim + d] = Float(value / sum)
      }
    }
    let found = difference(program.output("y"), expected)
    print("attention with a bias \(type) \(size): \(found)")
    #expect(found < (type == .f32 ? 1e-5 : 2e-2))
  }

  @Test(arguments: OperationTests.types)
  @Compute func tanhGELU(_ type: NumberFormat) throws {
    let (rows, width) = (5, 48)
    let x = numbers.values("x", shape: [rows * width]).map { 3 * $0 }
    let weight = (0..<(width * width)).map { $0 / width == $0 % width ? Float(1) : 0 }
    let graph = Graph(type: type, weights: WeightCache())
    let input = graph.narrowed(graph.input("x", Shape(1, rows, 1, width), .step))
    let y = try graph.linear(
      input, Parameter("identity", shape: [width, width], from: Fixed(values: weight)),
      activation: .tanhGELU)
    let program = try graph.compile(outputs: ["y": y])
    program.set("x", x)
    try program.run()
    let expected = x.map { value -> Float in
      let x = Double(value)
      return Float(x / 2 * (1 + tanh((2 / Double.pi).squareRoot() * (x + 0.044715 * x * x * x))))
    }
    #expect(difference(program.output("y"), expected) < (type == .f32 ? 1e-5 : 2e-2))
  }

  /// A tensor with given values.
  private struct Fixed: ParameterSource {
    let values: [Float]

    func values(_ name: String, shape: [Int]) -> [Float] { values }
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Tensors
import Testing

/// The operations of transformers against their plain definitions: 1e-5 of the largest value in float32, 2e-2 in bf16.
@Suite struct TransformerOperationTests {
  let numbers = Numbers()

  func tolerance(_ type: NumberFormat) -> Float { type == .f32 ? 1e-5 : 2e-2 }

  /// Values divided by their root mean square, in Double.
  private func normalised(_ x: ArraySlice<Float>, scale: [Float]?, epsilon: Double) -> [Double] {
    guard let scale else { return x.map(Double.init) }
    let square = x.reduce(0) { $0 + Double($1) * Double($1) } / Double(x.count)
    return zip(x, scale).map { Double($0) / (square + epsilon).squareRoot() * Double($1) }
  }

  /// Widths that are and are not multiples of a vector, and rows of very unlike sizes.
  @Test(arguments: OperationTests.types, [50, 64, 7])
  @Compute func rootMeanSquareNorm(_ type: NumberFormat, _ width: Int) throws {
    let (rows, epsilon) = (19, Float(1e-3))
    let x = numbers.values("x", shape: [rows * width]).enumerated().map { index, value in
      value * powf(10, Float(index / width % 5 - 3))
    }
    let graph = Graph(type: type, weights: WeightCache())
    let y = try graph.rmsNorm(
      graph.narrowed(graph.input("x", Shape(1, rows, 1, width), .step)),
      scale: numbers.parameter("s", [width]), epsilon: epsilon)
    let program = try graph.compile(outputs: ["y": y])
    program.set("x", x)
    try program.run()
    let scale = numbers.values("s", shape: [width])
    let expected = (0..<rows).flatMap { row in
      normalised(x[(row * width)..<((row + 1) * width)], scale: scale, epsilon: Double(epsilon))
        .map(Float.init)
    }
    #expect(difference(program.output("y"), expected) < tolerance(type))
  }

  private struct Part {
    let name: String
    let tokens: Int
  }

  /// Two tensors of unlike lengths as one sequence of keys and values, for two pictures: keys are normalised and turned,
  /// each by its own scale and angles, values are as they were.
  @Test(arguments: OperationTests.types, [16, 52])
  @Compute func headsOfTwoTensorsInOneSequence(_ type: NumberFormat, _ dim: Int) throws {
    let (n, count, text) = (2, 3, 5)
    let (height, width) = (3, 4)
    let (inner, half) = (count * dim, dim / 2)
    let parts = [Part(name: "text", tokens: text), Part(name: "picture", tokens: height * width)]
    let graph = Graph(type: type, weights: WeightCache())
    var heads: [[Heads]] = []
    for (index, part) in parts.enumerated() {
      let shape =
        index == 0 ? Shape(n, text, 1, 3 * inner) : Shape(n, height, width, 3 * inner)
      let qkv = graph.narrowed(graph.input(part.name, shape, .step))
      let angles = numbers.values("angles of \(part.name)", shape: [part.tokens * half])
      let turns = try RotaryTable(angles: angles.map { 3 * $0 }, tokens: part.tokens)
      heads.append([
        Heads(
          Columns(qkv, from: inner), scale: numbers.parameter("s \(part.name)", [dim]),
          epsilon: 1e-6, turns: turns),
        Heads(Columns(qkv, from: 2 * inner)),
      ])
    }
    let y = try graph.placed(heads, count: count, dim: dim)
    let alone = try graph.placed([[heads[1][0]]], count: count, dim: dim)
    #expect(y.shape == Shape(n, text + height * width, 1, 2 * inner))
    #expect(alone.shape == Shape(n, height, width, inner))
    let program = try graph.compile(outputs: ["y": y, "alone": alone])
    func source(_ part: Part) -> [Float] {
      numbers.values("x \(part.name)", shape: [n * part.tokens * 3 * inner])
    }
    for part in parts { program.set(part.name, source(part)) }
    try program.run()

    var (expected, picturesKeys): ([Float], [Float]) = ([], [])
    for picture in 0..<n {
      for part in parts {
        let x = source(part)
        let angles = numbers.values("angles of \(part.name)", shape: [part.tokens * half])
        for token in 0..<part.tokens {
          let row = (picture * part.tokens + token) * 3 * inner
          var keys: [Float] = []
          for head in 0..<count {
            let start = row + inner + head * dim
            let key = normalised(
              x[start..<(start + dim)], scale: numbers.values("s \(part.name)", shape: [dim]),
              epsilon: 1e-6)
            var (first, second): ([Float], [Float]) = ([], [])
            for pair in 0..<half {
              let angle = Double(3 * angles[token * half + pair])
              let (a, b): (Double, Double) = (key[pair], key[pair + half])
              first.append(Float(a * cos(angle) - b * sin(angle)))
              second.append(Float(b * cos(angle) + a * sin(angle)))
            }
            keys += first + second
          }
          expected += keys + x[(row + 2 * inner)..<(row + 3 * inner)]
          if part.name == "picture" { picturesKeys += keys }
        }
      }
    }
    #expect(difference(program.output("y"), expected) < tolerance(type))
    #expect(difference(program.output("alone"), picturesKeys) < tolerance(type))
  }

  @Test(arguments: OperationTests.types)
  @Compute func gatedProductsWithSiLU(_ type: NumberFormat) throws {
    let (rows, input, out) = (21, 40, 56)
    let x = numbers.values("x", shape: [rows, input])
    let graph = Graph(type: type, weights: WeightCache())
    let y = try graph.gatedLinear(
      graph.narrowed(graph.input("x", Shape(1, rows, 1, input), .step)),
      gate: numbers.parameter("g", [out, input]), factor: numbers.parameter("f", [out, input]),
      activation: .silu)
    let program = try graph.compile(outputs: ["y": y])
    program.set("x", x)
    try program.run()
    func product(_ name: String) -> [Float] {
      Naive.linear(
        x, rows: rows, weight: numbers.values(name, shape: [out, input]), bias: nil, out: out)
    }
    let expected = zip(product("g"), product("f")).map { gate, factor in
      gate / (1 + exp(-gate)) * factor
    }
    #expect(difference(program.output("y"), expected) < tolerance(type))
  }

  /// A convolution with steps of its own size is a product of patches whose channels come one after the other.
  @Test @Compute func aConvolutionsWeightsAsAMatrix() throws {
    let (side, out) = (4, 24)
    let shape = Shape(2, 8, 12, 3)
    let x = numbers.values("x", shape: [shape.count])
    let patches = Shape(2, 2, 3, 3 * side * side)
    let graph = Graph(type: .f32, weights: WeightCache())
    let y = try graph.linear(
      graph.input("patches", patches, .step),
      numbers.parameter("w", [out, 3, side, side]).flattened, bias: numbers.parameter("b", [out]))
    let program = try graph.compile(outputs: ["y": y])
    var cut: [Float] = []
    for n in 0..<shape.n {
      for row in 0..<patches.h {
        for column in 0..<patches.w {
          for c in 0..<3 {
            for dy in 0..<side {
              for dx in 0..<side {
                let (y, place) = (row * side + dy, column * side + dx)
                cut.append(x[((n * shape.h + y) * shape.w + place) * 3 + c])
              }
            }
          }
        }
      }
    }
    program.set("patches", cut)
    try program.run()
    let expected = Naive.convolution(
      x, shape, weight: numbers.values("w", shape: [out, 3, side, side]),
      bias: numbers.values("b", shape: [out]), out: out, kernel: side, stride: side, padding: 0)
    #expect(difference(program.output("y"), expected.values) < 1e-5)
  }
}

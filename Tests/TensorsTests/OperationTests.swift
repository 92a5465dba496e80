#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif
import Tensors
import Testing

/// Each operation against its plain definition: 1e-5 of the largest value in float32, 2e-2 in bf16.
@Suite struct OperationTests {
  static let types: [NumberFormat] = Processor.hasBF16 ? [.f32, .bf16] : [.f32]
  let numbers = Numbers()

  func tolerance(_ type: NumberFormat) -> Float { type == .f32 ? 1e-5 : 2e-2 }

  @Test(arguments: types)
  @Compute func linearWithEverythingFused(_ type: NumberFormat) throws {
    let (rows, input, out) = (37, 48, 40)
    let x = numbers.values("x", shape: [rows, input])
    let weight = numbers.parameter("w", [out, input])
    let bias = numbers.parameter("b", [out])
    let residual = numbers.values("r", shape: [rows, out])
    let factor = numbers.values("f", shape: [rows, out])
    let graph = Graph(type: type, weights: WeightCache())
    let sum = try graph.linear(
      graph.narrowed(graph.input("x", Shape(1, rows, 1, input), .step)), weight, bias: bias,
      activation: .gelu,
      residual: graph.narrowed(graph.input("r", Shape(1, rows, 1, out), .step)),
      times: graph.narrowed(graph.input("f", Shape(1, rows, 1, out), .step)))
    let program = try graph.compile(outputs: ["y": sum])
    program.set("x", x)
    program.set("r", residual)
    program.set("f", factor)
    try program.run()
    let plain = Naive.linear(
      x, rows: rows, weight: numbers.values("w", shape: [out, input]),
      bias: numbers.values("b", shape: [out]), out: out)
    let expected = plain.indices.map { i -> Float in
      let y = Double(plain[i] + residual[i])
      return Float(y * 0.5 * (1 + erf(y / 2.0.squareRoot()))) * factor[i]
    }
    #expect(difference(program.output("y"), expected) < tolerance(type))
  }

  @Test(arguments: types, [(3, 1, 1), (3, 2, 1), (1, 1, 0)])
  @Compute func convolution(_ type: NumberFormat, _ geometry: (Int, Int, Int)) throws {
    let (kernel, stride, padding) = geometry
    let shape = Shape(2, 9, 6, 32)
    let out = 48
    let x = numbers.values("x", shape: [shape.count])
    let graph = Graph(type: type, weights: WeightCache())
    let y = try graph.convolution(
      graph.narrowed(graph.input("x", shape, .step)),
      numbers.parameter("w", [out, shape.c, kernel, kernel]), bias: numbers.parameter("b", [out]),
      stride: stride, padding: Padding(padding))
    let program = try graph.compile(outputs: ["y": y])
    program.set("x", x)
    try program.run()
    let expected = Naive.convolution(
      x, shape, weight: numbers.values("w", shape: [out, shape.c, kernel, kernel]),
      bias: numbers.values("b", shape: [out]), out: out, kernel: kernel, stride: stride,
      padding: padding)
    #expect(y.shape == expected.shape)
    #expect(difference(program.output("y"), expected.values) < tolerance(type))
  }

  /// Pictures larger than a cache are computed in another layout on some processors: whole and in bands, with a residual
  /// and without.
  @Test(arguments: types, [1, 2])
  @Compute func convolutionOfALargePicture(_ type: NumberFormat, _ stride: Int) throws {
    let (shape, out) = (Shape(1, 65, 44, 192), 24)
    let x = numbers.values("x", shape: [shape.count])
    let plain = Naive.convolution(
      x, shape, weight: numbers.values("w", shape: [out, shape.c, 3, 3]),
      bias: numbers.values("b", shape: [out]), out: out, kernel: 3, stride: stride, padding: 1)
    let residual = numbers.values("r", shape: [plain.shape.count])
    for (largestPart, adds, activation) in [
      (1e12, false, Activation.silu), (1e12, true, .none), (3e7, true, .none), (1e12, true, .silu),
    ] {
      let graph = Graph(type: type, weights: WeightCache(), largestPart: largestPart)
      let y = try graph.convolution(
        graph.narrowed(graph.input("x", shape, .step)),
        numbers.parameter("w", [out, shape.c, 3, 3]), bias: numbers.parameter("b", [out]),
        stride: stride, padding: Padding(1), activation: activation,
        residual: adds ? graph.narrowed(graph.input("r", plain.shape, .step)) : nil,
        scale: adds ? 0.5 : 1)
      let program = try graph.compile(outputs: ["y": y])
      program.set("x", x)
      if adds { program.set("r", residual) }
      try program.run()
      let expected = plain.values.indices.map { i -> Float in
        let sum = adds ? (plain.values[i] + residual[i]) / 2 : plain.values[i]
        return activation == .none ? sum : sum / (1 + exp(-sum))
      }
      #expect(difference(program.output("y"), expected) < tolerance(type))
    }
  }

  /// A large common offset makes one-pass variances lose precision.
  @Test(arguments: types, [Float(0), 100])
  @Compute func groupNormOfTwoTensors(_ type: NumberFormat, _ offset: Float) throws {
    let (first, second) = (Shape(2, 5, 7, 24), Shape(2, 5, 7, 40))
    let both = Shape(2, 5, 7, 64)
    // Whole eighths survive the narrowing exactly.
    let a = numbers.values("a", shape: [first.count]).map { ($0 * 8).rounded() / 8 + offset }
    let b = numbers.values("c", shape: [second.count]).map { ($0 * 8).rounded() / 8 + offset }
    let addend = numbers.values("t", shape: [2, 64])
    let graph = Graph(type: type, weights: WeightCache())
    let y = try graph.groupNorm(
      graph.narrowed(graph.input("a", first, .step)),
      beside: graph.narrowed(graph.input("b", second, .step)),
      adding: Columns(graph.input("t", Shape(2, 1, 1, 64), .step)),
      scale: numbers.parameter("s", [64]), shift: numbers.parameter("h", [64]), groups: 8,
      epsilon: 1e-5, silu: true)
    let program = try graph.compile(outputs: ["y": y])
    program.set("a", a)
    program.set("b", b)
    program.set("t", addend)
    try program.run()
    var joined: [Float] = []
    for row in 0..<first.rows {
      joined += a[(row * 24)..<(row * 24 + 24)]
      joined += b[(row * 40)..<(row * 40 + 40)]
    }
    func stored(_ x: Float) -> Float {
      guard type == .bf16 else { return x }
      let bits = x.bitPattern
      return Float(bitPattern: (bits &+ 0x7fff &+ ((bits >> 16) & 1)) & 0xffff_0000)
    }
    let expected = Naive.groupNorm(
      joined.map(stored), both, addend: addend, scale: numbers.values("s", shape: [64]),
      shift: numbers.values("h", shape: [64]), groups: 8, epsilon: 1e-5, silu: true)
    #expect(difference(program.output("y"), expected) < (offset == 0 ? tolerance(type) : 2e-2))
    if type == .f32 { #expect(difference(program.output("y"), expected) < 2e-4) }
  }

  /// If nothing needs the input any more, the result overwrites it, and must be the same.
  @Test(arguments: types, [true, false])
  @Compute func groupNormInItsInputsPlace(_ type: NumberFormat, _ silu: Bool) throws {
    let shape = Shape(2, 6, 7, 52)
    let x = numbers.values("x", shape: [shape.count]).map { ($0 * 8).rounded() / 8 }
    func result(keepingInput: Bool) throws -> [Float] {
      let graph = Graph(type: type, weights: WeightCache())
      let input = graph.narrowed(graph.input("x", shape, .step))
      let y = try graph.groupNorm(
        input, scale: numbers.parameter("s", [52]), shift: numbers.parameter("h", [52]), groups: 4,
        epsilon: 1e-5, silu: silu)
      let program = try graph.compile(outputs: keepingInput ? ["y": y, "x": input] : ["y": y])
      program.set("x", x)
      try program.run()
      return program.output("y")
    }
    let expected = Naive.groupNorm(
      x, shape, addend: Array(repeating: 0, count: 2 * 52),
      scale: numbers.values("s", shape: [52]), shift: numbers.values("h", shape: [52]), groups: 4,
      epsilon: 1e-5, silu: silu)
    let inPlace = try result(keepingInput: false)
    #expect(difference(inPlace, expected) < tolerance(type))
    #expect(inPlace == (try result(keepingInput: true)))
  }

  @Test(arguments: types)
  @Compute func layerNorm(_ type: NumberFormat) throws {
    let shape = Shape(1, 19, 1, 50)
    let x = numbers.values("x", shape: [shape.count])
    let graph = Graph(type: type, weights: WeightCache())
    let y = try graph.layerNorm(
      graph.narrowed(graph.input("x", shape, .step)), scale: numbers.parameter("s", [50]),
      shift: numbers.parameter("h", [50]), epsilon: 1e-5)
    let program = try graph.compile(outputs: ["y": y])
    program.set("x", x)
    try program.run()
    // A row is a picture of one pixel with one group.
    let expected = Naive.groupNorm(
      x, Shape(19, 1, 1, 50), addend: Array(repeating: 0, count: 19 * 50),
      scale: numbers.values("s", shape: [50]), shift: numbers.values("h", shape: [50]), groups: 1,
      epsilon: 1e-5, silu: false)
    #expect(difference(program.output("y"), expected) < tolerance(type))
  }

  /// Few and many tokens, more than one tile of keys, head sizes that are no multiple of a vector.
  @Test(arguments: types, [(1, 1, 8), (24, 24, 32), (50, 77, 40), (67, 600, 12), (16, 300, 160)])
  @Compute func attention(_ type: NumberFormat, _ size: (Int, Int, Int)) throws {
    let (queries, keys, dim) = size
    let (n, heads) = (2, 3)
    let width = heads * dim
    let q = numbers.values("q", shape: [n * queries * width])
    let kv = numbers.values("kv", shape: [n * keys * 2 * width])
    let mask = (0..<(n * keys)).map { $0 % keys > 0 && $0 % 5 == 0 ? Float(-10000) : 0 }
    let graph = Graph(type: type, weights: WeightCache())
    let both = graph.narrowed(graph.input("kv", Shape(n, keys, 1, 2 * width), .step))
    let y = graph.attention(
      q: Columns(graph.narrowed(graph.input("q", Shape(n, queries, 1, width), .step))),
      k: Columns(both), v: Columns(both, from: width),
      mask: graph.input("mask", Shape(n, 1, 1, keys), .step), heads: heads, dim: dim)
    let program = try graph.compile(outputs: ["y": y])
    program.set("q", q)
    program.set("kv", kv)
    program.set("mask", mask)
    try program.run()
    func half(_ from: Int) -> [Float] {
      (0..<(n * keys)).flatMap { kv[($0 * 2 * width + from)..<($0 * 2 * width + from + width)] }
    }
    let expected = Naive.attention(
      q: q, k: half(0), v: half(width), mask: mask, n: n, queries: queries, keys: keys,
      heads: heads, dim: dim)
    #expect(difference(program.output("y"), expected) < tolerance(type))
  }

  /// Without a mask, an odd number of keys, and scores that outgrow those before them by far.
  @Test(arguments: types, [Float(1), 60])
  @Compute func attentionToGrowingScores(_ type: NumberFormat, _ growth: Float) throws {
    let (n, queries, keys, dim) = (2, 35, 321, 40)
    let q = numbers.values("q", shape: [n * queries * dim])
    let k = numbers.values("k", shape: [n * keys * dim]).enumerated().map { index, value in
      value * growth * Float(index / dim % keys) / Float(keys)
    }
    let v = numbers.values("v", shape: [n * keys * dim])
    let graph = Graph(type: type, weights: WeightCache())
    func tokens(_ name: String, _ count: Int) -> Columns {
      Columns(graph.narrowed(graph.input(name, Shape(n, count, 1, dim), .step)))
    }
    let y = graph.attention(
      q: tokens("q", queries), k: tokens("k", keys), v: tokens("v", keys), heads: 1, dim: dim)
    let program = try graph.compile(outputs: ["y": y])
    for (name, values) in ["q": q, "k": k, "v": v] { program.set(name, values) }
    try program.run()
    func asStored(_ values: [Float]) -> [Float] {
      type == .f32
        ? values
        : values.map { value in
          let bits = value.bitPattern
          return Float(bitPattern: (bits + 0x7fff + (bits >> 16 & 1)) & 0xffff_0000)
        }
    }
    let expected = Naive.attention(
      q: asStored(q), k: asStored(k), v: asStored(v), mask: Array(repeating: 0, count: n * keys),
      n: n, queries: queries, keys: keys, heads: 1, dim: dim)
    #expect(difference(program.output("y"), expected) < tolerance(type))
  }

  /// More keys than are processed at once elsewhere, and a single query.
  @Test(arguments: types, [(50, 24, 32), (7, 300, 10), (1, 77, 40), (61, 9, 4)])
  @Compute func attentionMap(_ type: NumberFormat, _ size: (Int, Int, Int)) throws {
    let (queries, keys, dim) = size
    let (n, heads) = (2, 3)
    let width = heads * dim
    let q = numbers.values("q", shape: [n * queries * width])
    let kv = numbers.values("kv", shape: [n * keys * 2 * width])
    let mask = (0..<(n * keys)).map { $0 % keys > 0 && $0 % 5 == 0 ? Float(-10000) : 0 }
    // The last of them in parts.
    let graph = Graph(
      type: type, weights: WeightCache(), largestPart: queries == 61 ? 5e3 : .infinity)
    let map = graph.attentionMap(
      q: Columns(graph.narrowed(graph.input("q", Shape(n, queries, 1, width), .step))),
      k: Columns(graph.narrowed(graph.input("kv", Shape(n, keys, 1, 2 * width), .step))),
      mask: graph.input("mask", Shape(n, 1, 1, keys), .step), heads: heads, dim: dim)
    #expect(map.shape == Shape(n, queries, 1, keys) && map.type == .f32)
    let program = try graph.compile(outputs: ["map": map])
    program.set("q", q)
    program.set("kv", kv)
    program.set("mask", mask)
    try program.run()
    let k = (0..<(n * keys)).flatMap { kv[($0 * 2 * width)..<($0 * 2 * width + width)] }
    let expected = Naive.attentionMap(
      q: q, k: k, mask: mask, n: n, queries: queries, keys: keys, heads: heads, dim: dim)
    #expect(difference(program.output("map"), expected) < tolerance(type))
  }

  /// Four convolutions of the small picture are the one of the enlarged picture.
  @Test(arguments: types)
  @Compute func doublingAndConvolving(_ type: NumberFormat) throws {
    let shape = Shape(2, 5, 4, 32)
    let (weight, bias) = (numbers.parameter("w", [24, 32, 3, 3]), numbers.parameter("b", [24]))
    let x = numbers.values("x", shape: [shape.count])
    let graph = Graph(type: type, weights: WeightCache())
    let small = graph.narrowed(graph.input("x", shape, .step))
    let quick = try graph.doubledConvolution(small, weight, bias: bias)
    let plain = try graph.convolution(
      graph.upsampled(small, height: 10, width: 8), weight, bias: bias, padding: Padding(1))
    let program = try graph.compile(outputs: ["quick": quick, "plain": plain])
    program.set("x", x)
    try program.run()
    #expect(quick.shape == plain.shape)
    #expect(difference(program.output("quick"), program.output("plain")) < tolerance(type))
  }

  /// Work divided so that it can be cancelled: bands of a picture, pictures of a batch, rows, heads and queries.
  @Test(arguments: types, [1e12, 2e5, 4e4, 5e3])
  @Compute func partsAreTheWhole(_ type: NumberFormat, _ largestPart: Double) throws {
    let shape = Shape(3, 11, 10, 32)
    let x = numbers.values("x", shape: [shape.count])
    func outputs(_ largestPart: Double) throws -> [String: [Float]] {
      let graph = Graph(type: type, weights: WeightCache(), largestPart: largestPart)
      let input = graph.narrowed(graph.input("x", shape, .step))
      func square(_ name: String) -> Parameter { numbers.parameter(name, [32, 32]) }
      let wide = numbers.parameter("c", [32, 32, 3, 3])
      var results: [String: Value] = [:]
      results["same"] = try graph.convolution(
        input, wide, bias: numbers.parameter("b", [32]), padding: Padding(1), residual: input,
        scale: 0.5)
      results["strided"] = try graph.convolution(input, wide, stride: 2, padding: Padding(1))
      results["uneven"] = try graph.convolution(
        input, wide, stride: 2, padding: Padding(before: 0, behind: 1))
      results["linear"] = try graph.linear(
        input, square("l"), activation: .gelu, residual: input, times: input)
      results["attention"] = graph.attention(
        q: Columns(input), k: Columns(input), v: Columns(input), heads: 4, dim: 8)
      let program = try graph.compile(outputs: results)
      program.set("x", x)
      var pauses = 0
      try program.run { _ in pauses += 1 }
      // Narrowing is an operation too.
      if largestPart < 1e6 { #expect(pauses > 10) }
      return Dictionary(uniqueKeysWithValues: results.keys.map { ($0, program.output($0)) })
    }
    let (whole, parts) = (try outputs(.infinity), try outputs(largestPart))
    for (name, values) in whole {
      #expect(difference(parts[name] ?? [], values) < (type == .f32 ? 1e-6 : 1e-2), "\(name)")
    }
  }

  @Test @Compute func upsamplingToAnOddSize() throws {
    let graph = Graph(type: .f32, weights: WeightCache())
    let y = graph.upsampled(graph.input("x", Shape(1, 2, 2, 1), .step), height: 4, width: 3)
    let program = try graph.compile(outputs: ["y": y])
    program.set("x", [1, 2, 3, 4])
    try program.run()
    #expect(program.output("y") == [1, 1, 2, 1, 1, 2, 3, 3, 4, 3, 3, 4])
  }
}

@Suite struct ProgramTests {
  let numbers = Numbers()

  /// A residual that is needed again afterwards must survive being added to.
  @Test @Compute func aResidualUsedTwiceIsKept() throws {
    let graph = Graph(type: .f32, weights: WeightCache())
    let x = graph.input("x", Shape(1, 4, 1, 16), .step)
    let weight = numbers.parameter("w", [16, 16])
    let h = try graph.linear(x, weight)
    let first = try graph.linear(x, weight, residual: h)
    let second = try graph.linear(x, weight, residual: h)
    let program = try graph.compile(outputs: ["first": first, "second": second, "h": h])
    program.set("x", numbers.values("x", shape: [64]))
    try program.run()
    let once = program.output("h")
    #expect(difference(program.output("first"), once.map { $0 * 2 }) < 1e-6)
    #expect(program.output("second") == program.output("first"))
  }

  /// Values that depend only on the prompt are computed once and outlive later evaluations.
  @Test @Compute func conditionsAreKeptBetweenEvaluations() throws {
    let graph = Graph(type: .f32, weights: WeightCache())
    let prompt = graph.input("prompt", Shape(1, 4, 1, 16), .condition)
    let x = graph.input("x", Shape(1, 4, 1, 16), .step)
    let key = try graph.linear(prompt, numbers.parameter("k", [16, 16]))
    let mixed = try graph.linear(x, numbers.parameter("w", [16, 16]), residual: key)
    let program = try graph.compile(outputs: ["y": mixed])
    program.set("prompt", numbers.values("p", shape: [64]))
    program.set("x", numbers.values("x", shape: [64]))
    try program.run()
    let whole = program.output("y")
    for _ in 0..<2 {
      program.set("x", numbers.values("x", shape: [64]))
      try program.run(conditionChanged: false)
      #expect(program.output("y") == whole)
    }
  }

  /// Products of square matrices, one after the other, their input filled.
  @Compute private func products(_ count: Int, width: Int) throws -> Program {
    let graph = Graph(type: .f32, weights: WeightCache())
    var x = graph.input("x", Shape(1, width, 1, width), .step)
    for layer in 0..<count {
      x = try graph.linear(x, numbers.parameter("w\(layer)", [width, width]))
    }
    let program = try graph.compile(outputs: ["y": x])
    program.set("x", numbers.values("x", shape: [width * width]))
    return program
  }

  @Test func cancellingStopsBetweenTwoOperations() async throws {
    let task = Task { @Compute in
      let program = try products(4, width: 512)
      var seen: [Double] = []
      withUnsafeCurrentTask { $0?.cancel() }
      #expect(throws: CancellationError.self) { try program.run { seen.append($0) } }
      return seen
    }
    #expect(try await task.value.isEmpty)
  }

  /// The same in the middle; a half-computed evaluation does not affect the next one.
  @Test func cancellingStopsInTheMiddleOfAnEvaluation() async throws {
    let task = Task { @Compute in
      let program = try products(6, width: 64)
      try program.run()
      return (program, program.output("y"))
    }
    let (program, whole) = try await task.value
    let cancelled = Task { @Compute in
      var seen: [Double] = []
      #expect(throws: CancellationError.self) {
        try program.run { share in
          seen.append(share)
          if seen.count == 3 { withUnsafeCurrentTask { $0?.cancel() } }
        }
      }
      return seen.count
    }
    #expect(await cancelled.value == 3)
    let again = Task { @Compute in
      program.set("x", numbers.values("x", shape: [64 * 64]))
      try program.run()
      return program.output("y")
    }
    #expect(try await again.value == whole)
  }

  @Test @Compute func columnsAndRowsOfAParameter() throws {
    let x = numbers.values("x", shape: [3, 24])
    let weight = numbers.parameter("w", [8, 24])
    let graph = Graph(type: .f32, weights: WeightCache())
    let input = graph.input("x", Shape(1, 3, 1, 24), .step)
    let left = graph.input("left", Shape(1, 3, 1, 8), .step)
    let right = graph.input("right", Shape(1, 3, 1, 16), .step)
    let part = try graph.linear(left, weight.columns(0..<8))
    let split = try graph.linear(right, weight.columns(8..<24), residual: part)
    let stacked = try graph.linear(input, .stacked([weight.rows(0..<5), weight.rows(5..<8)]))
    let program = try graph.compile(outputs: ["split": split, "stacked": stacked])
    program.set("x", x)
    program.set("left", (0..<3).flatMap { x[($0 * 24)..<($0 * 24 + 8)] })
    program.set("right", (0..<3).flatMap { x[($0 * 24 + 8)..<($0 * 24 + 24)] })
    try program.run()
    let expected = Naive.linear(
      x, rows: 3, weight: numbers.values("w", shape: [8, 24]), bias: nil, out: 8)
    #expect(difference(program.output("split"), expected) < 1e-5)
    #expect(difference(program.output("stacked"), expected) < 1e-5)
  }
}

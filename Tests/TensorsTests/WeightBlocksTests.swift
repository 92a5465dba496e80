import Synchronization
import Testing

@testable import Tensors

/// Weights stored as eight-bit numbers.
@Suite struct WeightBlocksTests {
  static let types: [NumberFormat] = Processor.hasBF16 ? [.f32, .bf16] : [.f32]
  let numbers = Numbers()

  /// Each is off by at most half a step, which is 1/127 of the largest in its block, with its scale rounded up; this
  /// includes zeros and a short block at the end.
  @Test(arguments: [64, 93]) @Compute func eachIsWithinHalfAStep(_ count: Int) throws {
    var values = numbers.values("w", shape: [count])
    for index in 0..<16 { values[index] *= 1000 }
    for index in 32..<64 { values[index] = 0 }
    let blocks = try WeightBlocks(try Arena(values), .f32)
    #expect(blocks.bytes == count + (count + 31) / 32 * 2 && blocks.wholeBytes == count * 4)
    let found = try Arena(zeros: count)
    blocks.expand(to: found.base)
    for first in stride(from: 0, to: count, by: 32) {
      let block = first..<min(first + 32, count)
      let largest = block.reduce(Float(0)) { max($0, abs(values[$1])) }
      for index in block {
        #expect(abs(found.floats[index] - values[index]) <= largest / 127 * 1.01 / 2)
      }
    }
  }

  /// A product in many parts with a gate, and a convolution, in this and in other shapes.
  @Test(arguments: types, [Double.infinity, 1e5])
  @Compute func productsAreNearlyThoseOfWholeWeights(_ type: NumberFormat, _ largestPart: Double)
    throws
  {
    let shape = Shape(2, 9, 8, 160)
    let x = numbers.values("x", shape: [shape.count])
    func outputs(_ weights: WeightCache) throws -> [String: [Float]] {
      let graph = Graph(type: type, weights: weights, largestPart: largestPart)
      let input = graph.narrowed(graph.input("x", shape, .step))
      let program = try graph.compile(outputs: [
        "gated": try graph.gatedLinear(
          input, numbers.parameter("g", [1280, 160]), bias: numbers.parameter("h", [1280])),
        "convolved": try graph.convolution(
          input, numbers.parameter("c", [96, 160, 3, 3]), padding: Padding(1)),
      ])
      // Twice: the expanded weights of one operation are overwritten by the next.
      program.set("x", x)
      try program.run()
      let first = program.output("gated")
      program.set("x", x)
      try program.run()
      let other = zip(first, program.output("gated")).count { $0 != $1 }
      #expect(other == 0)
      return ["gated": first, "convolved": program.output("convolved")]
    }
    let (whole, eightBit) = (WeightCache(), WeightCache(holdsEightBits: true))
    let (expected, found) = (try outputs(whole), try outputs(eightBit))
    #expect(eightBit.bytes * type.size < whole.bytes + whole.bytes / 2)
    for (name, values) in expected {
      let off = difference(found[name] ?? [], values)
      print("\(name), \(type): \(off)")
      #expect(off > 0 && off < (type == .f32 ? 1e-2 : 3e-2))
    }
  }

  /// A listener is informed after each weight, and can cancel.
  @Test @Compute func packingIsToldAndCanBeGivenUp() throws {
    struct GivenUp: Error {}
    let told = Mutex<[Int]>([])
    func compile(_ cache: WeightCache) throws {
      let graph = Graph(type: .f32, weights: cache)
      let input = graph.input("x", Shape(1, 4, 4, 32), .step)
      let first = try graph.convolution(
        input, numbers.parameter("a", [32, 32, 3, 3]), bias: numbers.parameter("b", [32]),
        padding: Padding(1))
      _ = try graph.compile(
        outputs: ["y": try graph.linear(first, numbers.parameter("c", [64, 32]))])
    }
    let cache = WeightCache { bytes in told.withLock { $0.append(bytes) } }
    try compile(cache)
    let bytes = told.withLock { $0 }
    #expect(bytes.count == 3 && bytes == bytes.sorted() && bytes.last == cache.bytes)
    #expect(cache.bytes >= (32 * 32 * 9 + 32 + 64 * 32) * 4)
    try compile(cache)
    #expect(told.withLock { $0 }.count == 3)
    cache.removeAll()
    #expect(cache.bytes == 0)
    #expect(throws: GivenUp.self) {
      try compile(WeightCache { if $0 > 32 * 32 * 9 * 4 { throw GivenUp() } })
    }
  }
}

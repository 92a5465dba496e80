import Tensors

/// Plain implementations of the operations in Double, to compare the fast ones with.
enum Naive {
  static func linear(_ x: [Float], rows: Int, weight: [Float], bias: [Float]?, out: Int) -> [Float]
  {
    let width = x.count / rows
    return (0..<rows).flatMap { r in
      (0..<out).map { o in
        var sum = Double(bias?[o] ?? 0)
        for i in 0..<width { sum += Double(x[r * width + i]) * Double(weight[o * width + i]) }
        return Float(sum)
      }
    }
  }

  static func convolution(
    _ x: [Float], _ shape: Shape, weight: [Float], bias: [Float], out: Int, kernel: Int,
    stride: Int, padding: Int
  ) -> (values: [Float], shape: Shape) {
    let height = (shape.h + 2 * padding - kernel) / stride + 1
    let width = (shape.w + 2 * padding - kernel) / stride + 1
    var result: [Float] = []
    for n in 0..<shape.n {
      for y in 0..<height {
        for column in 0..<width {
          for o in 0..<out {
            var sum = Double(bias[o])
            for ky in 0..<kernel {
              for kx in 0..<kernel {
                let (sy, sx) = (y * stride + ky - padding, column * stride + kx - padding)
                guard sy >= 0, sy < shape.h, sx >= 0, sx < shape.w else { continue }
                for i in 0..<shape.c {
                  let value = x[((n * shape.h + sy) * shape.w + sx) * shape.c + i]
                  let tap = weight[((o * shape.c + i) * kernel + ky) * kernel + kx]
                  sum += Double(value) * Double(tap)
                }
              }
            }
            result.append(Float(sum))
          }
        }
      }
    }
    return (result, Shape(shape.n, height, width, out))
  }

  static func groupNorm(
    _ x: [Float], _ shape: Shape, addend: [Float], scale: [Float], shift: [Float], groups: Int,
    epsilon: Double, silu: Bool
  ) -> [Float] {
    var result = x
    let size = shape.c / groups
    for n in 0..<shape.n {
      for g in 0..<groups {
        var indices: [(Int, Int)] = []
        for p in 0..<shape.pixels {
          for c in (g * size)..<((g + 1) * size) {
            indices.append(((n * shape.pixels + p) * shape.c + c, c))
          }
        }
        let values = indices.map { Double(x[$0.0]) + Double(addend[n * shape.c + $0.1]) }
        let mean = values.reduce(0, +) / Double(values.count)
        let variance = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(values.count)
        for (value, index) in zip(values, indices) {
          let y =
            (value - mean) / (variance + epsilon).squareRoot() * Double(scale[index.1])
            + Double(shift[index.1])
          result[index.0] = Float(silu ? y / (1 + exp(-y)) : y)
        }
      }
    }
    return result
  }

  /// The softmax weights of every head and query, in the order `(n, heads, queries)`.
  private static func weights(
    q: [Float], k: [Float], mask: [Float], n: Int, queries: Int, keys: Int, heads: Int, dim: Int
  ) -> [[Double]] {
    let width = heads * dim
    var result: [[Double]] = []
    for row in 0..<(n * heads * queries) {
      let (b, h, i) = (row / queries / heads, row / queries % heads, row % queries)
      let scores = (0..<keys).map { j -> Double in
        var sum = 0.0
        for d in 0..<dim {
          sum +=
            Double(q[(b * queries + i) * width + h * dim + d])
            * Double(k[(b * keys + j) * width + h * dim + d])
        }
        return sum / Double(dim).squareRoot() + Double(mask[b * keys + j])
      }
      let top = scores.max() ?? 0
      let powers = scores.map { exp($0 - top) }
      let total = powers.reduce(0, +)
      result.append(powers.map { $0 / total })
    }
    return result
  }

  static func attention(
    q: [Float], k: [Float], v: [Float], mask: [Float], n: Int, queries: Int, keys: Int, heads: Int,
    dim: Int
  ) -> [Float] {
    let width = heads * dim
    let weights = weights(
      q: q, k: k, mask: mask, n: n, queries: queries, keys: keys, heads: heads, dim: dim)
    var result = Array(repeating: Float(0), count: n * queries * width)
    for (row, weights) in weights.enumerated() {
      let (b, h, i) = (row / queries / heads, row / queries % heads, row % queries)
      for d in 0..<dim {
        var sum = 0.0
        for j in 0..<keys { sum += weights[j] * Double(v[(b * keys + j) * width + h * dim + d]) }
        result[(b * queries + i) * width + h * dim + d] = Float(sum)
      }
    }
    return result
  }

  /// `(n, queries, keys)`.
  static func attentionMap(
    q: [Float], k: [Float], mask: [Float], n: Int, queries: Int, keys: Int, heads: Int, dim: Int
  ) -> [Float] {
    let weights = weights(
      q: q, k: k, mask: mask, n: n, queries: queries, keys: keys, heads: heads, dim: dim)
    var result = Array(repeating: Float(0), count: n * queries * keys)
    for (row, weights) in weights.enumerated() {
      let (b, i) = (row / queries / heads, row % queries)
      for j in 0..<keys {
        result[(b * queries + i) * keys + j] += Float(weights[j] / Double(heads))
      }
    }
    return result
  }
}

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Numbers that look random and are the same each time, about -1 to 1.
struct Numbers: ParameterSource {
  func values(_ name: String, shape: [Int]) -> [Float] {
    var state = name.utf8.reduce(UInt64(17)) { $0 &* 31 &+ UInt64($1) }
    return (0..<shape.reduce(1, *)).map { _ in
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Float(Int64(bitPattern: state) >> 40) / Float(1 << 23)
    }
  }

  func parameter(_ name: String, _ shape: [Int]) -> Parameter {
    Parameter(name, shape: shape, from: self)
  }
}

/// The largest difference, as a share of the largest expected value.
func difference(_ found: [Float], _ expected: [Float]) -> Float {
  guard found.count == expected.count else { return .infinity }
  let largest = expected.reduce(0) { max($0, abs($1)) }
  let worst = zip(found, expected).reduce(Float(0)) {
    let d = abs($1.0 - $1.1)
    return d.isFinite ? max($0, d) : .infinity
  }
  return worst / max(largest, 1e-6)
}

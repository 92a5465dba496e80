/// Where a network's weights come from: a checkpoint, a test, a random number generator.
public protocol ParameterSource: Sendable {
  /// The float32 values of the tensor `name`, which must have this shape.
  func values(_ name: String, shape: [Int]) throws -> [Float]
}

/// One learnt tensor, read when it is packed and not before.
public struct Parameter: Sendable {
  /// Tells it apart from all other parameters of the network.
  public let key: String
  /// `(out, in)`, `(out, in, k, k)` or `(c)`, as PyTorch lays them out.
  public let shape: [Int]
  /// Reads the values.
  let load: @Sendable () throws -> [Float]

  /// The tensor called `name` in `source`.
  public init(_ name: String, shape: [Int], from source: any ParameterSource) {
    key = name
    self.shape = shape
    load = { try source.values(name, shape: shape) }
  }

  private init(key: String, shape: [Int], load: @escaping @Sendable () throws -> [Float]) {
    self.key = key
    self.shape = shape
    self.load = load
  }

  /// Several tensors of equal row length, one below the other, so that one product computes them all.
  public static func stacked(_ parts: [Parameter]) -> Parameter {
    precondition(!parts.isEmpty, "stacking needs parts")
    return Parameter(
      key: parts.map(\.key).joined(separator: "+"),
      shape: [parts.reduce(0) { $0 + $1.shape[0] }] + parts[0].shape.dropFirst()
    ) { try parts.flatMap { try $0.load() } }
  }

  /// The tensor times a number.
  public func scaled(by scale: Float) -> Parameter {
    Parameter(key: "\(key)*\(scale)", shape: shape) { [load] in try load().map { $0 * scale } }
  }

  /// The 2x2 weights `(out, in, 2, 2)` that a 3x3 convolution comes to at the pixels `dy`, `dx` of every four, where the
  /// picture's pixels are repeated twice in both directions.
  func phase(dy: Int, dx: Int) -> Parameter {
    let planes = shape[0] * shape[1]
    return Parameter(key: "\(key)<\(dy)\(dx)>", shape: [shape[0], shape[1], 2, 2]) { [load] in
      let values = try load()
      // The taps that fall on the first and on the second of the two pixels.
      let rows = dy == 0 ? [[0], [1, 2]] : [[0, 1], [2]]
      let columns = dx == 0 ? [[0], [1, 2]] : [[0, 1], [2]]
      var result = [Float]()
      result.reserveCapacity(planes * 4)
      for plane in 0..<planes {
        for row in rows {
          for column in columns {
            var sum: Float = 0
            for y in row { for x in column { sum += values[plane * 9 + y * 3 + x] } }
            result.append(sum)
          }
        }
      }
      return result
    }
  }

  /// Rows `range` of a tensor.
  public func rows(_ range: Range<Int>) -> Parameter {
    let row = shape.dropFirst().reduce(1, *)
    return Parameter(
      key: "\(key)[\(range)]", shape: [range.count] + shape.dropFirst()
    ) { [load] in Array(try load()[(range.lowerBound * row)..<(range.upperBound * row)]) }
  }

  /// Input columns `range` of an `(out, in)` matrix or a 1x1 convolution.
  public func columns(_ range: Range<Int>) -> Parameter {
    let width = shape[1]
    return Parameter(
      key: "\(key)[:, \(range)]", shape: [shape[0], range.count]
    ) { [load, shape] in
      let values = try load()
      return (0..<shape[0]).flatMap { row in
        values[(row * width + range.lowerBound)..<(row * width + range.upperBound)]
      }
    }
  }
}

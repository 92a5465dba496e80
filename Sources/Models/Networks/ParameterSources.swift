import Checkpoints
import Tensors

/// A checkpoint's tensors as a network's parameters.
package struct CheckpointParameters: ParameterSource {
  let store: WeightStore

  package init(store: WeightStore) { self.store = store }

  package var parameterCount: Int? { store.parameterCount }

  package func values(_ name: String, shape: [Int]) throws -> [Float] {
    try store.floats(name, expecting: shape)
  }

  package func values(_ name: String, shape: [Int], rows: Range<Int>) throws -> [Float] {
    try store.floats(name, expecting: shape, rows: rows)
  }

  package func read(
    _ name: String, shape: [Int], rows: Range<Int>, into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    try store.read(name, expecting: shape, rows: rows, into: target)
  }

  package func rows(_ name: String, _ indices: [Int], shape: [Int]) throws -> [Float] {
    guard store.shape(of: name) == shape else {
      // This call throws an error that says what is wrong.
      _ = try store.floats(name, expecting: shape)
      return []
    }
    return try store.rows(name, indices)
  }
}

/// A checkpoint's tensors with changes, which are applied when a tensor is read.
struct AdaptedParameters: ParameterSource {
  let base: CheckpointParameters
  /// The changes of each weight, in the given order; each is applied to the result of the previous ones.
  let changes: [String: [WeightChange]]

  var parameterCount: Int? { base.parameterCount }

  func values(_ name: String, shape: [Int]) throws -> [Float] {
    try values(name, shape: shape, rows: 0..<shape[0])
  }

  func values(_ name: String, shape: [Int], rows: Range<Int>) throws -> [Float] {
    let changes = changes[name] ?? []
    let all = 0..<shape[0]
    if rows != all, changes.contains(where: \.needsWholeWeight) {
      let width = shape.dropFirst().reduce(1, *)
      return Array(
        try values(name, shape: shape, rows: all)[
          (rows.lowerBound * width)..<(rows.upperBound * width)])
    }
    var values = try base.values(name, shape: shape, rows: rows)
    for change in changes { try change.apply(to: &values, rows: rows, of: shape) }
    return values
  }

  func read(
    _ name: String, shape: [Int], rows: Range<Int>, into target: UnsafeMutableBufferPointer<Float>
  ) throws {
    guard changes[name] != nil else {
      return try base.read(name, shape: shape, rows: rows, into: target)
    }
    _ = target.update(fromContentsOf: try values(name, shape: shape, rows: rows))
  }

  func rows(_ name: String, _ indices: [Int], shape: [Int]) throws -> [Float] {
    guard changes[name] != nil else { return try base.rows(name, indices, shape: shape) }
    let (values, width) = (try values(name, shape: shape), shape[1])
    return indices.flatMap { values[($0 * width)..<(($0 + 1) * width)] }
  }
}

/// Untrained weights, for measuring a configuration and for comparison with a reference that generates the same ones
/// (`Tests/Reference/reference.py` states the rule).
///
/// Matrices are uniform over `±sqrt(3 / inputs)`, so that values keep their size from layer to layer; the scales of
/// normalisations are around 1 and biases around 0.
package struct RandomParameters: ParameterSource {
  /// Creates the source; the rule has no parameters.
  package init() {}

  package func values(_ name: String, shape: [Int]) -> [Float] {
    let count = shape.reduce(1, *)
    let inputs = shape.dropFirst().reduce(1, *)
    let bound = Float((3 / Double(inputs)).squareRoot())
    let start = name.utf8.reduce(UInt64(0xcbf2_9ce4_8422_2325)) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    return (0..<count).map { index in
      let u = Self.uniform(start &+ UInt64(index))
      if shape.count > 1 { return u * bound }
      return name.hasSuffix(".weight") ? 1 + Float(0.1) * u : Float(0.1) * u
    }
  }

  /// SplitMix64 (Steele, Lea & Flood 2014), its upper 24 bits as a number in -1..<1.
  private static func uniform(_ seed: UInt64) -> Float {
    var x = seed &+ 0x9e37_79b9_7f4a_7c15
    x = (x ^ (x >> 30)) &* 0xbf58_476d_1ce4_e5b9
    x = (x ^ (x >> 27)) &* 0x94d0_49bb_1331_11eb
    return Float((x ^ (x >> 31)) >> 40) / Float(1 << 23) - 1
  }
}

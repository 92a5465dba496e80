import Checkpoints
import Tensors

extension WeightChange {
  /// The maximum number of elements of a product that are in memory beside the weight.
  private static let blockCount = 1 << 20

  /// Whether all rows must be changed together: true if each length belongs to a whole column.
  var needsWholeWeight: Bool { magnitude?.axis == .inputs }

  /// Changes some rows of a weight.
  ///
  /// - Parameters:
  ///   - values: The rows, in order.
  ///   - rows: The indices of the rows; all rows if ``needsWholeWeight``.
  ///   - shape: The shape of the whole weight.
  /// - Throws: `CheckpointError` when the change cannot be read, `EngineError` when a product fails.
  func apply(to values: inout [Float], rows: Range<Int>, of shape: [Int]) throws {
    guard let magnitude else {
      return try add(scale * strength, to: &values, rows: rows, of: shape)
    }
    precondition(!needsWholeWeight || rows == 0..<shape[0], "all rows of a weight")
    let base = strength == 1 ? [] : values
    try add(scale, to: &values, rows: rows, of: shape)
    values.normalise(
      to: try magnitude.values(), along: magnitude.axis, firstRow: rows.lowerBound, of: shape)
    // As with any other change, a fraction of a DoRA's change is that fraction of the difference between the weight and
    // the changed weight.
    for (index, value) in base.enumerated() {
      values[index] = value + strength * (values[index] - value)
    }
  }

  /// Adds the change times a factor.
  private func add(
    _ factor: Float, to values: inout [Float], rows: Range<Int>, of shape: [Int]
  ) throws {
    let columns = shape.dropFirst().reduce(1, *)
    switch kind {
    case .product(let product):
      let (up, down) = try product.factors()
      let part = Array(up[(rows.lowerBound * product.rank)..<(rows.upperBound * product.rank)])
      try MatrixProduct.add(part, down, scale: factor, inner: product.rank, to: &values)
    case .hadamard(let first, let second):
      try addHadamard(first, second, factor, to: &values, rows: rows, columns: columns)
    case .kronecker(let first, let second):
      let (left, right) = (try first.values(), try second.values())
      for row in rows {
        let (outer, inner) = row.quotientAndRemainder(dividingBy: second.rows)
        var target = (row - rows.lowerBound) * columns
        for number in left[(outer * first.columns)..<((outer + 1) * first.columns)] {
          for other in right[(inner * second.columns)..<((inner + 1) * second.columns)] {
            values[target] += factor * number * other
            target += 1
          }
        }
      }
    case .difference(let difference):
      for (index, number) in try difference.values(rows: rows).enumerated() {
        values[index] += factor * number
      }
    case .scaling(let numbers):
      let factors = try numbers.values().map { 1 + factor * $0 }
      values.scale(by: factors, along: numbers.axis, firstRow: rows.lowerBound, of: shape)
    }
  }

  private func addHadamard(
    _ first: LowRankProduct, _ second: LowRankProduct, _ factor: Float, to values: inout [Float],
    rows: Range<Int>, columns: Int
  ) throws {
    let (left, right) = (try first.factors(), try second.factors())
    let step = max(1, Self.blockCount / max(1, columns))
    for start in stride(from: rows.lowerBound, to: rows.upperBound, by: step) {
      let block = start..<min(start + step, rows.upperBound)
      func product(_ factors: (up: [Float], down: [Float]), _ rank: Int) throws -> [Float] {
        var product = [Float](repeating: 0, count: block.count * columns)
        try MatrixProduct.add(
          Array(factors.up[(block.lowerBound * rank)..<(block.upperBound * rank)]), factors.down,
          scale: 1, inner: rank, to: &product)
        return product
      }
      let (one, other) = (try product(left, first.rank), try product(right, second.rank))
      let target = (block.lowerBound - rows.lowerBound) * columns
      for index in one.indices { values[target + index] += factor * one[index] * other[index] }
    }
  }
}

extension KroneckerFactor {
  /// The matrix, `(rows, columns)`.
  fileprivate func values() throws -> [Float] {
    switch form {
    case .whole(let matrix): return try matrix.values()
    case .product(let product):
      let (up, down) = try product.factors()
      var matrix = [Float](repeating: 0, count: rows * columns)
      try MatrixProduct.add(up, down, scale: 1, inner: product.rank, to: &matrix)
      return matrix
    }
  }
}

extension [Float] {
  /// Scales the rows or the input channels of a weight so that they have the given lengths.
  ///
  /// - Parameters:
  ///   - lengths: One for each row or input channel of the whole weight.
  ///   - firstRow: The index in the whole weight of the first row given.
  ///   - shape: The shape of the whole weight.
  fileprivate mutating func normalise(
    to lengths: [Float], along axis: AxisNumbers.Axis, firstRow: Int, of shape: [Int]
  ) {
    var squares = [Double](repeating: 0, count: lengths.count)
    for run in AxisRuns(axis, firstRow: firstRow, of: shape, count: count) {
      var sum = 0.0
      for index in run.range { sum += Double(self[index]) * Double(self[index]) }
      squares[run.channel] += sum
    }
    // LyCORIS adds the same epsilon to every length, so that zeros stay zeros.
    let factors = zip(lengths, squares).map { $0 / (Float($1.squareRoot()) + .ulpOfOne) }
    scale(by: factors, along: axis, firstRow: firstRow, of: shape)
  }

  /// Multiplies the rows or the input channels of a weight.
  fileprivate mutating func scale(
    by factors: [Float], along axis: AxisNumbers.Axis, firstRow: Int, of shape: [Int]
  ) {
    for run in AxisRuns(axis, firstRow: firstRow, of: shape, count: count) {
      let factor = factors[run.channel]
      for index in run.range { self[index] *= factor }
    }
  }
}

/// Runs of values of one row or one input channel of a weight, in memory order.
private struct AxisRuns: Sequence, IteratorProtocol {
  /// The number of values of one channel in a row.
  private let length: Int
  /// The number of channels, after which they repeat.
  private let channels: Int
  private let count: Int
  private var start = 0
  private var channel: Int

  /// - Parameter count: The number of values in the given rows.
  init(_ axis: AxisNumbers.Axis, firstRow: Int, of shape: [Int], count: Int) {
    switch axis {
    case .rows:
      (length, channels, channel) = (shape.dropFirst().reduce(1, *), shape[0], firstRow)
    case .inputs: (length, channels, channel) = (shape.dropFirst(2).reduce(1, *), shape[1], 0)
    }
    self.count = count
  }

  mutating func next() -> (channel: Int, range: Range<Int>)? {
    guard start < count else { return nil }
    defer {
      start += length
      channel = channel + 1 == channels ? 0 : channel + 1
    }
    return (channel, start..<start + length)
  }
}

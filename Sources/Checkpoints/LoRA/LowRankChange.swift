/// What is added to a weight: `scale * up * down`, read when it is asked for.
public struct LowRankChange: Sendable {
  let store: WeightStore
  let up: String
  let down: String
  let mid: String?
  /// Columns of the first matrix, and rows of the second.
  public let rank: Int
  /// What the product is multiplied by.
  public let scale: Float

  /// The two matrices whose product has the rows of the weight's first dimension and the columns of all others:
  /// `(rows, rank)` and `(rank, columns)`.
  ///
  /// - Throws: ``CheckpointError`` when they are stored in a format that is not read.
  public func factors() throws -> (up: [Float], down: [Float]) {
    let (up, down) = (try store.floats(up), try store.floats(down))
    guard let mid else { return (up, down) }
    let middle = try store.floats(mid)
    let inputs = down.count / rank
    let taps = middle.count / (rank * rank)
    // The convolution between the two goes into the second.
    var both = [Float](repeating: 0, count: rank * inputs * taps)
    for a in 0..<rank {
      for b in 0..<rank {
        for input in 0..<inputs {
          let factor = down[b * inputs + input]
          let (from, to) = ((a * rank + b) * taps, (a * inputs + input) * taps)
          for tap in 0..<taps { both[to + tap] += middle[from + tap] * factor }
        }
      }
    }
    return (up, both)
  }
}

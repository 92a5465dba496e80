/// A change to one weight of a model; its numbers are read on demand.
public struct WeightChange: Sendable {
  /// The kind of change.
  public enum Kind: Sendable {
    /// Adds a product of two small matrices (LoRA, Hu et al. 2021; LoCon).
    case product(LowRankProduct)
    /// Multiplies two such products element by element, and adds the result (LoHa; FedPara, Hyeon-Woo et al. 2021).
    case hadamard(LowRankProduct, LowRankProduct)
    /// Adds the Kronecker product of two matrices (LoKr; KronA, Edalati et al. 2022).
    case kronecker(KroneckerFactor, KroneckerFactor)
    /// Adds a tensor with the weight's own shape (LyCORIS's full changes, and those of normalisations and biases).
    case difference(WholeDifference)
    /// Multiplies each row or input channel by 1 plus a number (IA3, Liu et al. 2022).
    case scaling(AxisNumbers)
  }

  /// The kind of change.
  public let kind: Kind
  /// The factor for the change according to the file: alpha / rank.
  public let scale: Float
  /// The user's weight for the change; 1 is the trained strength.
  public let strength: Float
  /// The lengths to which the changed rows or columns are scaled (DoRA, Liu et al. 2024); `nil` to leave them.
  public let magnitude: AxisNumbers?
}

/// A product of two small matrices, `(rows, rank)` and `(rank, columns)`.
public struct LowRankProduct: Sendable {
  private let store: WeightStore
  private let up: String
  private let down: String
  private let mid: String?
  /// Whether the first matrix is stored as `(rank, rows)`.
  private let isUpTransposed: Bool
  /// Rows of the product: the first dimension of the weight.
  let rows: Int
  /// Columns of the product: all other dimensions of the weight.
  let columns: Int
  /// Columns of the first matrix, and rows of the second.
  public let rank: Int

  /// - Parameters:
  ///   - up: The first matrix.
  ///   - down: The second one, `(rank, columns)` or `(rank, inputs, k, k)`.
  ///   - mid: A convolution between the two, `(rank, rank, k, k)`.
  ///   - isUpTransposed: Whether the first matrix is stored as `(rank, rows)`.
  /// - Returns: `nil` if the shapes do not match, the rank is 0, or they are too large together.
  init?(
    _ store: WeightStore, up: String, down: String, mid: String?, isUpTransposed: Bool = false
  ) {
    // Each shape fits into memory, but both together may not.
    guard let upShape = store.shape(of: up), let downShape = store.shape(of: down),
      upShape.count >= 2, downShape.count >= 2, downShape[0] > 0,
      let upRest = upShape.dropFirst().product, var columns = downShape.dropFirst().product
    else { return nil }
    rank = downShape[0]
    rows = isUpTransposed ? upRest : upShape[0]
    guard (isUpTransposed ? upShape[0] : upRest) == rank else { return nil }
    if let mid {
      guard let shape = store.shape(of: mid), shape.count == 4, shape[0] == rank,
        shape[1] == rank, let all = ([columns] + shape.dropFirst(2)).product
      else { return nil }
      columns = all
    }
    self.columns = columns
    (self.store, self.up, self.down, self.mid) = (store, up, down, mid)
    self.isUpTransposed = isUpTransposed
  }

  /// The two matrices: `(rows, rank)` and `(rank, columns)`.
  ///
  /// - Throws: ``CheckpointError`` when they are stored in an unsupported format.
  public func factors() throws -> (up: [Float], down: [Float]) {
    var (up, down) = (try store.floats(up), try store.floats(down))
    if isUpTransposed {
      up = (0..<rows).flatMap { row in (0..<rank).map { up[$0 * rows + row] } }
    }
    guard let mid else { return (up, down) }
    let middle = try store.floats(mid)
    let inputs = down.count / rank
    let taps = middle.count / (rank * rank)
    // The convolution between the two is merged into the second.
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

/// One of the two matrices of a Kronecker product. For a convolution, the columns are its inputs and taps.
public struct KroneckerFactor: Sendable {
  /// How it is stored.
  public enum Form: Sendable {
    /// As a whole matrix.
    case whole(WholeDifference)
    /// As a product of two smaller matrices.
    case product(LowRankProduct)
  }

  /// How it is stored.
  public let form: Form
  /// Its rows.
  public let rows: Int
  /// Its columns.
  public let columns: Int

  /// - Returns: `nil` for a tensor that is not a matrix.
  init?(_ store: WeightStore, whole key: String) {
    guard let shape = store.shape(of: key), shape.count >= 2,
      let columns = shape.dropFirst().product
    else { return nil }
    form = .whole(WholeDifference(store: store, key: key, shape: shape))
    (rows, self.columns) = (shape[0], columns)
  }

  init(_ product: LowRankProduct) {
    form = .product(product)
    (rows, columns) = (product.rows, product.columns)
  }

  /// The rank of the product, if it is stored as one.
  var rank: Int? { if case .product(let product) = form { product.rank } else { nil } }
}

/// A tensor with as many numbers in each row as the weight it belongs to.
public struct WholeDifference: Sendable {
  let store: WeightStore
  let key: String
  let shape: [Int]

  /// Some of its rows, the slices along its first dimension.
  ///
  /// - Throws: ``CheckpointError`` when it is stored in an unsupported format.
  public func values(rows: Range<Int>? = nil) throws -> [Float] {
    try store.floats(key, expecting: shape, rows: rows)
  }
}

/// A number for each row of a weight, or for each of its input channels.
public struct AxisNumbers: Sendable {
  /// The dimension that the numbers belong to.
  public enum Axis: Sendable {
    /// The slices along the first dimension.
    case rows
    /// The slices along the second dimension.
    case inputs
  }

  let store: WeightStore
  let key: String
  /// The dimension that the numbers belong to.
  public let axis: Axis

  /// The numbers.
  ///
  /// - Throws: ``CheckpointError`` when they are stored in an unsupported format, or one is infinite or NaN.
  public func values() throws -> [Float] { try store.finiteFloats(key) }
}

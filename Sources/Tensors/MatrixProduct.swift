import COneDNN

/// Products of matrices outside any network, such as changes applied to weights when they are read.
public enum MatrixProduct {
  /// Adds `scale * left * right` to a matrix.
  ///
  /// - Parameters:
  ///   - left: `(rows, inner)`.
  ///   - right: `(inner, columns)`.
  ///   - scale: The factor of the product.
  ///   - inner: Columns of `left` and rows of `right`, at least 1.
  ///   - matrix: `(rows, columns)`, row by row.
  /// - Throws: ``EngineError`` when the library reports a failure.
  public static func add(
    _ left: [Float], _ right: [Float], scale: Float, inner: Int, to matrix: inout [Float]
  ) throws {
    let (rows, columns) = (left.count / inner, right.count / inner)
    precondition(
      left.count == rows * inner && right.count == inner * columns
        && matrix.count == rows * columns, "matrices whose sizes fit")
    guard rows > 0, columns > 0 else { return }
    let status = matrix.withUnsafeMutableBufferPointer { matrix in
      dnnl_sgemm(
        CChar(UInt8(ascii: "N")), CChar(UInt8(ascii: "N")), Int64(rows), Int64(columns),
        Int64(inner), scale, left, Int64(inner), right, Int64(columns), 1, matrix.baseAddress,
        Int64(columns))
    }
    guard status == dnnl_success else {
      throw EngineError(operation: "multiplying matrices", status: Int(status.rawValue))
    }
  }
}

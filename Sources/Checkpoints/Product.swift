extension Collection where Element == Int {
  /// The product of sizes stated in a file; `nil` on overflow.
  var product: Int? {
    var result = 1
    for size in self {
      let (next, overflow) = result.multipliedReportingOverflow(by: size)
      guard !overflow else { return nil }
      result = next
    }
    return result
  }

  /// Like ``product``, but the product must not overflow even without the zeros, because later the sizes may be
  /// multiplied in another order, or only some of them.
  var soundProduct: Int? {
    filter { $0 != 0 }.product.map { contains(0) ? 0 : $0 }
  }
}

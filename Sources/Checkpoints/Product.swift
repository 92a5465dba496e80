extension Collection where Element == Int {
  /// The product of sizes that a file states; `nil` where it is larger than any number.
  var product: Int? {
    var result = 1
    for size in self {
      let (next, overflow) = result.multipliedReportingOverflow(by: size)
      guard !overflow else { return nil }
      result = next
    }
    return result
  }

  /// The product as ``product`` has it, which must not be too large without the zeros either: the sizes may be
  /// multiplied in another order later, or only some of them.
  var soundProduct: Int? {
    filter { $0 != 0 }.product.map { contains(0) ? 0 : $0 }
  }
}

/// How many of a part's weights have been read.
public struct Loading: Sendable, Hashable {
  /// Whose weights: "network".
  public var part: String
  /// Bytes that are there.
  public var bytes: Int
  /// Bytes in all.
  public var total: Int

  /// So many of a part's bytes.
  public init(part: String, bytes: Int, total: Int) {
    (self.part, self.bytes, self.total) = (part, bytes, total)
  }

  /// How many of how many: "0.4 of 3.4 GB".
  var amount: String {
    func tenths(_ bytes: Int) -> String {
      let number = (bytes + 50_000_000) / 100_000_000
      return "\(number / 10).\(number % 10)"
    }
    return "\(tenths(min(bytes, total))) of \(tenths(total)) GB"
  }
}

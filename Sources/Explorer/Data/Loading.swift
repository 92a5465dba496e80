/// How many bytes of a part's weights have been read.
public struct Loading: Sendable, Hashable {
  /// The part of the model: "network".
  public var part: String
  /// Bytes read so far.
  public var bytes: Int
  /// Total bytes.
  public var total: Int

  /// This many bytes of a part.
  public init(part: String, bytes: Int, total: Int) {
    (self.part, self.bytes, self.total) = (part, bytes, total)
  }

  /// The progress: "0.4 of 3.4 GB".
  var amount: String {
    func tenths(_ bytes: Int) -> String {
      let number = (bytes + 50_000_000) / 100_000_000
      return "\(number / 10).\(number % 10)"
    }
    return "\(tenths(min(bytes, total))) of \(tenths(total)) GB"
  }
}

/// What `--threads` may say.
enum ThreadCount {
  /// More than any machine that this is for has cores; each takes memory of its own.
  private static let range = 1...256

  /// Why so many threads cannot be; `nil` where they can.
  static func problem(_ count: Int?) -> String? {
    guard let count, !range.contains(count) else { return nil }
    return "--threads must be \(range.lowerBound) to \(range.upperBound)"
  }
}

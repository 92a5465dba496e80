/// The valid range of `--threads`.
enum ThreadCount {
  /// More than the number of cores of any suitable machine; each thread needs its own memory.
  private static let range = 1...256

  /// Why a number of threads is invalid; `nil` if it is valid.
  static func problem(_ count: Int?) -> String? {
    guard let count, !range.contains(count) else { return nil }
    return "--threads must be \(range.lowerBound) to \(range.upperBound)"
  }
}

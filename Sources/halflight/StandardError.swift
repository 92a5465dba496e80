import Foundation

/// What is told on standard error.
enum StandardError {
  /// Writes text; where nobody reads it any more, it is lost, and the work goes on.
  static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }
}

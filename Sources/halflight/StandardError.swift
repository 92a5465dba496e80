import Cells
import Foundation

/// What is told on standard error.
enum StandardError {
  /// Writes text; where nobody reads it any more, it is lost, and the work goes on.
  static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Writes a line that may quote a file: a terminal obeys nothing in it.
  static func line(_ text: String) { write(PlainText.of(text) + "\n") }
}

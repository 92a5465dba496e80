import Cells
import Foundation

/// Standard error.
enum StandardError {
  /// Writes text; if its reader has gone away, the text is lost, and the work continues.
  static func write(_ text: String) {
    try? FileHandle.standardError.write(contentsOf: Data(text.utf8))
  }

  /// Writes a line that may quote a file, with control characters removed for the terminal.
  static func line(_ text: String) { write(PlainText.of(text) + "\n") }
}

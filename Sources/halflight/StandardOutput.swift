import Cells
import Foundation

/// What is printed on standard output.
enum StandardOutput {
  /// A line, as it is for a file or another program; on a terminal nothing in it is obeyed.
  static func line(_ text: String) {
    print(isatty(STDOUT_FILENO) == 1 ? PlainText.of(text, keepsLines: true) : text)
  }

  /// A value as one line of JSON.
  static func json(_ value: some Encodable) throws {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    print(PlainText.json(String(decoding: try encoder.encode(value), as: UTF8.self)))
  }
}

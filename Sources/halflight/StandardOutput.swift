import Cells
import Foundation

/// What is printed on standard output.
enum StandardOutput {
  /// Writes a line at once; where nobody reads it any more, it is lost, and the work goes on.
  static func tell(_ line: String) {
    try? FileHandle.standardOutput.write(contentsOf: Data((line + "\n").utf8))
  }

  /// A line, as it is for a file or another program; on a terminal nothing in it is obeyed.
  static func line(_ text: String) {
    print(isatty(STDOUT_FILENO) == 1 ? PlainText.of(text, keepsLines: true) : text)
  }

  /// Prints a value as one line of JSON.
  static func json(_ value: some Encodable) throws { print(PlainText.json(try jsonLine(value))) }

  /// A value as one line of JSON, its keys in the order of the alphabet.
  static func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }
}

import Cells
import Files
import Foundation
import Synchronization

/// Standard output: everything that commands print is written here.
///
/// Text is written immediately. If it cannot be written, the command still does its work, and then ends with an error
/// (``finish()``). If its reader has gone away, as with `| head -1`, the output is lost, which is not an error.
enum StandardOutput {
  /// The code of the first error; nothing is written after it, so the output has no gaps.
  private static let failure = Mutex<Int32>(0)

  /// Writes text unchanged, including control sequences.
  static func write(_ text: String) { write(Data(text.utf8)) }

  /// Writes the bytes of a file.
  static func write(_ data: Data) {
    failure.withLock { failure in
      if failure == 0 { failure = FullWrite.write(data, to: STDOUT_FILENO) }
    }
  }

  /// Writes a line, unchanged for a file or another program; for a terminal, control characters are removed.
  static func line(_ text: String) {
    write((isatty(STDOUT_FILENO) == 1 ? PlainText.of(text, keepsLines: true) : text) + "\n")
  }

  /// Writes a value as one line of JSON.
  static func json(_ value: some Encodable) throws {
    write(PlainText.json(try jsonLine(value)) + "\n")
  }

  /// A value as one line of JSON, with its keys in alphabetical order.
  static func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Checks that everything was written; called when a command has done its work.
  ///
  /// - Throws: ``OutputError``.
  static func finish() throws(OutputError) {
    let number = failure.withLock { failure in
      // A network file system may report a full disk only when the file is closed.
      let copy = dup(STDOUT_FILENO)
      if failure == 0, copy >= 0, close(copy) != 0, errno != EINTR { failure = errno }
      return failure
    }
    if number != 0, number != EPIPE { throw OutputError(number: number) }
  }
}

/// Standard output could not be written.
struct OutputError: Error, CustomStringConvertible {
  /// The system's error code.
  let number: Int32

  var description: String {
    let reason = String(cString: strerror(number))
    return "standard output cannot be written: \(reason); the output is incomplete, so "
      + "free some space or write to another place"
  }
}

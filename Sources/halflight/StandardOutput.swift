import Cells
import Files
import Foundation
import Synchronization

/// What is printed on standard output: everything that commands print goes through here.
///
/// Text is written at once. Where it cannot be written, the command still does its work, and ends with an error
/// (``finish()``). Where nobody reads it any more, as behind `| head -1`, it is lost, and that is no error.
enum StandardOutput {
  /// The number of the first error; nothing is written after it, so that the output has no gaps.
  private static let failure = Mutex<Int32>(0)

  /// Writes text as it is, with what a terminal obeys.
  static func write(_ text: String) { write(Data(text.utf8)) }

  /// Writes the bytes of a file.
  static func write(_ data: Data) {
    failure.withLock { failure in
      if failure == 0 { failure = FullWrite.write(data, to: STDOUT_FILENO) }
    }
  }

  /// Writes a line, as it is for a file or another program; on a terminal nothing in it is obeyed.
  static func line(_ text: String) {
    write((isatty(STDOUT_FILENO) == 1 ? PlainText.of(text, keepsLines: true) : text) + "\n")
  }

  /// Writes a value as one line of JSON.
  static func json(_ value: some Encodable) throws {
    write(PlainText.json(try jsonLine(value)) + "\n")
  }

  /// A value as one line of JSON, its keys in the order of the alphabet.
  static func jsonLine(_ value: some Encodable) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    return String(decoding: try encoder.encode(value), as: UTF8.self)
  }

  /// Checks that everything was written; to be called when a command has done its work.
  ///
  /// - Throws: ``OutputError``.
  static func finish() throws(OutputError) {
    let number = failure.withLock { failure in
      // A network's file system may tell of a full disk only when the file is closed.
      let copy = dup(STDOUT_FILENO)
      if failure == 0, copy >= 0, close(copy) != 0, errno != EINTR { failure = errno }
      return failure
    }
    if number != 0, number != EPIPE { throw OutputError(number: number) }
  }
}

/// Standard output that could not be written.
struct OutputError: Error, CustomStringConvertible {
  /// The system's number of the error.
  let number: Int32

  var description: String {
    let reason = String(cString: strerror(number))
    return "standard output cannot be written: \(reason); the output is not complete, so "
      + "make room there or write it elsewhere"
  }
}

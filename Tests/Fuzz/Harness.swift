// The code that all harnesses share. Each harness is a function in its own file: it reads any bytes as one kind of file,
// as far as possible. `run.sh` gives it to libFuzzer; `ReplayTests` calls it with the files in `corpus`.

/// Something that must not happen, whatever the bytes are.
struct Finding: Error, CustomStringConvertible {
  let description: String
}

/// - Throws: ``Finding`` if a condition does not hold.
func require(_ condition: Bool, _ description: @autoclosure () -> String) throws {
  guard condition else { throw Finding(description: description()) }
}

/// Checks that a text can be displayed in a terminal.
///
/// - Throws: ``Finding`` if it has an escape.
func requirePrintable(_ text: String) throws {
  try require(!text.unicodeScalars.contains("\u{1B}"), "an escape in: \(text)")
}

/// Calls a reader that may throw errors of one type. Their sentences must be safe to print in a terminal.
///
/// - Throws: ``Finding`` if a sentence is not; errors of all other types.
func mayRefuse<E: Error & CustomStringConvertible>(
  with type: E.Type, _ read: () throws -> Void
) throws {
  do {
    try read()
  } catch let error as E {
    try requirePrintable(error.description)
  }
}

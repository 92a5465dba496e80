/// Why a model's files cannot be used, worded so that the user can act on it.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The kind of problem, which decides the exit code.
  public enum Kind: Sendable, Hashable {
    /// A required file or tensor is missing.
    case missing
    /// The file exists, but cannot be opened or read.
    case unreadable
    /// The bytes contradict the file format or each other.
    case malformed
    /// The file is well formed, but a value is invalid or does not fit the other files.
    case mismatched
    /// The file is valid, but this program does not support something in it.
    case unsupported
  }

  /// The kind of problem.
  public let kind: Kind
  /// The file or folder, as the user named it.
  public let file: String
  /// The tensor or JSON key, if there is one.
  public let key: String?
  /// What was expected.
  public let expected: String
  /// What was found instead.
  public let found: String
  /// What to do next.
  public let advice: String
  /// All affected tensors, if there is more than one.
  public let names: [String]

  /// An error with these parts; each is a phrase without a full stop.
  public init(
    _ kind: Kind, file: String, key: String? = nil, expected: String, found: String,
    advice: String, names: [String] = []
  ) {
    self.kind = kind
    self.file = file
    self.key = key
    self.expected = expected
    self.found = found
    self.advice = advice
    self.names = names
  }

  /// One sentence with the file, the key, and what was expected and found, and one with the advice.
  public var description: String {
    let place = key.map { "\(file), \(CheckpointError.quoted($0))" } ?? file
    let end = found.hasSuffix("?") ? "" : "."
    return "\(place): expected \(expected), found \(found)\(end) \(advice)."
  }

  /// `text` in quotes, without control characters and cut to fit a line.
  static func quoted(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars.prefix(81) {
      line.unicodeScalars.append(
        scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return text.unicodeScalars.count > 80 ? "\"\(line)…\"" : "\"\(line)\""
  }

  /// An error that names all missing and surplus tensors of a file.
  static func differentTensors(
    missing: [String], surplus: [String], of model: String, file: String
  ) -> CheckpointError {
    var found: [String] = []
    if !missing.isEmpty { found.append("\(missing.count) missing (\(listed(missing)))") }
    if !surplus.isEmpty { found.append("\(surplus.count) unexpected (\(listed(surplus)))") }
    return CheckpointError(
      .mismatched, file: file, expected: "exactly the tensors of \(model)",
      found: found.joined(separator: " and "),
      advice: missing.isEmpty
        ? "It may be a model variant that this program cannot run: choose another model"
        : "It was saved without these, or is a different kind of model: choose another model",
      names: missing + surplus)
  }

  /// Advice for damage that another copy of the file may not have.
  static let downloadAgain = "Copy or download the file again"

  /// Advice for an error that every copy of the file has.
  static let chooseAnother = "The file was saved in this state: choose another one"
}

/// Why a model's files cannot be used, said so that a person can act on it.
public struct CheckpointError: Error, Hashable, Sendable, CustomStringConvertible {
  /// What sort of trouble it is, for choosing an exit code.
  public enum Kind: Sendable, Hashable {
    /// A file or a tensor that should be there is not.
    case missing
    /// The file is there, but cannot be opened or read.
    case unreadable
    /// The bytes contradict the file format or each other.
    case malformed
    /// Well formed, but a value that makes no sense or does not fit the other files.
    case mismatched
    /// Sound, but something this program cannot do.
    case unsupported
  }

  /// The sort of trouble.
  public let kind: Kind
  /// The file or folder, as it was named to us.
  public let file: String
  /// The tensor or JSON key, where there is one.
  public let key: String?
  /// What should have been there.
  public let expected: String
  /// What was there instead.
  public let found: String
  /// What to do next.
  public let advice: String
  /// All tensors it is about, where there is more than one.
  public let names: [String]

  /// An error of these parts; each is a phrase without a full stop.
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

  /// One sentence with the file, the key, what was expected and found, and one with what to do.
  public var description: String {
    let place = key.map { "\(file), \(CheckpointError.quoted($0))" } ?? file
    let end = found.hasSuffix("?") ? "" : "."
    return "\(place): expected \(expected), found \(found)\(end) \(advice)."
  }

  /// `text` in quotes, without control characters and cut to a length that fits a line.
  static func quoted(_ text: String) -> String {
    var line = ""
    for scalar in text.unicodeScalars.prefix(81) {
      line.unicodeScalars.append(
        scalar.properties.generalCategory == .control ? "\u{FFFD}" : scalar)
    }
    return text.unicodeScalars.count > 80 ? "\"\(line)…\"" : "\"\(line)\""
  }

  /// An error that names every tensor which a file lacks or has no use for.
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
        ? "It may be a variant of the model that this program cannot run: choose another"
        : "It was saved without them or holds another kind of model: choose another",
      names: missing + surplus)
  }

  /// For damage that another copy of the file may not have.
  static let downloadAgain = "Copy or download the file again"

  /// For what is wrong with the file itself, however often it is copied.
  static let chooseAnother = "The file was saved like this: choose another one"
}

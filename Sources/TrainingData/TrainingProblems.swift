/// Something in a folder of training pictures that was left out or taken otherwise than it was written.
public struct TrainingWarning: Sendable, Hashable, CustomStringConvertible {
  /// The file, where it can be, with the number of the line.
  public let file: String
  /// What is wrong with it.
  public let problem: String
  /// What was done about it.
  public let consequence: String

  /// One sentence for people.
  public var description: String { "\(file): \(problem); \(consequence)." }
}

/// A folder of training pictures that cannot be used at all.
public struct TrainingDataError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file or folder.
  public let file: String
  /// What should have been there.
  public let expected: String
  /// What was there instead.
  public let found: String
  /// What to do next.
  public let advice: String

  /// One sentence with the file and what was expected and found, and one with what to do.
  public var description: String { "\(file): expected \(expected), found \(found). \(advice)." }
}

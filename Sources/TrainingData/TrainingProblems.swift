import Files
import Pictures

/// Something in a folder of training pictures that was left out or interpreted differently.
public struct TrainingWarning: Sendable, Hashable, CustomStringConvertible {
  /// The file, with the line number if possible.
  public let file: String
  /// The problem.
  public let problem: String
  /// What was done about it.
  public let consequence: String

  /// One sentence for people.
  public var description: String { "\(file): \(problem); \(consequence)." }

  /// The problem of an error; its file is named beside it.
  init(_ error: any Error, file: String, consequence: String) {
    let problem =
      switch error {
      case let error as TrainingDataError: "expected \(error.expected), found \(error.found)"
      case let error as PictureFileError: "expected \(error.expected), found \(error.found)"
      case let error as FileError:
        switch error.kind {
        case .missing: "it is missing"
        case .notAllowed: "it cannot be read"
        default: error.reason
        }
      default: "\(error)"
      }
    self.init(file: file, problem: problem, consequence: consequence)
  }

  init(file: String, problem: String, consequence: String) {
    self.file = file
    self.problem = problem
    self.consequence = consequence
  }
}

/// A folder of training pictures that cannot be used at all.
public struct TrainingDataError: Error, Sendable, Hashable, CustomStringConvertible {
  /// The file or folder.
  public let file: String
  /// What was expected.
  public let expected: String
  /// What was found instead.
  public let found: String
  /// What to do next.
  public let advice: String

  /// One sentence with the file and what was expected and found, and one with what to do.
  public var description: String { "\(file): expected \(expected), found \(found). \(advice)." }
}

import Files

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// Decodes a JSON file into a type, with errors that name the file and the key.
enum JSONFile {
  /// The maximum size in bytes; no configuration is nearly this large.
  private static let longest = 64 << 20

  static func decode<Value: Decodable>(_ type: Value.Type, from url: URL) throws -> Value {
    let path = url.path
    guard FileManager.default.fileExists(atPath: path) else {
      throw CheckpointError(
        .missing, file: path, expected: "a JSON file", found: "no such file",
        advice: "Check the model folder's name, or copy the missing file into it")
    }
    guard let data = try? SafeFile.read(url, limit: longest) else {
      throw CheckpointError(
        .unreadable, file: path, expected: "a readable JSON file", found: "an error when reading",
        advice: "Check that it is a file and that you may read it")
    }
    return try decode(type, from: data, name: path)
  }

  static func decode<Value: Decodable>(
    _ type: Value.Type, from data: Data, name: String
  ) throws -> Value {
    do {
      return try JSONDecoder().decode(type, from: data)
    } catch let error as DecodingError {
      throw explain(error, file: name)
    } catch let error as ConfigurationProblem {
      throw CheckpointError(
        error.kind, file: name, key: error.key, expected: error.expected, found: error.found,
        advice: error.advice)
    }
  }

  private static func explain(_ error: DecodingError, file: String) -> CheckpointError {
    func malformed(_ path: [any CodingKey], _ expected: String, _ found: String)
      -> CheckpointError
    {
      let key = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
      return CheckpointError(
        .malformed, file: file, key: key.isEmpty ? nil : key, expected: expected, found: found,
        advice: "Correct the file, or copy it again from the model's source")
    }
    switch error {
    case .keyNotFound(let key, let context):
      return malformed(context.codingPath + [key], "a value", "nothing")
    case .valueNotFound(let type, let context):
      return malformed(context.codingPath, wording(of: type), "null")
    case .typeMismatch(let type, let context):
      return malformed(context.codingPath, wording(of: type), "another kind of value")
    case .dataCorrupted(let context):
      return malformed(
        context.codingPath, "well-formed JSON with values in range",
        "\(CheckpointError.quoted(context.debugDescription))")
    @unknown default:
      return malformed([], "a configuration", "something unreadable")
    }
  }

  private static func wording(of type: Any.Type) -> String {
    switch type {
    case is Int.Type: "a whole number"
    case is Float.Type, is Double.Type: "a number"
    case is String.Type: "text"
    case is Bool.Type: "true or false"
    case is [String: Any].Type: "an object"
    case is [Any].Type: "a list"
    default: "a value of a different kind"
    }
  }
}

/// An invalid value in a configuration; ``JSONFile`` adds the file's name.
struct ConfigurationProblem: Error {
  var kind: CheckpointError.Kind
  var key: String
  var expected: String
  var found: String
  var advice: String

  /// An invalid value.
  static func wrong(_ key: String, expected: String, found: String) -> Self {
    Self(
      kind: .mismatched, key: key, expected: expected, found: found,
      advice: "Correct the file, or copy it again from the model's source")
  }

  /// A valid value that this program does not support.
  static func unsupported(_ key: String, supported: String, found: String) -> Self {
    Self(
      kind: .unsupported, key: key, expected: supported, found: found,
      advice: "This program cannot run such a model yet: choose another")
  }
}

/// A whole number, or a list with one for each level; diffusers writes either.
enum OneOrMany<Value: Decodable & Sendable>: Decodable, Sendable {
  case one(Value)
  case many([Value])

  init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Value.self) {
      self = .one(value)
    } else {
      self = .many(try container.decode([Value].self))
    }
  }

  /// The value of each of `count` levels.
  func perLevel(_ count: Int, key: String) throws -> [Value] {
    switch self {
    case .one(let value): return Array(repeating: value, count: count)
    case .many(let values):
      guard values.count == count else {
        throw ConfigurationProblem.wrong(
          key, expected: "one value, or one for each of the \(count) levels",
          found: "\(values.count) values")
      }
      return values
    }
  }
}

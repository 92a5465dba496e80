import Checkpoints
import Files

/// A value in a tokenizer's file with its path, for messages.
struct TokenizerEntry: Sendable {
  static let copyAgain = "Copy the tokenizer's folder again from the model's source"
  static let chooseAnother = "This program cannot read such a tokenizer yet: choose another model"

  /// The file's name.
  let file: String
  /// The keys that lead to the value, separated by dots; empty for the whole file.
  let path: String
  /// The value.
  let value: JSONValue

  private init(_ value: JSONValue, file: String, path: String) {
    (self.value, self.file, self.path) = (value, file, path)
  }

  /// Reads the text of a whole file.
  ///
  /// - Throws: `CheckpointError` when it is too long, or not UTF-8, not JSON, or nested too deeply.
  init(json: [UInt8], file: String) throws {
    do {
      let value = try JSONValue(json, style: .strict, longest: TokenizerFile.longest)
      self.init(value, file: file, path: "")
    } catch {
      throw CheckpointError(
        .malformed, file: file, expected: error.expected, found: error.found,
        advice: Self.copyAgain)
    }
  }

  // MARK: Parts

  /// A member, or `nil` if it is missing or null.
  func optional(_ key: String) -> TokenizerEntry? {
    guard let member = value[key] else { return nil }
    if case .null = member { return nil }
    return below(key, member)
  }

  /// A member.
  ///
  /// - Throws: `CheckpointError` when it is missing or null.
  func required(_ key: String) throws -> TokenizerEntry {
    guard let entry = optional(key) else {
      throw below(key, .null).malformed("a value", found: "none")
    }
    return entry
  }

  /// Rejects any other members, so that no setting is silently ignored. Members that are null do not count.
  ///
  /// - Throws: `CheckpointError` for another member, for two members with one key, and for a value that is not an
  ///   object.
  func requireKeys(_ keys: Set<String>) throws {
    guard case .object(let members) = value else { throw malformed("an object") }
    var found: Set<String> = []
    for member in members {
      let key = String(decoding: member.key, as: UTF8.self)
      guard found.insert(key).inserted else {
        throw below(key, member.value).malformed("one value", found: "two")
      }
      if case .null = member.value { continue }
      guard keys.contains(key) else {
        let known = keys.sorted().joined(separator: ", ")
        throw below(key, member.value).unsupported(
          known.isEmpty ? "no setting" : "no setting besides \(known)")
      }
    }
  }

  /// The elements of a list.
  func list() throws -> [TokenizerEntry] {
    guard case .list(let values) = value else { throw malformed("a list") }
    return values.enumerated().map { below("\($0.offset)", $0.element) }
  }

  private func below(_ key: String, _ value: JSONValue) -> TokenizerEntry {
    TokenizerEntry(value, file: file, path: path.isEmpty ? key : "\(path).\(key)")
  }

  // MARK: Values

  func bytes() throws -> [UInt8] {
    guard case .text(let bytes) = value else { throw malformed("text") }
    return bytes
  }

  func text() throws -> String { String(decoding: try bytes(), as: UTF8.self) }

  func bool() throws -> Bool {
    guard case .bool(let bool) = value else { throw malformed("true or false") }
    return bool
  }

  func bool(_ key: String, default missing: Bool) throws -> Bool {
    try optional(key)?.bool() ?? missing
  }

  func number() throws -> Double {
    guard let number = value.double else { throw malformed("a number") }
    return number
  }

  /// A whole number within bounds.
  func whole(in bounds: ClosedRange<Int>) throws -> Int {
    guard let number = value.double, let whole = Int(exactly: number),
      bounds.contains(whole)
    else { throw malformed("a whole number from \(bounds.lowerBound) to \(bounds.upperBound)") }
    return whole
  }

  /// The id of a token.
  func token() throws -> Int32 { Int32(try whole(in: 0...TokenVocabulary.largestNumber)) }

  // MARK: Messages

  /// An error about an invalid value.
  func malformed(_ expected: String, found: String? = nil) -> CheckpointError {
    CheckpointError(
      .malformed, file: file, key: path.isEmpty ? nil : path, expected: expected,
      found: found ?? description, advice: Self.copyAgain)
  }

  /// An error about a valid value that is not supported.
  func unsupported(_ supported: String, found: String? = nil) -> CheckpointError {
    CheckpointError(
      .unsupported, file: file, key: path.isEmpty ? nil : path, expected: supported,
      found: found ?? description, advice: Self.chooseAnother)
  }

  private var description: String {
    switch value {
    case .null: "null"
    case .bool(let bool): bool ? "true" : "false"
    case .number(let number): number.count <= 40 ? number : "a number of \(number.count) digits"
    case .text(let bytes): CheckpointError.listed([String(decoding: bytes, as: UTF8.self)])
    case .list(let values): "a list of \(values.count)"
    case .object: "an object"
    }
  }
}

/// The values of one JSON object, with defaults, bounds, and error messages that name the key.
struct ConfigurationValues<Key: CodingKey> {
  private let container: KeyedDecodingContainer<Key>

  init(_ container: KeyedDecodingContainer<Key>) {
    self.container = container
  }

  /// Whether the key is present, even as null.
  func isPresent(_ key: Key) -> Bool { container.contains(key) }

  /// A value, or `nil` if the key is missing or null.
  func optional<Value: Decodable>(_ type: Value.Type, _ key: Key) throws -> Value? {
    try container.decodeIfPresent(type, forKey: key)
  }

  func value<Value: Decodable>(_ key: Key, default missing: Value) throws -> Value {
    try container.decodeIfPresent(Value.self, forKey: key) ?? missing
  }

  func count(_ key: Key, default missing: Int, in bounds: ClosedRange<Int>) throws -> Int {
    let count = try value(key, default: missing)
    try check(count, key, in: bounds)
    return count
  }

  func number(_ key: Key, default missing: Float, in bounds: ClosedRange<Float>) throws -> Float {
    let number = try value(key, default: missing)
    try check(number, key, in: bounds)
    return number
  }

  func list(_ key: Key, default missing: [Int], in bounds: ClosedRange<Int>) throws -> [Int] {
    let list = try value(key, default: missing)
    for element in list { try check(element, key, in: bounds) }
    return list
  }

  /// A number for each level, written either once or for each level.
  func perLevel(_ key: Key, default missing: Int, levels: Int, in bounds: ClosedRange<Int>) throws
    -> [Int]
  {
    let given = try optional(OneOrMany<Int>.self, key) ?? .one(missing)
    let list = try given.perLevel(levels, key: key.stringValue)
    for element in list { try check(element, key, in: bounds) }
    return list
  }

  func check<Value: Comparable>(_ value: Value, _ key: Key, in bounds: ClosedRange<Value>) throws {
    guard bounds.contains(value) else {
      throw ConfigurationProblem.wrong(
        key.stringValue, expected: "\(bounds.lowerBound) to \(bounds.upperBound)",
        found: "\(value)")
    }
  }

  // MARK: Unsupported settings

  /// Throws if the key has a value other than the supported one.
  func require(_ key: Key, _ supported: String, or synonym: String? = nil) throws {
    guard let found = try optional(String.self, key), found != supported, found != synonym else {
      return
    }
    throw ConfigurationProblem.unsupported(
      key.stringValue, supported: "\"\(supported)\"", found: CheckpointError.quoted(found))
  }

  /// Throws if the key is true.
  func requireFalse(_ key: Key) throws {
    guard try value(key, default: false) else { return }
    throw ConfigurationProblem.unsupported(key.stringValue, supported: "false", found: "true")
  }

  /// Throws if the key has any value other than null.
  func requireNull(_ key: Key) throws {
    guard container.contains(key), try !container.decodeNil(forKey: key) else { return }
    throw ConfigurationProblem.unsupported(
      key.stringValue, supported: "null", found: "a value")
  }
}

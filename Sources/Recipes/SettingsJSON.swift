import Files

/// Reads values from the JSON of settings in pictures.
extension JSONValue {
  /// The maximum length of a text in bytes.
  private static let longest = 8 << 20

  /// Reads a text, leniently; `nil` if it is not JSON, too long, or nested too deeply.
  init?(_ text: String) {
    guard let value = try? JSONValue(Array(text.utf8), style: .lenient, longest: Self.longest)
    else { return nil }
    self = value
  }

  /// The first of these members of an object that exists and is not null.
  func first(_ keys: String...) -> JSONValue? {
    keys.lazy.compactMap { self[$0] }.first { $0 != .null }
  }

  /// A text, a number or a boolean as text.
  var text: String? {
    switch self {
    case .text(let bytes): String(decoding: bytes, as: UTF8.self)
    case .number(let text): text
    case .bool(let value): value ? "true" : "false"
    case .null, .list, .object: nil
    }
  }

  /// The values of a list; none for other values.
  var items: [JSONValue] {
    if case .list(let items) = self { items } else { [] }
  }

  /// The members of an object, with the last of equal keys; none for other values.
  var members: [String: JSONValue] {
    guard case .object(let members) = self else { return [:] }
    return members.reduce(into: [:]) { $0[String(decoding: $1.key, as: UTF8.self)] = $1.value }
  }

  /// Whether it is an object.
  var isObject: Bool {
    if case .object = self { true } else { false }
  }

  /// Whether it is the number 0, false, null or an empty text, list or object.
  var isNothing: Bool {
    switch self {
    case .null: true
    case .bool(let value): !value
    case .number: double == 0
    case .text(let bytes): bytes.isEmpty
    case .list(let items): items.isEmpty
    case .object(let members): members.isEmpty
    }
  }
}

/// A JSON value (RFC 8259).
///
/// Text is kept as bytes, because `String` compares by canonical equivalence and a vocabulary may contain `é` both as
/// one character and as two. Numbers are kept as written, because a seed of 64 bits does not fit a `Double`. An object
/// keeps all its members in order, including those with equal keys.
package enum JSONValue: Sendable, Hashable {
  case null
  case bool(Bool)
  case number(String)
  /// UTF-8.
  case text([UInt8])
  case list([JSONValue])
  case object([Member])

  /// A member of an object; its key is UTF-8.
  package struct Member: Sendable, Hashable {
    package let key: [UInt8]
    package let value: JSONValue
  }

  /// Reads a whole text.
  ///
  /// - Parameters:
  ///   - bytes: The text, in UTF-8.
  ///   - style: How closely the text must follow the RFC.
  ///   - longest: The maximum number of bytes.
  /// - Throws: ``JSONError`` if there are more bytes, or they are not UTF-8, not JSON, or nested too deeply.
  package init(_ bytes: [UInt8], style: JSONReader.Style, longest: Int) throws(JSONError) {
    guard bytes.count <= longest else {
      throw JSONError(expected: "at most \(longest) bytes", found: "\(bytes.count) bytes")
    }
    guard String(validating: bytes, as: UTF8.self) != nil else {
      throw JSONError(expected: "text in UTF-8", found: "bytes that are not")
    }
    var reader = JSONReader(bytes: bytes, style: style)
    self = try reader.value()
    try reader.end()
  }

  /// The member of an object with this key; if several have it, the last one, as in most programs.
  package subscript(_ key: String) -> JSONValue? {
    guard case .object(let members) = self else { return nil }
    return members.last { $0.key.elementsEqual(key.utf8) }?.value
  }

  /// A number, rounded to a `Double`; `nil` for other values.
  package var double: Double? {
    guard case .number(let text) = self else { return nil }
    // Vocabularies have hundreds of thousands of small whole numbers.
    if text.utf8.count <= 15, let whole = Int(text) { return Double(whole) }
    return Double(text)
  }

  /// The text, if this is one; `nil` for other values.
  package var string: String? {
    if case .text(let bytes) = self { String(decoding: bytes, as: UTF8.self) } else { nil }
  }
}

/// The reason why bytes are not JSON.
package struct JSONError: Error, Hashable {
  /// What was expected.
  package let expected: String
  /// What was found.
  package let found: String
}

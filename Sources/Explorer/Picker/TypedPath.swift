/// A typed or pasted path: terminals and file managers put quotes around it, escape its spaces, or turn it into a URL.
struct TypedPath: Sendable, Hashable {
  /// The path itself.
  let path: String

  init(_ typed: String) {
    var text = Substring(typed)
    while text.first?.isWhitespace == true { text.removeFirst() }
    while text.last?.isWhitespace == true { text.removeLast() }
    if let quote = text.first, quote == "'" || quote == "\"", text.count > 1, text.last == quote {
      path = String(text.dropFirst().dropLast())
    } else if text.hasPrefix("file://") {
      let place = text.dropFirst(7)
      // The part before the path is a host name, usually empty.
      path = Self.unescaped(place.drop { $0 != "/" })
    } else {
      path = Self.withoutBackslashes(text)
    }
  }

  /// Decodes percent signs with two hexadecimal digits into the bytes they represent (RFC 3986); unchanged if the
  /// result is not text.
  private static func unescaped(_ text: Substring) -> String {
    var bytes: [UInt8] = []
    var rest = Substring(text)[...]
    while let first = rest.first {
      rest.removeFirst()
      if first == "%", rest.count >= 2, let byte = UInt8(rest.prefix(2), radix: 16) {
        bytes.append(byte)
        rest.removeFirst(2)
      } else {
        bytes += Array(String(first).utf8)
      }
    }
    return String(validating: bytes, as: UTF8.self) ?? String(text)
  }

  /// Removes backslashes that a shell needs before its special characters.
  private static func withoutBackslashes(_ text: Substring) -> String {
    var path = ""
    var isEscaped = false
    for character in text {
      if isEscaped {
        if !" ()[]{}'\"&;!$*?<>|#`~\\".contains(character) { path.append("\\") }
        path.append(character)
        isEscaped = false
      } else if character == "\\" {
        isEscaped = true
      } else {
        path.append(character)
      }
    }
    return isEscaped ? path + "\\" : path
  }
}

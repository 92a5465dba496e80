/// A path as it was typed or pasted: terminals and file managers put quotes around it, escape its spaces, or make it an
/// address.
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
      // What stands before the path is a host's name, mostly none.
      path = Self.unescaped(place.drop { $0 != "/" })
    } else {
      path = Self.withoutBackslashes(text)
    }
  }

  /// Percent signs with two hexadecimal digits as the bytes that they stand for (RFC 3986); as it is where that is no text.
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

  /// A backslash before a character that a shell would read as its own is the shell's.
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

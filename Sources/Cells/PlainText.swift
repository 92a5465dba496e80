/// Makes text from outside (a prompt, a file name, a picture's settings) safe for a terminal.
public enum PlainText {
  /// The text, with a placeholder for everything that a terminal would obey rather than display: control characters,
  /// and those that reverse the direction of writing.
  ///
  /// - Parameter keepsLines: Whether line breaks and tabs are kept.
  public static func of(_ text: String, keepsLines: Bool = false) -> String {
    guard text.unicodeScalars.contains(where: isCommand) else { return text }
    var plain = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      let isKept = !isCommand(scalar) || keepsLines && (scalar == "\n" || scalar == "\t")
      plain.append(isKept ? scalar : "\u{fffd}")
    }
    return String(plain)
  }

  /// Makes JSON safe in the same way: a reader decodes the escapes to the same text.
  public static func json(_ text: String) -> String {
    guard text.unicodeScalars.contains(where: isCommand) else { return text }
    return text.unicodeScalars.reduce(into: "") { json, scalar in
      guard isCommand(scalar) else { return json.unicodeScalars.append(scalar) }
      let digits = String(scalar.value, radix: 16)
      json += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
    }
  }

  private static func isCommand(_ scalar: Unicode.Scalar) -> Bool {
    if scalar.isASCII { return scalar.value < 0x20 || scalar.value == 0x7f }
    switch scalar.value {
    case 0x80...0x9f, 0x2028...0x202e, 0x2066...0x2069: return true
    default: return false
    }
  }
}

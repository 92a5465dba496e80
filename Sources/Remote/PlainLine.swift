/// Makes a server's text safe to display in a terminal.
enum PlainLine {
  /// Whether a name can be displayed as it is, and has at most 200 bytes.
  static func isPlain(_ name: String) -> Bool {
    name.utf8.count <= 200 && of(name, limit: 200) == name
  }

  /// One line without control characters and marks that change the direction of text, cut to a length that fits.
  static func of(_ text: String, limit: Int = 160) -> String {
    var line = ""
    for scalar in text.unicodeScalars.prefix(limit) {
      switch scalar.properties.generalCategory {
      case .control, .format, .lineSeparator, .paragraphSeparator, .privateUse, .unassigned:
        line.append(" ")
      default: line.unicodeScalars.append(scalar)
      }
    }
    let words = line.split(separator: " ").joined(separator: " ")
    return text.unicodeScalars.count > limit ? words + "…" : words
  }
}

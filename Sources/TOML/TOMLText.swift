/// A TOML text by lines, some of which can be left out.
///
/// The lines are divided into statements without checking their syntax, so that a wrong statement can be left out and
/// the others read.
struct TOMLText {
  /// The text. Lines that are left out become spaces, so that everything else stays in place.
  private(set) var bytes: [UInt8]
  /// Where each line begins.
  private let starts: [Int]

  /// A text; a byte order mark at its beginning is dropped.
  init(_ bytes: [UInt8]) {
    let text = bytes.starts(with: [0xef, 0xbb, 0xbf]) ? Array(bytes.dropFirst(3)) : bytes
    self.bytes = text
    starts = [0] + text.indices.filter { text[$0] == .lineFeed }.map { $0 + 1 }
  }

  /// The number of lines; the text after the last line feed is one.
  var count: Int { starts.count }

  /// The place where the text is not UTF-8, counted from line 1 and column 1.
  var invalidPlace: TOMLPlace? {
    var (line, column) = (1, 1)
    var parser = Unicode.UTF8.ForwardParser()
    var iterator = bytes.makeIterator()
    while true {
      switch parser.parseScalar(from: &iterator) {
      case .emptyInput: return nil
      case .error: return TOMLPlace(line: line, column: column)
      case .valid(let scalar):
        if scalar.first == .lineFeed {
          (line, column) = (line + 1, 1)
        } else {
          column += 1
        }
      }
    }
  }

  /// Blanks lines, counted from 0. `false` if they were blank before.
  mutating func leaveOut(_ lines: Range<Int>) -> Bool {
    var isChanged = false
    for line in lines {
      for index in range(of: line) where !bytes[index].isBlank {
        bytes[index] = .space
        isChanged = true
      }
    }
    return isChanged
  }

  /// The lines, from 0, of the statement that a line belongs to. A table header includes all lines of the table, since
  /// they would otherwise belong elsewhere.
  ///
  /// - Parameter takesRest: Whether all following lines belong to it as well.
  func statement(at line: Int, takingRest takesRest: Bool = false) -> Range<Int> {
    let (statements, isClosed) = statements
    let index = max(0, (statements.firstIndex { $0 > line } ?? statements.count) - 1)
    let first = statements[index]
    let later = statements[(index + 1)...]
    var end = count
    if takesRest {
      end = count
    } else if beginsHeader(first) {
      end = later.first(where: beginsHeader) ?? count
    } else if let next = later.first {
      end = next
    } else if !isClosed {
      // A bracket or quote is never closed, so the next line that looks like a statement is treated as one.
      end = (first + 1..<count).first(where: looksLikeStatement) ?? count
    }
    while end > first + 1, range(of: end - 1).allSatisfy({ bytes[$0].isBlank }) { end -= 1 }
    return first..<end
  }

  private func range(of line: Int) -> Range<Int> {
    starts[line]..<(line + 1 < count ? starts[line + 1] - 1 : bytes.count)
  }

  /// The lines that begin a statement, a blank line or a comment, and whether the last of these is complete.
  private var statements: (lines: [Int], isClosed: Bool) {
    var lines = [0]
    var (index, line, depth) = (0, 0, 0)
    while index < bytes.count {
      let byte = bytes[index]
      if index == starts[line], depth == 0, beginsHeader(line) {
        index = range(of: line).upperBound
        continue
      }
      switch byte {
      case .lineFeed:
        index += 1
        line += 1
        if depth == 0 { lines.append(line) }
      case .hash: index = range(of: line).upperBound
      case .quote, .apostrophe:
        guard let end = endOfString(at: index) else { return (lines, false) }
        line += bytes[index..<end].count { $0 == .lineFeed }
        index = end
      case .openBracket:
        index += 1
        depth += 1
      case .closeBracket:
        index += 1
        depth = max(0, depth - 1)
      default: index += 1
      }
    }
    return (lines, depth == 0)
  }

  /// The index after the string that begins at an index; `nil` if a multi-line string is not closed. A single-line
  /// string ends with the line at the latest.
  private func endOfString(at start: Int) -> Int? {
    let mark = bytes[start]
    let isLong = start + 2 < bytes.count && bytes[start + 1] == mark && bytes[start + 2] == mark
    var index = start + (isLong ? 3 : 1)
    while index < bytes.count {
      let byte = bytes[index]
      if byte == .lineFeed, !isLong { return index }
      if byte == .backslash, mark == .quote {
        index += index + 1 < bytes.count && bytes[index + 1] == .lineFeed && !isLong ? 1 : 2
      } else if byte != mark {
        index += 1
      } else if !isLong {
        return index + 1
      } else {
        // Two quotation marks may precede the three that close it.
        let marks = bytes[index...].prefix(5).prefix { $0 == mark }.count
        index += marks
        if marks >= 3 { return index }
      }
    }
    return isLong ? nil : bytes.count
  }

  private func beginsHeader(_ line: Int) -> Bool {
    range(of: line).lazy.map { bytes[$0] }.first { !$0.isBlank } == .openBracket
  }

  /// Whether a line is a key with an equals sign, or the header of a table.
  private func looksLikeStatement(_ line: Int) -> Bool {
    let text = bytes[range(of: line)].drop(while: \.isBlank)
    if text.first == .openBracket {
      let name = text.drop { $0 == .openBracket }.prefix { $0.isInKey }
      let rest = text[name.endIndex...]
      return !name.isEmpty && rest.first == .closeBracket
        && rest.drop { $0 == .closeBracket || $0.isBlank }.first ?? .hash == .hash
    }
    let key = text.prefix { $0.isInKey }
    return !key.isEmpty && text[key.endIndex...].first == .equals
  }

  /// Text for messages, shortened: on one line, without control characters.
  static func shown(_ text: String, limit: Int = 40) -> String {
    var scalars = String.UnicodeScalarView()
    for scalar in text.unicodeScalars {
      guard scalars.count < limit else { return String(scalars) + "…" }
      switch scalar {
      case "\n": scalars += "\\n".unicodeScalars
      case "\r": scalars += "\\r".unicodeScalars
      case "\t": scalars += "\\t".unicodeScalars
      case _ where scalar.properties.generalCategory == .control: scalars.append("\u{fffd}")
      default: scalars.append(scalar)
      }
    }
    return String(scalars)
  }
}

extension UInt8 {
  fileprivate static let lineFeed = UInt8(ascii: "\n")
  fileprivate static let space = UInt8(ascii: " ")
  fileprivate static let hash = UInt8(ascii: "#")
  fileprivate static let quote = UInt8(ascii: "\"")
  fileprivate static let apostrophe = UInt8(ascii: "'")
  fileprivate static let backslash = UInt8(ascii: "\\")
  fileprivate static let openBracket = UInt8(ascii: "[")
  fileprivate static let closeBracket = UInt8(ascii: "]")
  fileprivate static let equals = UInt8(ascii: "=")

  /// Whether it is white space at the beginning or end of a line.
  fileprivate var isBlank: Bool {
    [.space, .lineFeed, UInt8(ascii: "\t"), UInt8(ascii: "\r")].contains(self)
  }

  /// Whether it can be in a key, its quotes, or the space around it.
  fileprivate var isInKey: Bool {
    switch self {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "A")...UInt8(ascii: "Z"),
      UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "_"),
      UInt8(ascii: "."), UInt8(ascii: "\t"), .space, .quote, .apostrophe:
      true
    default: false
    }
  }
}

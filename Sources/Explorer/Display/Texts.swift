import Cells

extension String {
  /// The text in lines of at most this many columns, broken between words if they fit.
  func wrapped(columns: Int) -> [String] {
    guard columns > 0 else { return [] }
    var lines: [String] = []
    var line = ""
    for word in split(separator: " ") {
      var word = String(word)
      if !line.isEmpty, CellWidth.of(line) + 1 + CellWidth.of(word) > columns {
        lines.append(line)
        line = ""
      }
      while CellWidth.of(word) > columns {
        let fitting = CellWidth.prefix(word, columns: columns)
        guard !fitting.isEmpty else { return lines }
        lines.append(fitting)
        word = String(word.dropFirst(fitting.count))
      }
      line += (line.isEmpty ? "" : " ") + word
    }
    return line.isEmpty ? lines : lines + [line]
  }

  /// The text in at most this many columns; a longer text is cut and ends in an ellipsis.
  func cut(columns: Int) -> String {
    CellWidth.of(self) <= columns
      ? self : CellWidth.prefix(self, columns: max(0, columns - 1)) + "…"
  }

  /// The text aligned to the right of a column, so that numbers keep their places.
  func padded(_ width: Int) -> String {
    String(repeating: " ", count: max(0, width - count)) + self
  }
}

extension [String] {
  /// Sentences in at most this many lines. Whole sentences are left out from the end if they do not fit: half a
  /// sentence could mean the opposite.
  func lines(columns: Int, most: Int) -> [String] {
    var lines: [String] = []
    for text in self {
      let parts = text.replacing("; ", with: ";\n").replacing(". ", with: ".\n").split(
        separator: "\n")
      let fitting = (1...Swift.max(1, parts.count)).reversed().lazy
        .map { count -> [String] in
          var text = parts.prefix(count).joined(separator: " ")
          if text.hasSuffix(";") { text = text.dropLast() + "." }
          return text.wrapped(columns: columns)
        }
        .first { lines.count + $0.count <= most }
      lines += fitting ?? []
    }
    return lines
  }
}

extension Double {
  /// The number with this many decimal places.
  func fixed(_ digits: Int) -> String {
    guard isFinite, abs(self) < 1e12 else { return "∞" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let whole = Int((abs(self) * scale).rounded())
    let head = (self < 0 ? "-" : "") + "\(whole / Int(scale))"
    guard digits > 0 else { return head }
    let tail = "\(whole % Int(scale))"
    return head + "." + String(repeating: "0", count: digits - tail.count) + tail
  }
}

extension Float {
  /// The number with this many decimal places.
  func fixed(_ digits: Int) -> String { Double(self).fixed(digits) }
}

extension CaseIterable where Self: Equatable, AllCases == [Self] {
  /// The case this many places further on, wrapping around at the end.
  func turned(by places: Int) -> Self {
    let all = Self.allCases
    let index = all.firstIndex(of: self) ?? 0
    return all[(index + places % all.count + all.count) % all.count]
  }
}

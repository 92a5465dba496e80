/// Cleans pasted text: text copied from a program may contain sequences that a terminal would execute.
enum PastedText {
  /// The text of these bytes, with line endings as `\n`.
  ///
  /// Escape sequences (ECMA-48, 7 and 8 bits) are removed as a whole, an unfinished one as far as it goes, and so are
  /// other control characters except line endings and tabs.
  static func plain(_ bytes: [UInt8]) -> String {
    let text = String(decoding: bytes, as: UTF8.self)
      .replacing("\r\n", with: "\n").replacing("\r", with: "\n")
    let scalars = Array(text.unicodeScalars)
    var kept = String.UnicodeScalarView()
    var position = 0
    while position < scalars.count {
      let scalar = scalars[position]
      switch scalar.value {
      case 0x1b: position = end(ofEscape: scalars, from: position + 1)
      case 0x9b: position = end(ofControlSequence: scalars, from: position + 1)
      // DCS, SOS, OSC, PM and APC in 8 bits.
      case 0x90, 0x98, 0x9d, 0x9e, 0x9f: position = end(ofString: scalars, from: position + 1)
      default:
        let isKept =
          scalar == "\n" || scalar == "\t" || scalar.properties.generalCategory != .control
        if isKept { kept.append(scalar) }
        position += 1
      }
    }
    return String(kept)
  }

  /// The end of a sequence whose ESC is before `start`.
  private static func end(ofEscape scalars: [Unicode.Scalar], from start: Int) -> Int {
    guard start < scalars.count else { return start }
    switch scalars[start] {
    case "[": return end(ofControlSequence: scalars, from: start + 1)
    case "]", "P", "X", "^", "_": return end(ofString: scalars, from: start + 1)
    // A single shift, and the character that it applies to.
    case "N", "O":
      let next = start + 1
      return next < scalars.count && isIn(0x20...0x7e, scalars[next]) ? next + 1 : next
    default:
      var end = start
      while end < scalars.count, isIn(0x20...0x2f, scalars[end]) { end += 1 }
      return end < scalars.count && isIn(0x30...0x7e, scalars[end]) ? end + 1 : end
    }
  }

  /// The end of a control sequence whose parameters begin at `start`.
  private static func end(ofControlSequence scalars: [Unicode.Scalar], from start: Int) -> Int {
    var end = start
    while end < scalars.count, isIn(0x20...0x3f, scalars[end]) { end += 1 }
    return end < scalars.count && isIn(0x40...0x7e, scalars[end]) ? end + 1 : end
  }

  /// The end of a string for the terminal: after BEL or ST, before another sequence, or with its line.
  private static func end(ofString scalars: [Unicode.Scalar], from start: Int) -> Int {
    var end = start
    while end < scalars.count {
      switch scalars[end].value {
      case 0x07, 0x9c: return end + 1
      case 0x1b:
        let isTerminator = end + 1 < scalars.count && scalars[end + 1] == "\\"
        return isTerminator ? end + 2 : end
      case 0x0a: return end
      default: end += 1
      }
    }
    return end
  }

  private static func isIn(_ range: ClosedRange<UInt32>, _ scalar: Unicode.Scalar) -> Bool {
    range.contains(scalar.value)
  }
}

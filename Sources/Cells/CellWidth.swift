/// How many columns text takes on a terminal, and how it is displayed.
///
/// Terminals agree on the widths of scalars (`wcwidth`), but not on those of combinations: families of emoji, flags,
/// conjuncts. Such a grapheme is therefore shown as its separate glyphs, side by side, and the scalars that would join
/// or change them are left out, so that everything on the screen stays in its place.
public enum CellWidth {
  /// The width of one grapheme in columns: 0 if it is not shown, 2 for East Asian wide characters and emoji, otherwise
  /// 1 for each of its glyphs.
  public static func of(_ character: Character) -> Int {
    let scalars = character.unicodeScalars
    guard let first = scalars.first else { return 0 }
    // Lines, blocks and sextants, which most of a screen consists of, and ASCII.
    if first.isASCII || isBlock(first) { return of(first) }
    if scalars.index(after: scalars.startIndex) == scalars.endIndex { return of(first) }
    return glyphs(of: character).reduce(0) { $0 + $1.columns }
  }

  /// The width of a text in columns.
  public static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

  /// The beginning of a text that fits into this many columns.
  public static func prefix(_ text: String, columns: Int) -> String {
    var left = columns
    return String(
      text.prefix { character in
        left -= of(character)
        return left >= 0
      })
  }

  /// How a grapheme is displayed: glyphs of one or two columns, each with its combining marks.
  static func glyphs(of character: Character) -> [(glyph: Character, columns: Int)] {
    var glyphs: [(glyph: Character, columns: Int)] = []
    for scalar in character.unicodeScalars {
      // Few terminals handle joiners and variation selectors; a skin tone is a separate picture.
      if isForm(scalar) || !glyphs.isEmpty && scalar.properties.isEmojiModifier { continue }
      let columns = of(scalar)
      if columns > 0 {
        glyphs.append((Character(letter(of: scalar) ?? scalar), columns))
      } else if let last = glyphs.last, isMark(scalar) {
        var marked = String(last.glyph)
        marked.unicodeScalars.append(scalar)
        // Scalars that do not form a single grapheme cannot share a cell.
        if marked.count == 1 { glyphs[glyphs.count - 1].glyph = Character(marked) }
      }
    }
    return glyphs
  }

  // MARK: Scalars

  private static func of(_ scalar: Unicode.Scalar) -> Int {
    if scalar.isASCII { return scalar.value >= 0x20 && scalar.value != 0x7f ? 1 : 0 }
    if isBlock(scalar) || letter(of: scalar) != nil { return 1 }
    if scalar.properties.isEmojiPresentation { return 2 }
    switch scalar.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark, .surrogate, .lineSeparator,
      .paragraphSeparator:
      return 0
    default: return isJoined(scalar.value) ? 0 : isWide(scalar.value) ? 2 : 1
    }
  }

  private static func isBlock(_ scalar: Unicode.Scalar) -> Bool {
    (0x2500...0x259f).contains(scalar.value) || (0x1fb00...0x1fb3b).contains(scalar.value)
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .enclosingMark: true
    default: isJoined(scalar.value)
    }
  }

  private static func isForm(_ scalar: Unicode.Scalar) -> Bool {
    (0xfe00...0xfe0f).contains(scalar.value) || (0xe0100...0xe01ef).contains(scalar.value)
      || scalar.properties.generalCategory == .format
  }

  /// Flags are shown as their letters.
  private static func letter(of scalar: Unicode.Scalar) -> Unicode.Scalar? {
    guard (0x1f1e6...0x1f1ff).contains(scalar.value) else { return nil }
    return Unicode.Scalar(scalar.value - 0x1f1e6 + 0x41)
  }

  /// The vowels and final consonants of Hangul, which join the consonant before them.
  private static func isJoined(_ scalar: UInt32) -> Bool {
    (0x1160...0x11ff).contains(scalar) || (0xd7b0...0xd7ff).contains(scalar)
  }

  /// Unicode's East Asian Width W and F (UAX #11), by blocks.
  private static func isWide(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0xa4cf, 0xa960...0xa97f,
      0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19, 0xfe30...0xfe6f, 0xff00...0xff60,
      0xffe0...0xffe6, 0x16fe0...0x18d08, 0x1aff0...0x1b2ff, 0x1f200...0x1f2ff,
      0x20000...0x3fffd:
      true
    default: false
    }
  }
}

/// How many columns text takes on a terminal.
public enum CellWidth {
  /// Columns of one grapheme: 0 for what is not shown, 2 for East Asian wide characters and emoji, else 1.
  public static func of(_ character: Character) -> Int {
    guard let first = character.unicodeScalars.first else { return 0 }
    if first.isASCII { return first.value >= 0x20 && first.value != 0x7f ? 1 : 0 }
    // Lines, blocks and sextants, which most of a screen is made of.
    if (0x2500...0x259f).contains(first.value) || (0x1fb00...0x1fb3b).contains(first.value) {
      return 1
    }
    if first.properties.isEmojiPresentation
      || character.unicodeScalars.contains(where: { $0.value == 0xfe0f })
    {
      return 2
    }
    switch first.properties.generalCategory {
    case .control, .format, .nonspacingMark, .enclosingMark, .surrogate: return 0
    default: return isWide(first.value) ? 2 : 1
    }
  }

  /// Columns of a text.
  public static func of(_ text: String) -> Int { text.reduce(0) { $0 + of($1) } }

  /// Unicode's East Asian Width W and F (UAX #11), by blocks.
  private static func isWide(_ scalar: UInt32) -> Bool {
    switch scalar {
    case 0x1100...0x115f, 0x2e80...0x303e, 0x3041...0x33ff, 0x3400...0x4dbf, 0x4e00...0x9fff,
      0xa000...0xa4cf, 0xa960...0xa97f, 0xac00...0xd7a3, 0xf900...0xfaff, 0xfe10...0xfe19,
      0xfe30...0xfe6f, 0xff00...0xff60, 0xffe0...0xffe6, 0x1b000...0x1b2ff, 0x1f200...0x1f2ff,
      0x20000...0x3fffd:
      true
    default: false
    }
  }
}

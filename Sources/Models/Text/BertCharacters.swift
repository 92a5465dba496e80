import Foundation

/// The treatment of single characters in BERT's tokenizer (Devlin et al. 2018; `BasicTokenizer` of
/// google-research/bert), in agreement with Hugging Face's `tokenizers` on all of Unicode.
enum BertCharacters {
  /// The role of a character in the search for words.
  enum Role {
    /// It is removed.
    case dropped
    /// It separates two words and is removed.
    case space
    /// It is a word by itself.
    case alone
    /// It is part of a word.
    case letter
  }

  /// The role of a character of the text, before accents are removed and letters become lower case.
  static func rawRole(_ scalar: Unicode.Scalar) -> Role {
    switch scalar.value {
    case 0x21...0x7E: return .letter
    case 0x20, 0x09, 0x0A, 0x0D: return .space
    case 0, 0xFFFD: return .dropped
    default: break
    }
    if isDroppedCategory(scalar) { return .dropped }
    if scalar.properties.isWhitespace { return .space }
    return isIdeograph(scalar.value) ? .alone : .letter
  }

  /// The role of a character after accents are removed and letters become lower case.
  static func role(_ scalar: Unicode.Scalar) -> Role {
    switch scalar.value {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return .letter
    case 0x21...0x7E: return .alone
    default: break
    }
    if scalar.properties.isWhitespace { return .space }
    return isPunctuation(scalar) ? .alone : .letter
  }

  /// Passes on what remains of a character: decomposed, without marks, in lower case.
  static func forEachPlain(of scalar: Unicode.Scalar, _ body: (Unicode.Scalar) -> Void) {
    switch scalar.value {
    case 0x41...0x5A: body(Unicode.Scalar(UInt8(scalar.value) | 0x20))
    case 0..<0xC0: body(scalar)
    default:
      // Decomposing single characters differs from decomposing the whole text only in the order of marks on one letter,
      // and the marks that affect this order are removed.
      for part in String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
      where !isStrippedMark(part) {
        for lower in part.properties.lowercaseMapping.unicodeScalars { body(lower) }
      }
    }
  }

  // MARK: Classes

  // The reference was built with the tables of Unicode 8.0. Later characters count as letters there, and a few
  // characters have since been moved to other categories.

  private static func isDroppedCategory(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .privateUse: true
    case .format: isInUnicode8(scalar)
    default: false
    }
  }

  /// Whether a mark is removed together with accents.
  static func isStrippedMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x1734, 0x1171E: true
    case 0x1885, 0x1886, 0xA9BD, 0x111C9: false
    default: scalar.properties.generalCategory == .nonspacingMark && isInUnicode8(scalar)
    }
  }

  private static func isPunctuation(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .connectorPunctuation, .dashPunctuation, .openPunctuation, .closePunctuation,
      .initialPunctuation, .finalPunctuation, .otherPunctuation:
      isInUnicode8(scalar)
    default: scalar.value == 0x166D || scalar.value == 0x111C9
    }
  }

  private static func isInUnicode8(_ scalar: Unicode.Scalar) -> Bool {
    guard let age = scalar.properties.age else { return false }
    return (age.major, age.minor) <= (8, 0)
  }

  /// The blocks of Chinese characters that BERT separates.
  ///
  /// Extension E really begins at 2B820, but the vocabulary was made with 2B920, so this value is kept.
  static func isIdeograph(_ value: UInt32) -> Bool {
    switch value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}

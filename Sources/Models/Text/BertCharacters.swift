import Foundation

/// What BERT's tokenizer does with single characters (Devlin et al. 2018; `BasicTokenizer` of
/// google-research/bert), agreeing with Hugging Face's `tokenizers` on all of Unicode.
enum BertCharacters {
  /// What becomes of a character before words are looked for.
  enum Role {
    /// It vanishes.
    case dropped
    /// It parts two words and vanishes.
    case space
    /// It is a word by itself.
    case alone
    /// It is a part of a word.
    case letter
  }

  /// The role of a character of the text, before accents and case are taken off.
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

  /// The role of a character that accents and case have been taken off.
  static func role(_ scalar: Unicode.Scalar) -> Role {
    switch scalar.value {
    case 0x30...0x39, 0x41...0x5A, 0x61...0x7A: return .letter
    case 0x21...0x7E: return .alone
    default: break
    }
    if scalar.properties.isWhitespace { return .space }
    return isPunctuation(scalar) ? .alone : .letter
  }

  /// Hands over what is left of a character: decomposed, without marks, in lower case.
  static func forEachPlain(of scalar: Unicode.Scalar, _ body: (Unicode.Scalar) -> Void) {
    switch scalar.value {
    case 0x41...0x5A: body(Unicode.Scalar(UInt8(scalar.value) | 0x20))
    case 0..<0xC0: body(scalar)
    default:
      // Decomposing characters one by one differs from decomposing the text only in the order of
      // marks on one letter, and marks that matter to that order are taken off.
      for part in String(scalar).decomposedStringWithCanonicalMapping.unicodeScalars
      where !isStrippedMark(part) {
        for lower in part.properties.lowercaseMapping.unicodeScalars { body(lower) }
      }
    }
  }

  // MARK: Classes

  // The tables that the reference was built with are those of Unicode 8.0. Later characters count
  // as letters there, and a few characters have been put into other categories since.

  private static func isDroppedCategory(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .privateUse: true
    case .format: isInUnicode8(scalar)
    default: false
    }
  }

  /// Whether a mark is taken off with the accents.
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
  /// Extension E really begins at 2B820; the vocabulary was made with 2B920, so that stands.
  static func isIdeograph(_ value: UInt32) -> Bool {
    switch value {
    case 0x4E00...0x9FFF, 0x3400...0x4DBF, 0x20000...0x2A6DF, 0x2A700...0x2B73F,
      0x2B740...0x2B81F, 0x2B920...0x2CEAF, 0xF900...0xFAFF, 0x2F800...0x2FA1F:
      true
    default: false
    }
  }
}

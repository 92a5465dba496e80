/// Parsing and formatting sentences as lists of lower-case words.
enum Sentence {
  /// Longer sentences are cut. With five choices for each place, a step of the program then tries at most
  /// ``Denoising/mostProposals`` sentences.
  static let mostWords = 12
  /// Longer words are cut, so that a line with two of them fits.
  static let longestWord = 12
  /// One character can be many scalars, such as letters with hundreds of accents.
  private static let mostScalars = 48

  /// The sentence as written, with “an” before a vowel.
  static func text(_ words: [String]) -> String { written(words).joined(separator: " ") }

  /// The words as written, with “an” before a vowel.
  static func written(_ words: [String]) -> [String] {
    words.indices.map { index in
      guard words[index] == "a", index + 1 < words.count, let next = words[index + 1].first,
        "aeiou".contains(next)
      else { return words[index] }
      return "an"
    }
  }

  /// The words of a typed text, and whether some were left out.
  ///
  /// Control characters count as spaces. Punctuation around a word is removed.
  static func words(of text: String) -> (words: [String], isCut: Bool) {
    let spaced = String(
      String.UnicodeScalarView(text.unicodeScalars.map { isPrintable($0) ? $0 : " " }))
    let words = spaced.split(whereSeparator: \.isWhitespace).compactMap(word)
    return (Array(words.prefix(mostWords)), words.count > mostWords)
  }

  /// Whether a character may be typed into a sentence.
  static func isPrintable(_ character: Character) -> Bool {
    character.unicodeScalars.allSatisfy(isPrintable)
  }

  private static func isPrintable(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .control, .surrogate, .lineSeparator, .paragraphSeparator, .unassigned, .privateUse:
      false
    // Directional controls could reverse the rest of the line. The joiner inside an emoji may stay.
    case .format: scalar == "\u{200D}"
    default: true
    }
  }

  /// Whether a scalar can stand alone, unlike accents and joiners.
  private static func isVisible(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark, .format, .spaceSeparator: false
    default: true
    }
  }

  private static func word(_ piece: Substring) -> String? {
    var piece = piece[...]
    while let first = piece.first, first.isPunctuation { piece.removeFirst() }
    while let last = piece.last, last.isPunctuation { piece.removeLast() }
    var word = ""
    for character in piece.lowercased().prefix(longestWord) {
      guard word.unicodeScalars.count + character.unicodeScalars.count <= mostScalars else { break }
      word.append(character)
    }
    guard word.unicodeScalars.contains(where: isVisible) else { return nil }
    return word == "an" ? "a" : word
  }
}

import Foundation

/// How a text is changed before it is split: the entry `normalizer` of a tokenizer's file.
///
/// It agrees with `tokenizers`. Characters keep their original places.
indirect enum TokenNormalizer: Sendable, Hashable {
  /// A normal form of Unicode (Annex 15).
  enum Form: String, Sendable, Hashable, CaseIterable {
    case nfc = "NFC"
    case nfd = "NFD"
    case nfkc = "NFKC"
    case nfkd = "NFKD"
  }

  /// The operations of BERT's normalizer.
  struct Bert: Sendable, Hashable {
    /// Whether control characters are dropped and all white space becomes spaces.
    var cleansText = true
    /// Whether Chinese characters get spaces around them.
    var separatesChinese = true
    var stripsAccents = true
    var lowercases = true
  }

  case form(Form)
  case lowercase
  /// Drops combining marks, without decomposing characters first.
  case stripAccents
  /// Drops white space at the beginning, the end, or both.
  case strip(left: Bool, right: Bool)
  case bert(Bert)
  case replace(TokenPattern, with: [Unicode.Scalar])
  /// Adds a prefix to a text that is not empty.
  case prepend([Unicode.Scalar])
  case precompiled(PrecompiledCharacters)
  case sequence([TokenNormalizer])

  // The reference was built with the tables of Unicode 9.0. It treats later characters as unassigned: they are not
  // marks, and they neither decompose nor compose.

  /// Whether a character is in Unicode 9.0.
  fileprivate static func isOld(_ scalar: Unicode.Scalar) -> Bool {
    guard let age = scalar.properties.age else { return false }
    return age.major <= 9
  }

  private static func isMark(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    // Their categories have changed since.
    case 0x1CF2, 0x1CF3: true
    case 0x111C9: false
    default: scalar.properties.generalCategory.isMark && isOld(scalar)
    }
  }

  /// The normalised text.
  func apply(_ text: PlacedText) -> PlacedText {
    switch self {
    case .form(let form): return text.normalized(form)
    case .lowercase: return text.mapped { Array($0.properties.lowercaseMapping.unicodeScalars) }
    case .stripAccents:
      return text.mapped { TokenNormalizer.isMark($0) ? [] : [$0] }
    case .strip(let left, let right): return text.stripped(left: left, right: right)
    case .bert(let bert): return bert.apply(text)
    case .replace(let pattern, let content): return text.replacing(pattern, with: content)
    case .prepend(let scalars): return text.prepending(scalars)
    case .precompiled(let characters): return characters.apply(text)
    case .sequence(let normalizers): return normalizers.reduce(text) { $1.apply($0) }
    }
  }
}

extension TokenNormalizer.Bert {
  fileprivate func apply(_ text: PlacedText) -> PlacedText {
    var result = text
    if cleansText {
      result = result.mapped { scalar in
        switch BertCharacters.rawRole(scalar) {
        case .dropped: []
        case .space: [" "]
        case .alone, .letter: [scalar]
        }
      }
    }
    if separatesChinese {
      result = result.mapped { BertCharacters.isIdeograph($0.value) ? [" ", $0, " "] : [$0] }
    }
    if stripsAccents {
      result = result.normalized(.nfd).mapped { BertCharacters.isStrippedMark($0) ? [] : [$0] }
    }
    if lowercases {
      result = result.mapped { Array($0.properties.lowercaseMapping.unicodeScalars) }
    }
    return result
  }
}

extension PlacedText {
  /// The text with each character replaced by others.
  fileprivate func mapped(_ body: (Unicode.Scalar) -> [Unicode.Scalar]) -> PlacedText {
    var result = PlacedText()
    for (scalar, place) in zip(scalars, places) {
      for new in body(scalar) { result.append(new, place) }
    }
    return result
  }

  fileprivate func stripped(left: Bool, right: Bool) -> PlacedText {
    var (start, end) = (0, scalars.count)
    while left, start < end, scalars[start].properties.isWhitespace { start += 1 }
    while right, start < end, scalars[end - 1].properties.isWhitespace { end -= 1 }
    return self[start..<end]
  }

  fileprivate func replacing(_ pattern: TokenPattern, with content: [Unicode.Scalar]) -> PlacedText
  {
    var result = PlacedText()
    var start = 0
    for match in pattern.matches(in: scalars) {
      result.append(self[start..<match.lowerBound])
      for scalar in content { result.append(scalar, place(of: match)) }
      start = match.upperBound
    }
    result.append(self[start..<scalars.count])
    return result
  }

  fileprivate func normalized(_ form: TokenNormalizer.Form) -> PlacedText {
    var result = PlacedText()
    var start = 0
    while start < scalars.count {
      // Characters never compose or change places across the borders of such clusters.
      var end = start + 1
      while end < scalars.count, TokenNormalizer.isOld(scalars[start]),
        form.mayJoin(scalars[end])
      { end += 1 }
      if end == start + 1, !TokenNormalizer.isOld(scalars[start]) || scalars[start].isASCII {
        result.append(scalars[start], places[start])
      } else {
        var cluster = String.UnicodeScalarView()
        cluster.append(contentsOf: scalars[start..<end])
        let new = form.apply(String(cluster)).unicodeScalars
        let isSame = new.elementsEqual(cluster)
        let whole = place(of: start..<end)
        for (offset, scalar) in new.enumerated() {
          result.append(scalar, isSame ? places[start + offset] : whole)
        }
      }
      start = end
    }
    return result
  }
}

extension TokenNormalizer.Form {
  fileprivate func apply(_ text: String) -> String {
    // Foundation's decomposition does not sort the marks that it separates, so it is applied twice. Its composition for
    // NFKC misses pairs such as halfwidth katakana and their marks.
    let decomposed =
      switch self {
      case .nfc, .nfd:
        text.decomposedStringWithCanonicalMapping.decomposedStringWithCanonicalMapping
      case .nfkc, .nfkd:
        text.decomposedStringWithCompatibilityMapping.decomposedStringWithCanonicalMapping
      }
    return switch self {
    case .nfc, .nfkc: decomposed.precomposedStringWithCanonicalMapping
    case .nfd, .nfkd: decomposed
    }
  }

  /// Whether a character may compose or change places with earlier ones: marks, and the vowels and final consonants of
  /// Hangul, even if only its compatibility form is one.
  fileprivate func mayJoin(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300, TokenNormalizer.isOld(scalar) else { return false }
    let isCompatible = self == .nfkc || self == .nfkd
    let first =
      isCompatible
      ? String(scalar).decomposedStringWithCompatibilityMapping.unicodeScalars.first ?? scalar
      : scalar
    return (0x1161...0x11FF).contains(first.value) || first.properties.generalCategory.isMark
  }
}

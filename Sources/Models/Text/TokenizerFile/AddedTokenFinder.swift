/// Finds added tokens in a text: the leftmost first, and of those the longest, as in `tokenizers`.
struct AddedTokenFinder: Sendable {
  /// A part of a text: an added token, or the text between two of them.
  struct Part: Sendable {
    let token: Int32?
    let range: Range<Int>
  }

  private var trie = ScalarTrie()
  private var tokens: [AddedToken] = []

  /// - Parameters:
  ///   - tokens: The tokens to find.
  ///   - normalizer: How the text was normalised; the tokens are normalised the same way.
  init(_ tokens: [AddedToken], normalizer: TokenNormalizer? = nil) {
    for token in tokens {
      let text = PlacedText(token.content)
      let scalars = (normalizer?.apply(text) ?? text).scalars
      guard !scalars.isEmpty else { continue }
      trie.insert(scalars, Int32(self.tokens.count))
      self.tokens.append(token)
    }
  }

  /// The parts of a text, in order; none is empty.
  func parts(of text: [Unicode.Scalar]) -> [Part] {
    guard !tokens.isEmpty else {
      return text.isEmpty ? [] : [Part(token: nil, range: 0..<text.count)]
    }
    var parts: [Part] = []
    var (start, place) = (0, 0)
    while place < text.count {
      guard let (index, end) = trie.longest(in: text, at: place) else {
        place += 1
        continue
      }
      let token = tokens[Int(index)]
      let match = place..<end
      place = end
      if token.isSingleWord, !Self.standsAlone(match, text) { continue }
      var from = match.lowerBound
      while token.takesLeft, from > start, text[from - 1].properties.isWhitespace { from -= 1 }
      while token.takesRight, place < text.count, text[place].properties.isWhitespace { place += 1 }
      if start < from { parts.append(Part(token: nil, range: start..<from)) }
      parts.append(Part(token: token.id, range: from..<place))
      start = place
    }
    if start < text.count { parts.append(Part(token: nil, range: start..<text.count)) }
    return parts
  }

  /// Whether a range is not part of a longer word.
  private static func standsAlone(_ stretch: Range<Int>, _ text: [Unicode.Scalar]) -> Bool {
    let word = ScalarClass.Kind.joinedWord
    let isJoined = stretch.lowerBound > 0 && word.contains(text[stretch.lowerBound - 1])
    let goesOn = stretch.upperBound < text.count && word.contains(text[stretch.upperBound])
    return !isJoined && !goesOn
  }
}

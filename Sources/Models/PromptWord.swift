/// A word of a prompt and its tokens.
public struct PromptWord: Sendable, Hashable {
  /// As it stands in the prompt.
  public let text: String
  /// Where it stands, in characters from the prompt's beginning.
  public let characters: Range<Int>
  /// Its tokens among those of ``PromptEmbedding/tokens``.
  public let tokens: Range<Int>
}

extension PromptWord {
  /// Tokens gathered into words: letters and digits that touch are one word, together with apostrophes within; every
  /// other run of signs that touch is one by itself. A word that goes on in another chunk counts as two.
  static func words(of prompt: String, tokens: [PlacedToken]) -> [PromptWord] {
    var groups: [(range: Range<String.Index>, tokens: Range<Int>, isWord: Bool)] = []
    for (number, token) in tokens.enumerated() {
      let next = number + 1 < tokens.count ? tokens[number + 1] : nil
      let text = prompt[token.range]
      var isWord = text.unicodeScalars.contains(where: isOfWord)
      if var last = groups.last, last.tokens.upperBound == token.index,
        last.range.upperBound >= token.range.lowerBound
      {
        // Between the letters of "don't", and of "l'été".
        let joins =
          last.isWord && (text == "'" || text == "\u{2019}")
          && next.map { goesOn(prompt, from: token, to: $0) } == true
        isWord = isWord || joins
        // A character that several tokens share is never cut.
        if last.isWord == isWord || last.range.upperBound > token.range.lowerBound {
          last.range = last.range.lowerBound..<max(last.range.upperBound, token.range.upperBound)
          last.tokens = last.tokens.lowerBound..<(token.index + 1)
          groups[groups.count - 1] = last
          continue
        }
      }
      groups.append((token.range, token.index..<(token.index + 1), isWord))
    }
    return groups.map { group in
      let start = prompt.distance(from: prompt.startIndex, to: group.range.lowerBound)
      // A part of a character stands for all of it.
      let end = prompt.distance(from: prompt.startIndex, to: group.range.upperBound)
      let isCut = prompt.index(prompt.startIndex, offsetBy: end) < group.range.upperBound
      return PromptWord(
        text: String(prompt[group.range]), characters: start..<(end + (isCut ? 1 : 0)),
        tokens: group.tokens)
    }
  }

  private static func goesOn(_ prompt: String, from token: PlacedToken, to next: PlacedToken)
    -> Bool
  {
    next.index == token.index + 1 && next.range.lowerBound == token.range.upperBound
      && prompt[next.range].unicodeScalars.contains(where: isOfWord)
  }

  private static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }
}

/// A word of a prompt and its tokens.
public struct PromptWord: Sendable, Hashable {
  /// As written in the prompt.
  public let text: String
  /// Its range in the prompt, in characters.
  public let characters: Range<Int>
  /// The indices of its tokens in ``PromptEmbedding/tokens``.
  public let tokens: Range<Int>
}

extension PromptWord {
  /// Groups tokens into words: adjacent letters and digits form one word, with the apostrophes between them; adjacent
  /// other characters form words of their own. A word that continues in another chunk counts as two.
  static func words(of prompt: String, tokens: [PlacedToken]) -> [PromptWord] {
    var groups: [(range: Range<String.Index>, tokens: Range<Int>, isWord: Bool)] = []
    for (number, token) in tokens.enumerated() {
      let next = number + 1 < tokens.count ? tokens[number + 1] : nil
      let text = prompt[token.range]
      var isWord = text.unicodeScalars.contains(where: isOfWord)
      if var last = groups.last, last.tokens.upperBound == token.index,
        last.range.upperBound >= token.range.lowerBound
      {
        // Between the letters of "don't" and of "l'été".
        let joins =
          last.isWord && (text == "'" || text == "\u{2019}")
          && next.map { goesOn(prompt, from: token, to: $0) } == true
        isWord = isWord || joins
        // A character shared by several tokens is never split.
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
      // A part of a character represents the whole character.
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

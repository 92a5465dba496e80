import Foundation
import Recipes

extension Pipeline {
  /// The added words that occur in none of these prompts. As in the reading of prompts, case does not matter, and part
  /// of a longer word does not count.
  public func unusedWords(in prompts: [String]) -> [Recipe.Embedding] {
    let texts = prompts.map { Array($0.lowercased().unicodeScalars) }
    return signature.blank.embeddings.filter { one in
      let word = Array(one.word.lowercased().unicodeScalars)
      return !texts.contains { Self.stands(word, in: $0) }
    }
  }

  private static func stands(_ word: [Unicode.Scalar], in text: [Unicode.Scalar]) -> Bool {
    guard let first = word.first, let last = word.last, word.count <= text.count else {
      return false
    }
    return (0...(text.count - word.count)).contains { start in
      let end = start + word.count
      guard text[start..<end].elementsEqual(word) else { return false }
      let isJoined =
        start > 0 && CLIPCharacters.isOfWord(first) && CLIPCharacters.isOfWord(text[start - 1])
      let goesOn =
        end < text.count && CLIPCharacters.isOfWord(last) && CLIPCharacters.isOfWord(text[end])
      return !isJoined && !goesOn
    }
  }
}

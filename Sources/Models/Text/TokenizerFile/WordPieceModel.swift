/// Cuts each word into pieces, from its beginning, always taking the longest that fits (Wu et al. 2016); agrees with
/// `tokenizers`.
struct WordPieceModel: Sendable {
  /// Pieces that begin a word.
  private var first = ScalarTrie()
  /// Pieces within a word, without the prefix that marks them.
  private var inside = ScalarTrie()
  private let unknown: Int32
  private let longestWord: Int

  init(_ description: TokenizerModel.WordPieces) {
    let prefix = Array(description.prefix.unicodeScalars)
    for (word, id) in description.vocabulary.ids {
      let scalars = Array(String(decoding: word, as: UTF8.self).unicodeScalars)
      first.insert(scalars, id)
      if scalars.starts(with: prefix) { inside.insert(scalars[prefix.count...], id) }
    }
    unknown = description.unknown
    longestWord = description.longestWord
  }

  /// The tokens of a word, which is not empty.
  func append(_ word: PlacedText, to tokens: inout [TextTokenizer.Token]) {
    let count = word.scalars.count
    let before = tokens.count
    var start = 0
    while start < count {
      let trie = start == 0 ? first : inside
      guard count <= longestWord, let (id, end) = trie.longest(in: word.scalars, at: start) else {
        tokens.removeSubrange(before...)
        tokens.append(TextTokenizer.Token(id: unknown, range: word.place(of: 0..<count)))
        return
      }
      tokens.append(TextTokenizer.Token(id: id, range: word.place(of: start..<end)))
      start = end
    }
  }
}

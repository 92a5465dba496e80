/// Merges pairs of symbols in the order in which they were learnt (Sennrich et al. 2016); agrees with `tokenizers`.
struct BytePairModel: Sendable {
  private let description: TokenizerModel.BytePairs
  private let merges: MergeTable
  /// The token of each byte, for unknown characters; empty if the model has no byte fallback.
  private let bytes: [Int32?]

  /// - Throws: `CheckpointError` when a merge names a token that the vocabulary lacks.
  init(_ description: TokenizerModel.BytePairs, file: String) throws {
    self.description = description
    let ids = description.vocabulary.ids
    // Symbols inside a word may begin with a prefix. A merge drops the prefix of its right symbol.
    let prefix = Array(description.prefix.utf8)
    merges = try MergeTable(description.merges, ids: ids, file: file) { left, right in
      left + (right.starts(with: prefix) ? right.dropFirst(prefix.count) : right[...])
    }
    bytes =
      description.fallsBackToBytes
      ? ByteToken.names.map { ids[Array($0.utf8)] } : []
  }

  /// The tokens of a word, which is not empty.
  func append(_ word: PlacedText, to tokens: inout [TextTokenizer.Token]) {
    let ids = description.vocabulary.ids
    if description.keepsWholeWords,
      let id = ids[word.scalars.flatMap { Array(String($0).utf8) }]
    {
      tokens.append(
        TextTokenizer.Token(id: id, range: word.place(of: word.scalars.indices)))
      return
    }
    var merging = SymbolMerging(merges)
    var wasUnknown = false
    for (index, scalar) in word.scalars.enumerated() {
      let utf8 = Array(String(scalar).utf8)
      let prefix = index > 0 ? Array(description.prefix.utf8) : []
      let suffix = index == word.scalars.count - 1 ? Array(description.suffix.utf8) : []
      if let id = ids[prefix + utf8 + suffix] {
        merging.append(id, place: index)
        wasUnknown = false
        continue
      }
      let fallback = bytes.isEmpty ? [] : (prefix + utf8 + suffix).map { bytes[Int($0)] }
      let known = fallback.compactMap(\.self)
      if !known.isEmpty, known.count == fallback.count {
        for id in known { merging.append(id, place: index) }
        wasUnknown = false
      } else if let unknown = description.unknown {
        if description.fusesUnknown, wasUnknown {
          merging.extendLast(to: index)
        } else {
          merging.append(unknown, place: index)
        }
        wasUnknown = true
      }
    }
    for symbol in merging.merged() {
      tokens.append(
        TextTokenizer.Token(
          id: symbol.id, range: word.place(of: symbol.first..<(symbol.last + 1))))
    }
  }
}

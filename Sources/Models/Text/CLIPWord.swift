/// The bytes of one word of CLIP's tokenizer during merging.
struct CLIPWord {
  private let vocabulary: CLIPVocabulary
  private var merging: SymbolMerging
  private var last: UInt8?

  init(_ vocabulary: CLIPVocabulary) {
    self.vocabulary = vocabulary
    merging = SymbolMerging(vocabulary.merges)
  }

  /// Adds a character; `place` is its range, which its symbols remember.
  mutating func append(_ scalar: Unicode.Scalar, place: Int) {
    for byte in UTF8.encode(scalar) ?? UTF8.encodedReplacementCharacter {
      merging.append(vocabulary.inside[Int(byte)], place: place)
      last = byte
    }
  }

  /// The symbols that remain when no more pairs merge.
  mutating func merged() -> [SymbolMerging.Symbol] {
    guard let last else { return [] }
    merging.replaceLast(with: vocabulary.atEnd[Int(last)])
    return merging.merged()
  }
}

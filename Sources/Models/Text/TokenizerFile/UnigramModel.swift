/// Cuts text into the most probable sequence of pieces (Kudo 2018; SentencePiece).
///
/// An unknown character scores 10 less than the lowest score, and consecutive unknown characters become one token.
struct UnigramModel: Sendable {
  /// How much less an unknown character scores than the lowest score.
  private static let unknownPenalty = 10.0

  private let trie: ScalarTrie
  private let scores: [Double]
  private let unknown: Int32
  private let unknownScore: Double
  /// The token of each byte, for unknown characters; empty if the model has no byte fallback.
  private let bytes: [Int32?]
  /// Whether scores are added in single precision.
  private let isSingle: Bool

  /// The model of a `tokenizer.json`; agrees with `tokenizers`.
  init(_ description: TokenizerModel.Unigram) {
    var trie = ScalarTrie()
    for (id, piece) in description.pieces.enumerated() {
      trie.insert(String(decoding: piece, as: UTF8.self).unicodeScalars, Int32(id))
    }
    self.trie = trie
    isSingle = false
    scores = description.scores
    unknown = description.unknown
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
    bytes =
      description.fallsBackToBytes
      ? ByteToken.names.map { trie.value(of: Array($0.unicodeScalars)[...]) } : []
  }

  /// The model of a `spiece.model`; agrees with SentencePiece.
  init(_ file: SentencePieceFile) {
    let normal = file.pieces.filter { $0.kind == .normal }.map(\.score)
    let most = normal.max() ?? 0
    var trie = ScalarTrie()
    for (id, piece) in file.pieces.enumerated()
    where piece.kind == .normal || piece.kind == .userDefined {
      trie.insert(piece.text.unicodeScalars, Int32(id))
    }
    self.trie = trie
    isSingle = true
    // A user-defined symbol scores so high that it is always chosen.
    scores = file.pieces.map { piece in
      piece.kind == .userDefined
        ? Double(Float(piece.text.utf8.count) * most) - 0.1 : Double(piece.score)
    }
    unknown = file.unknown
    unknownScore = Double((normal.min() ?? 0) - Float(Self.unknownPenalty))
    bytes = file.bytes
  }

  /// The tokens of a piece of text.
  func append(_ text: PlacedText, to tokens: inout [TextTokenizer.Token]) {
    for stretch in best(text.scalars) {
      let range = text.place(of: stretch)
      let scalars = text.scalars[stretch]
      if let id = trie.value(of: scalars) {
        tokens.append(TextTokenizer.Token(id: id, range: range))
        continue
      }
      let fallback = bytes.isEmpty ? [] : scalars.flatMap { String($0).utf8.map { bytes[Int($0)] } }
      let known = fallback.compactMap(\.self)
      if !known.isEmpty, known.count == fallback.count {
        tokens += known.map { TextTokenizer.Token(id: $0, range: range) }
      } else {
        tokens.append(TextTokenizer.Token(id: unknown, range: range))
      }
    }
  }

  /// The best split of the text up to a place (Viterbi 1967).
  private struct Step {
    var score = 0.0
    /// The start of its last piece; -1 if no split ends here.
    var start = -1
    var isUnknown = false
  }

  /// The pieces of the best split; consecutive unknown ones are joined.
  private func best(_ scalars: [Unicode.Scalar]) -> [Range<Int>] {
    var steps = Array(repeating: Step(), count: scalars.count + 1)
    func offer(_ score: Double, _ id: Int32, from start: Int, to end: Int) {
      guard steps[end].start < 0 || score > steps[end].score else { return }
      steps[end] = Step(
        score: isSingle ? Double(Float(score)) : score, start: start, isUnknown: id == unknown)
    }
    for start in scalars.indices {
      let score = steps[start].score
      var (node, end) = (ScalarTrie.root, start)
      var isPiece = false
      while end < scalars.count, let next = trie.next(node, scalars[end]) {
        node = next
        end += 1
        guard let id = trie.value(node) else { continue }
        offer(score + scores[Int(id)], id, from: start, to: end)
        if end == start + 1 { isPiece = true }
      }
      if !isPiece { offer(score + unknownScore, unknown, from: start, to: start + 1) }
    }
    return stretches(steps)
  }

  private func stretches(_ steps: [Step]) -> [Range<Int>] {
    var backwards: [Range<Int>] = []
    var wasUnknown = false
    var end = steps.count - 1
    while end > 0 {
      let step = steps[end]
      if step.isUnknown, wasUnknown, let last = backwards.last {
        backwards[backwards.count - 1] = step.start..<last.upperBound
      } else {
        backwards.append(step.start..<end)
      }
      (wasUnknown, end) = (step.isUnknown, step.start)
    }
    return backwards.reversed()
  }
}

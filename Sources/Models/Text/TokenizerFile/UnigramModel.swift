/// Cuts text into the most probable sequence of pieces (Kudo 2018; SentencePiece).
///
/// As in `tokenizers`, an unknown character scores 10 below the lowest score, and consecutive ones become one token.
struct UnigramModel: Sendable {
  /// How far an unknown character scores below the lowest score.
  private static let unknownPenalty = 10.0

  private let trie: ScalarTrie
  private let scores: [Double]
  private let unknown: Int32
  private let unknownScore: Double
  /// The token of each byte, for unknown characters; empty where the model has no byte fallback.
  private let bytes: [Int32?]

  init(_ description: TokenizerModel.Unigram) {
    var trie = ScalarTrie()
    for (id, piece) in description.pieces.enumerated() {
      trie.insert(String(decoding: piece, as: UTF8.self).unicodeScalars, Int32(id))
    }
    self.trie = trie
    scores = description.scores
    unknown = description.unknown
    unknownScore = (scores.min() ?? 0) - Self.unknownPenalty
    bytes =
      description.fallsBackToBytes
      ? (UInt8(0)...255).map { byte in
        let digits = String(byte, radix: 16, uppercase: true)
        return trie.value(of: Array("<0x\(byte < 16 ? "0" : "")\(digits)>".unicodeScalars)[...])
      } : []
  }

  /// The tokens of a piece of text, which is not empty.
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

  /// The best cut of the text up to a place (Viterbi 1967).
  private struct Step {
    var score = 0.0
    /// Where its last piece begins; -1 while no way leads here.
    var start = -1
    var isUnknown = false
  }

  /// The pieces of the best cut; consecutive unknown ones are joined.
  private func best(_ scalars: [Unicode.Scalar]) -> [Range<Int>] {
    var steps = Array(repeating: Step(), count: scalars.count + 1)
    func offer(_ score: Double, _ id: Int32, from start: Int, to end: Int) {
      guard steps[end].start < 0 || score > steps[end].score else { return }
      steps[end] = Step(score: score, start: start, isUnknown: id == unknown)
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

/// How a text is split into pieces before the model cuts them into tokens: the entry `pre_tokenizer` of a tokenizer's
/// file. Agrees with `tokenizers`.
indirect enum TokenSplitter: Sendable, Hashable {
  /// What happens to the matches at which a text is split.
  enum Behavior: String, Sendable, Hashable, CaseIterable {
    case removed = "Removed"
    case isolated = "Isolated"
    case mergedWithPrevious = "MergedWithPrevious"
    case mergedWithNext = "MergedWithNext"
    case contiguous = "Contiguous"
  }

  /// Which pieces are prefixed with the marker of ``metaspace(_:_:splits:)``.
  enum Scheme: String, Sendable, Hashable, CaseIterable {
    case always, never, first
  }

  /// At white space, which is dropped, and around punctuation.
  case bert
  /// At white space, which is dropped.
  case whitespace
  /// At the matches of a pattern or, if inverted, at the text between them.
  case pattern(TokenPattern, Behavior, isInverted: Bool)
  /// Into words, if there is a pattern for them; then each byte is written as a visible character.
  case byteLevel(addsSpace: Bool, words: TokenPattern?)
  /// Before spaces, which are replaced by a visible character.
  case metaspace(Unicode.Scalar, Scheme, splits: Bool)
  case sequence([TokenSplitter])

  /// The pieces of a text; none is empty.
  ///
  /// - Parameter start: The beginning of the original text.
  func pieces(of text: PlacedText, start: String.Index) -> [PlacedText] {
    guard !text.scalars.isEmpty else { return [] }
    switch self {
    case .bert: return Self.bertPieces(of: text)
    case .whitespace:
      return text.parts(at: text.characters(\.properties.isWhitespace), .removed)
    case .pattern(let pattern, let behavior, let isInverted):
      return text.parts(
        at: pattern.matches(in: text.scalars), behavior, isInverted: isInverted)
    case .byteLevel(let addsSpace, let words):
      let text = addsSpace && text.scalars[0] != " " ? text.prepending([" "]) : text
      let pieces = words.map { text.parts(at: $0.matches(in: text.scalars), .isolated) } ?? [text]
      return pieces.map(Self.bytes)
    case .metaspace(let sign, let scheme, let splits):
      var text = text
      for index in text.scalars.indices where text.scalars[index] == " " {
        text.scalars[index] = sign
      }
      let isMarked =
        scheme == .always || scheme == .first && text.places[0].lowerBound == start
      if isMarked, text.scalars[0] != sign { text = text.prepending([sign]) }
      guard splits else { return [text] }
      return text.parts(at: text.characters { $0 == sign }, .mergedWithNext)
    case .sequence(let splitters):
      return splitters.reduce([text]) { pieces, splitter in
        pieces.flatMap { splitter.pieces(of: $0, start: start) }
      }
    }
  }

  private static func bertPieces(of text: PlacedText) -> [PlacedText] {
    text.parts(at: text.characters(\.properties.isWhitespace), .removed).flatMap { word in
      word.parts(
        at: word.characters {
          if case .alone = BertCharacters.role($0) { true } else { false }
        }, .isolated)
    }
  }

  /// The bytes of a piece, each as the character that represents it.
  private static func bytes(of piece: PlacedText) -> PlacedText {
    var result = PlacedText()
    for (scalar, place) in zip(piece.scalars, piece.places) {
      for byte in String(scalar).utf8 {
        result.append(CLIPVocabulary.letters[Int(byte)], place)
      }
    }
    return result
  }
}

extension PlacedText {
  /// The places of the characters for which a condition holds.
  fileprivate func characters(_ condition: (Unicode.Scalar) -> Bool) -> [Range<Int>] {
    scalars.indices.filter { condition(scalars[$0]) }.map { $0..<($0 + 1) }
  }

  /// The text split at matches, which are in order; no part is empty.
  fileprivate func parts(
    at matches: [Range<Int>], _ behavior: TokenSplitter.Behavior, isInverted: Bool = false
  ) -> [PlacedText] {
    var all: [(range: Range<Int>, isMatch: Bool)] = []
    var start = 0
    for match in matches {
      if start < match.lowerBound { all.append((start..<match.lowerBound, isInverted)) }
      all.append((match, !isInverted))
      start = match.upperBound
    }
    if start < scalars.count { all.append((start..<scalars.count, isInverted)) }
    return Self.joined(all, behavior).map { self[$0] }
  }

  private static func joined(
    _ all: [(range: Range<Int>, isMatch: Bool)], _ behavior: TokenSplitter.Behavior
  ) -> [Range<Int>] {
    var result: [Range<Int>] = []
    switch behavior {
    case .removed: return all.filter { !$0.isMatch }.map(\.range)
    case .isolated: return all.map(\.range)
    case .mergedWithPrevious:
      for (index, part) in all.enumerated() {
        if let last = result.last, part.isMatch, !all[index - 1].isMatch {
          result[result.count - 1] = last.lowerBound..<part.range.upperBound
        } else {
          result.append(part.range)
        }
      }
    case .mergedWithNext:
      for (index, part) in all.enumerated() {
        if let last = result.last, !part.isMatch, all[index - 1].isMatch {
          result[result.count - 1] = last.lowerBound..<part.range.upperBound
        } else {
          result.append(part.range)
        }
      }
    case .contiguous:
      for (index, part) in all.enumerated() {
        if let last = result.last, part.isMatch == all[index - 1].isMatch {
          result[result.count - 1] = last.lowerBound..<part.range.upperBound
        } else {
          result.append(part.range)
        }
      }
    }
    return result
  }
}

import Foundation

/// The tokenizer of a `spiece.model`: turns text into token ids as SentencePiece does (Kudo and Richardson 2018).
///
/// Control pieces that are written in a text, such as `</s>`, are treated as text.
struct SentencePieceTokenizer: Sendable {
  private let normalizer: SentencePieceNormalizer
  private let model: UnigramModel

  /// The tokenizer of a file.
  init(_ file: SentencePieceFile) {
    normalizer = SentencePieceNormalizer(file)
    model = UnigramModel(file)
  }

  /// The tokens of a text with their ranges.
  func tokens(of text: String) -> [TextTokenizer.Token] {
    var tokens: [TextTokenizer.Token] = []
    model.append(normalizer.apply(PlacedText(text)), to: &tokens)
    return tokens
  }
}

/// How SentencePiece changes a text before it cuts it into pieces: it replaces characters, removes extra spaces, puts
/// one space before the text, and writes spaces as a visible character.
struct SentencePieceNormalizer: Sendable {
  /// U+2581, which stands for a space.
  static let sign: Unicode.Scalar = "\u{2581}"

  private let characters: PrecompiledCharacters?
  /// User-defined pieces, which are never changed.
  private var symbols = ScalarTrie()
  private let addsPrefix: Bool
  private let removesExtraSpaces: Bool
  /// The character that stands for a space.
  private let space: Unicode.Scalar

  init(_ file: SentencePieceFile) {
    characters = file.characters
    (addsPrefix, removesExtraSpaces) = (file.addsPrefix, file.removesExtraSpaces)
    space = file.escapesSpaces ? Self.sign : " "
    for (number, piece) in file.pieces.enumerated() where piece.kind == .userDefined {
      symbols.insert(piece.text.unicodeScalars, Int32(number))
    }
  }

  /// The normalised text.
  func apply(_ text: PlacedText) -> PlacedText {
    var result = PlacedText()
    var place = 0
    while removesExtraSpaces, place < text.scalars.count {
      let (new, count) = replacement(in: text.scalars, at: place)
      guard new == [" "] else { break }
      place += count
    }
    guard place < text.scalars.count else { return result }
    if addsPrefix { result.append(space, text.places[place]) }
    var followsSpace = removesExtraSpaces
    while place < text.scalars.count {
      let (new, count) = replacement(in: text.scalars, at: place)
      let range = text.place(of: place..<(place + count))
      let kept = followsSpace ? new.drop { $0 == " " } : new[...]
      for scalar in kept { result.append(scalar == " " ? space : scalar, range) }
      if let last = kept.last { followsSpace = removesExtraSpaces && last == " " }
      place += count
    }
    while removesExtraSpaces, result.scalars.last == space { result.removeLast() }
    return result
  }

  /// The replacement for the characters at a place, and how many characters it replaces: user-defined pieces are kept,
  /// otherwise the longest sequence in the table is replaced.
  private func replacement(in text: [Unicode.Scalar], at place: Int) -> (
    new: [Unicode.Scalar], count: Int
  ) {
    if let (_, end) = symbols.longest(in: text, at: place) {
      return (Array(text[place..<end]), end - place)
    }
    return characters?.longest(in: text, at: place) ?? ([text[place]], 1)
  }
}

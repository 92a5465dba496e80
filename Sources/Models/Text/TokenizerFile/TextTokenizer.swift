import Foundation

/// A tokenizer that a `tokenizer.json` describes: turns text into token ids.
///
/// ```swift
/// let tokenizer = try TextTokenizer(contentsOf: folder.appendingPathComponent("tokenizer.json"))
/// let ids = tokenizer.ids(of: "a red apple")
/// ```
package struct TextTokenizer: Sendable {
  /// A piece of the text.
  package struct Token: Sendable, Hashable {
    /// Its id in the vocabulary.
    package let id: Int32
    /// Its range in the text; for a character shared by several tokens, the whole character.
    package let range: Range<String.Index>
  }

  /// A text in the form that a text encoder reads.
  package struct Encoding: Sendable, Hashable {
    /// The template's tokens around the text's, and padding up to the limit.
    package let ids: [Int32]
    /// False for padding.
    package let mask: [Bool]
    /// The number of tokens before the text was cut, including the template's.
    package let count: Int
  }

  private enum Model: Sendable {
    case bytePairs(BytePairModel)
    case wordPieces(WordPieceModel)
    case unigram(UnigramModel)
  }

  private let file: TokenizerFile
  private let model: Model
  /// Finds the added tokens that are matched in the text as written.
  private let written: AddedTokenFinder
  /// Finds the added tokens that are matched in the normalised text.
  private let normalized: AddedTokenFinder

  /// Reads a `tokenizer.json`.
  ///
  /// - Throws: `CheckpointError` when it is missing, malformed, contradicts itself, or uses something that is not
  ///   supported.
  package init(contentsOf url: URL) throws { try self.init(TokenizerFile(contentsOf: url)) }

  /// Reads the text of a `tokenizer.json`; `name` is its name in messages.
  package init(json: Data, name: String) throws {
    try self.init(TokenizerFile(json: [UInt8](json), name: name))
  }

  private init(_ file: TokenizerFile) throws {
    self.file = file
    model =
      switch file.model {
      case .bytePairs(let model): .bytePairs(try BytePairModel(model, file: file.name))
      case .wordPieces(let model): .wordPieces(WordPieceModel(model))
      case .unigram(let model): .unigram(UnigramModel(model))
      }
    written = AddedTokenFinder(file.added.filter { !$0.isNormalized })
    normalized = AddedTokenFinder(
      file.added.filter(\.isNormalized), normalizer: file.normalizer)
  }

  /// The id of a token, such as the padding token.
  package func id(of token: String) -> Int32? { file.id(of: token) }

  /// The largest token id.
  package var largestToken: Int32 { file.largestToken }

  /// The tokens of a text, without the template's, and their ranges in it.
  package func tokens(of text: String) -> [Token] {
    let placed = PlacedText(text)
    var tokens: [Token] = []
    for part in written.parts(of: placed.scalars) {
      if let id = part.token {
        tokens.append(Token(id: id, range: placed.place(of: part.range)))
      } else {
        let plain = placed[part.range]
        read(file.normalizer?.apply(plain) ?? plain, start: text.startIndex, into: &tokens)
      }
    }
    return tokens
  }

  /// The ids of a text's tokens, including the template's.
  package func ids(of text: String) -> [Int32] {
    file.template.before + tokens(of: text).map(\.id) + file.template.after
  }

  /// A text for a text encoder, cut or padded to exactly `limit` tokens; the template's tokens must fit within it.
  package func encode(_ text: String, limit: Int, padding: Int32) -> Encoding {
    let template = file.template
    let room = limit - template.before.count - template.after.count
    precondition(room >= 0, "a text has at least its template's tokens")
    let tokens = tokens(of: text)
    let ids = template.before + tokens.prefix(room).map(\.id) + template.after
    return Encoding(
      ids: ids + Array(repeating: padding, count: limit - ids.count),
      mask: (0..<limit).map { $0 < ids.count }, count: tokens.count + limit - room)
  }

  /// The tokens of a part between those that are matched as written.
  private func read(_ text: PlacedText, start: String.Index, into tokens: inout [Token]) {
    for part in normalized.parts(of: text.scalars) {
      if let id = part.token {
        tokens.append(Token(id: id, range: text.place(of: part.range)))
        continue
      }
      let stretch = text[part.range]
      for piece in file.splitter?.pieces(of: stretch, start: start) ?? [stretch] {
        switch model {
        case .bytePairs(let model): model.append(piece, to: &tokens)
        case .wordPieces(let model): model.append(piece, to: &tokens)
        case .unigram(let model): model.append(piece, to: &tokens)
        }
      }
    }
  }
}

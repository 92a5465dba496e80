import Checkpoints
import Foundation

/// BERT's tokenizer for lower-case models: converts text to the ids of word pieces (Wu et al. 2016, Devlin et al.
/// 2018).
///
/// Control characters and accents are removed, and letters become lower case; Chinese characters and punctuation become
/// separate words. Each word is then cut into the longest pieces in the vocabulary; pieces inside a word are written
/// `##piece`. Special tokens written in the text, such as `[MASK]`, count as such, as in Hugging Face's `tokenizers`.
public struct WordPieceTokenizer: Sendable {
  /// A piece of the text.
  public struct Token: Sendable, Hashable {
    /// Its id in the vocabulary.
    public let id: Int32
    /// Its range in the text.
    public let range: Range<String.Index>
  }

  /// A text in the form that the text encoder reads.
  public struct Encoding: Sendable, Hashable {
    /// `[CLS]`, the tokens, `[SEP]`, and padding up to the limit.
    public let ids: [Int32]
    /// False for padding.
    public let mask: [Bool]
    /// The number of tokens of the whole text, including `[CLS]` and `[SEP]`, before it was cut.
    public let count: Int
  }

  /// Longer words count as unknown.
  private static let longestWord = 100

  private let vocabulary: WordPieceVocabulary
  private let unknown: Int32
  private let opening: Int32
  private let closing: Int32
  private let padding: Int32
  /// Tokens that are matched in the text as written, before anything else.
  private let special: AddedTokenFinder
  /// The largest token id.
  package let largestToken: Int32

  /// Reads a `vocab.txt`, or a `tokenizer.json` if the file's name ends in `json`.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, or lacks one of the tokens BERT needs, or when a
  ///   `tokenizer.json` describes a tokenizer other than that of BERT's lower-case models.
  public init(vocabulary url: URL) throws {
    if url.pathExtension.lowercased() == "json" {
      try self.init(TokenizerFile(contentsOf: url))
      return
    }
    try self.init(WordPieceVocabulary(contentsOf: url), file: url.path)
  }

  private init(_ vocabulary: WordPieceVocabulary, file: String) throws {
    self.vocabulary = vocabulary
    func required(_ word: String) throws -> Int32 {
      guard let id = vocabulary.id(of: word) else {
        throw CheckpointError(
          .malformed, file: file, key: word, expected: "a line with this token",
          found: "none in \(vocabulary.count) lines",
          advice: "Copy the vocabulary again from the model's source")
      }
      return id
    }
    unknown = try required("[UNK]")
    opening = try required("[CLS]")
    closing = try required("[SEP]")
    padding = try required("[PAD]")
    special = AddedTokenFinder(
      ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]"].compactMap { word in
        vocabulary.id(of: word).map { AddedToken(id: $0, content: word) }
      })
    largestToken = Int32(vocabulary.count) - 1
  }

  /// The tokenizer that a `tokenizer.json` describes. Only its vocabulary and added tokens may differ from BERT's.
  ///
  /// - Throws: ``CheckpointError`` that names what else differs.
  init(_ file: TokenizerFile) throws {
    let description = try BertTokenizerFile(file)
    vocabulary = WordPieceVocabulary(ids: description.words)
    (unknown, padding) = (description.unknown, description.padding)
    (opening, closing) = (description.opening, description.closing)
    special = AddedTokenFinder(file.added)
    largestToken = file.largestToken
  }

  /// The number of words in the vocabulary.
  public var vocabularySize: Int { vocabulary.count }

  /// The tokens of a text, without `[CLS]` and `[SEP]`, and their ranges in it.
  public func tokens(of text: String) -> [Token] {
    var run = Run(tokenizer: self, text: text)
    run.readText()
    return run.tokens
  }

  /// A text for the text encoder, cut or padded to exactly `limit` tokens, which must be at least 2.
  public func encode(_ text: String, limit: Int) -> Encoding {
    precondition(limit >= 2, "a text has at least two tokens, its start and its end")
    let tokens = tokens(of: text)
    var ids = [opening]
    ids += tokens.prefix(limit - 2).lazy.map(\.id)
    ids.append(closing)
    let used = ids.count
    ids += Array(repeating: padding, count: limit - used)
    return Encoding(
      ids: ids, mask: ids.indices.map { $0 < used }, count: tokens.count + 2)
  }

  /// Where the part begins that is left out if a text is cut to `limit` tokens; `nil` if nothing is left out.
  ///
  /// A word that is cut in the middle counts as left out as a whole.
  public func ignoredTail(of text: String, limit: Int) -> String.Index? {
    precondition(limit >= 2, "a text has at least two tokens, its start and its end")
    let tokens = tokens(of: text)
    return tokens.count > limit - 2 ? tokens[limit - 2].range.lowerBound : nil
  }
}

extension WordPieceTokenizer {
  /// One pass over one text.
  private struct Run {
    let tokenizer: WordPieceTokenizer
    let scalars: [Unicode.Scalar]
    /// Where each scalar begins, and the text's end.
    let indices: [String.Index]
    var tokens: [Token] = []
    /// The current word, in UTF-8.
    var word: [UInt8] = []
    /// For each of its characters: where its bytes begin, and which scalar of the text it comes from.
    var characters: [(byte: Int, scalar: Int)] = []

    init(tokenizer: WordPieceTokenizer, text: String) {
      self.tokenizer = tokenizer
      scalars = Array(text.unicodeScalars)
      indices = Array(text.unicodeScalars.indices) + [text.endIndex]
    }

    mutating func readText() {
      for part in tokenizer.special.parts(of: scalars) {
        if let id = part.token {
          append(id, from: part.range.lowerBound, to: part.range.upperBound)
        } else {
          for position in part.range { read(position) }
          finishWord()
        }
      }
    }

    private mutating func read(_ position: Int) {
      let scalar = scalars[position]
      switch BertCharacters.rawRole(scalar) {
      case .dropped: break
      case .space: finishWord()
      case .letter: addPlain(of: scalar, position)
      case .alone:
        finishWord()
        addPlain(of: scalar, position)
        finishWord()
      }
    }

    private mutating func addPlain(of scalar: Unicode.Scalar, _ position: Int) {
      var parts: [Unicode.Scalar] = []
      BertCharacters.forEachPlain(of: scalar) { parts.append($0) }
      for part in parts {
        switch BertCharacters.role(part) {
        case .dropped: break
        case .space: finishWord()
        case .letter: add(part, position)
        case .alone:
          finishWord()
          add(part, position)
          finishWord()
        }
      }
    }

    private mutating func add(_ scalar: Unicode.Scalar, _ position: Int) {
      characters.append((word.count, position))
      word.append(contentsOf: UTF8.encode(scalar).map(Array.init) ?? [])
    }

    /// Cuts the current word into pieces: each is the longest in the vocabulary.
    private mutating func finishWord() {
      guard !characters.isEmpty else { return }
      defer {
        word.removeAll(keepingCapacity: true)
        characters.removeAll(keepingCapacity: true)
      }
      let first = tokens.count
      var start = 0
      while start < characters.count {
        guard characters.count <= WordPieceTokenizer.longestWord,
          let (id, end) = longestPiece(from: start)
        else {
          tokens.removeSubrange(first...)
          append(tokenizer.unknown, from: characters[0].scalar, to: lastScalar + 1)
          return
        }
        append(id, from: characters[start].scalar, to: characters[end - 1].scalar + 1)
        start = end
      }
    }

    private var lastScalar: Int { characters[characters.count - 1].scalar }

    /// The longest known piece that begins at a character, and the character after it.
    private func longestPiece(from start: Int) -> (id: Int32, end: Int)? {
      let inside = start > 0
      var hash =
        inside ? WordPieceVocabulary.hashOfContinuation : WordPieceVocabulary.hashOfNothing
      var best: (id: Int32, end: Int)?
      let firstByte = characters[start].byte
      for end in start + 1...characters.count {
        let from = characters[end - 1].byte
        let to = end < characters.count ? characters[end].byte : word.count
        hash = WordPieceVocabulary.hash(word[from..<to], from: hash)
        if let id = tokenizer.vocabulary.id(
          of: word[firstByte..<to], hash: hash, continuing: inside)
        {
          best = (id, end)
        }
      }
      return best
    }

    private mutating func append(_ id: Int32, from: Int, to: Int) {
      tokens.append(Token(id: id, range: indices[from]..<indices[to]))
    }
  }
}

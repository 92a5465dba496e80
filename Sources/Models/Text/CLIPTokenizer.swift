import Checkpoints
import Foundation

/// CLIP's tokenizer: converts text to the ids of byte-level symbols (Radford et al. 2021).
///
/// The text is composed (NFC), white space becomes single spaces, and letters become lower case. Contractions, words,
/// single digits and runs of other characters are separated, and the bytes of each are merged in the order in which the
/// vocabulary learned them; the last byte is marked as the end of a word. Special tokens written in the text count as
/// such, as in Hugging Face's `tokenizers`.
public struct CLIPTokenizer: Sendable {
  /// A piece of the text.
  public struct Token: Sendable, Hashable {
    /// Its id in the vocabulary.
    public let id: Int32
    /// Its range in the text; for a character shared by several tokens, the whole character.
    public let range: Range<String.Index>

    init(id: Int32, range: Range<String.Index>) { (self.id, self.range) = (id, range) }
  }

  /// A text in the form that the text encoder reads.
  public struct Encoding: Sendable, Hashable {
    /// The start token, the tokens, the end token, and padding up to the limit.
    public let ids: [Int32]
    /// False for padding.
    public let mask: [Bool]
    /// The number of tokens of the whole text, including the start and end tokens, before it was cut.
    public let count: Int
  }

  /// The padding after a text's end.
  public enum Padding: Sendable, Hashable {
    /// The end token again: Stable Diffusion 1, and the first encoder of XL.
    case end
    /// The token `!`, whose id is 0: OpenCLIP's encoders of Stable Diffusion 2 and XL.
    case zero
  }

  let vocabulary: CLIPVocabulary
  private let padding: Int32
  /// Tokens that are matched in the text as written, before anything else.
  private let written: AddedTokenFinder
  /// Tokens that are matched after the text is composed and in lower case.
  private var normalized = AddedTokenFinder([])
  /// Whether the pattern that finds words also matches the special tokens.
  private var splitsSpecials = true
  /// The largest token id.
  package private(set) var largestToken: Int32

  /// An added word: it matches in any case, but not inside a longer word.
  private struct Word: Sendable {
    let scalars: [Unicode.Scalar]
    let ids: [Int32]
  }

  private var words: [Word] = []

  /// The tokenizer of OpenAI's and OpenCLIP's models, from the vocabulary included in the program.
  ///
  /// - Throws: `CheckpointError` when the program was installed without its resources.
  public init(padding: Padding = .end) throws {
    let vocabulary = try CLIPVocabulary.embedded()
    self.init(vocabulary, padding: padding == .end ? vocabulary.end : 0)
  }

  /// The tokenizer in a model's folder `tokenizer`: `vocab.json` and `merges.txt`, or else `tokenizer.json`, and the
  /// padding token named in `special_tokens_map.json` or `tokenizer_config.json`.
  ///
  /// - Throws: `CheckpointError` when a file is missing, malformed, or contradicts another, or when `tokenizer.json`
  ///   describes a tokenizer other than CLIP's.
  public init(folder: URL) throws {
    let name = TokenizerFiles.padding(in: folder)
    func number(_ find: (String) throws -> Int32?) throws -> Int32? {
      guard let name else { return nil }
      guard let id = try find(name) else {
        throw CheckpointError(
          .mismatched, file: folder.path, key: "pad_token", expected: "a token of the vocabulary",
          found: "one that is not in it", advice: TokenizerEntry.copyAgain)
      }
      return id
    }
    if let file = try TokenizerFiles.description(in: folder) {
      try self.init(file, padding: number { file.id(of: $0) })
      return
    }
    let vocabulary = try CLIPVocabulary(folder: folder)
    let padding = try number {
      try TokenizerFiles.vocabulary(folder.appendingPathComponent("vocab.json"))[$0]
    }
    self.init(vocabulary, padding: padding ?? vocabulary.end)
  }

  private init(_ vocabulary: CLIPVocabulary, padding: Int32) {
    self.vocabulary = vocabulary
    self.padding = padding
    written = AddedTokenFinder(Self.ends(vocabulary))
    largestToken = vocabulary.largest
  }

  private static func ends(_ vocabulary: CLIPVocabulary) -> [AddedToken] {
    [
      AddedToken(id: vocabulary.beginning, content: CLIPVocabulary.beginning),
      AddedToken(id: vocabulary.end, content: CLIPVocabulary.end),
    ]
  }

  /// The tokenizer that a `tokenizer.json` describes. Only its vocabulary and added tokens may differ from CLIP's.
  ///
  /// - Throws: `CheckpointError` that names what else differs.
  init(_ file: TokenizerFile, padding: Int32?) throws {
    let description = try CLIPTokenizerFile(file)
    vocabulary = description.vocabulary
    self.padding = padding ?? vocabulary.end
    // OpenCLIP pads with `!`, so transformers lists it as an added token. In a prompt, it is an ordinary exclamation
    // mark, as it is for the same model in its other formats.
    let added = file.added.filter { token in
      token.id != padding || token.content.unicodeScalars.count > 1
    }
    written = AddedTokenFinder(
      added.filter { !$0.isNormalized } + Self.ends(vocabulary))
    normalized = AddedTokenFinder(
      added.filter(\.isNormalized), normalizer: file.normalizer)
    splitsSpecials = description.splitsSpecials
    largestToken = file.largestToken
  }

  /// The tokenizer with additional words that have tokens of their own, as in textual inversion.
  ///
  /// - Parameters:
  ///   - words: Each with its number of tokens.
  ///   - first: The id of the first token; the others follow.
  func adding(_ words: [(name: String, count: Int)], from first: Int) -> CLIPTokenizer {
    var next = Int32(first)
    var added: [Word] = []
    for word in words {
      let scalars = word.name.unicodeScalars.flatMap {
        Array($0.properties.lowercaseMapping.unicodeScalars)
      }
      added.append(Word(scalars: scalars, ids: (0..<Int32(word.count)).map { next + $0 }))
      next += Int32(word.count)
    }
    var result = self
    // Of words with the same beginning, the longest counts.
    result.words += added.sorted { $0.scalars.count > $1.scalars.count }
    return result
  }

  /// The number of tokens of an added word, if this is its first one; otherwise 1.
  func length(ofWordAt token: Int32) -> Int {
    words.first { $0.ids[0] == token }?.ids.count ?? 1
  }

  /// The tokens of a text, without the start and end tokens, and their ranges in it.
  public func tokens(of text: String) -> [Token] {
    tokens(of: PlacedText(text))
  }

  /// A text for the text encoder, cut or padded to exactly `limit` tokens, which must be at least 2.
  public func encode(_ text: String, limit: Int = 77) -> Encoding {
    let tokens = tokens(of: text)
    return encode(tokens.map(\.id), count: tokens.count, limit: limit)
  }

  /// Where the part begins that is left out if a text is cut to `limit` tokens; `nil` if nothing is left out.
  ///
  /// A word that is cut in the middle counts as left out as a whole.
  public func ignoredTail(of text: String, limit: Int = 77) -> String.Index? {
    precondition(limit >= 2, "a text has at least two tokens, its start and its end")
    let tokens = tokens(of: text)
    return tokens.count > limit - 2 ? tokens[limit - 2].range.lowerBound : nil
  }

  func encode(_ tokens: [Int32], count: Int, limit: Int) -> Encoding {
    precondition(limit >= 2, "a text has at least two tokens, its start and its end")
    let ids = [vocabulary.beginning] + tokens.prefix(limit - 2) + [vocabulary.end]
    return Encoding(
      ids: ids + Array(repeating: padding, count: limit - ids.count),
      mask: (0..<limit).map { $0 < ids.count }, count: count + 2)
  }

  func tokens(of text: PlacedText) -> [Token] {
    var tokens: [Token] = []
    for part in written.parts(of: text.scalars) {
      if let id = part.token {
        tokens.append(Token(id: id, range: text.place(of: part.range)))
      } else {
        readWords(text, part.range, into: &tokens)
      }
    }
    return tokens
  }

  /// The tokens of a part between those that are matched as written.
  private func readWords(
    _ text: PlacedText, _ stretch: Range<Int>, into tokens: inout [Token]
  ) {
    var start = stretch.lowerBound
    var position = words.isEmpty ? stretch.upperBound : start
    while position < stretch.upperBound {
      guard let found = word(in: text.scalars[..<stretch.upperBound], at: position) else {
        position += 1
        continue
      }
      read(text, start..<position, into: &tokens)
      let end = position + found.scalars.count
      let range = text.place(of: position..<end)
      tokens += found.ids.map { Token(id: $0, range: range) }
      (start, position) = (end, end)
    }
    read(text, start..<position, into: &tokens)
  }

  private func word(in scalars: ArraySlice<Unicode.Scalar>, at position: Int) -> Word? {
    words.first { entry in
      let end = position + entry.scalars.count
      guard end <= scalars.endIndex, let first = entry.scalars.first, let last = entry.scalars.last,
        zip(scalars[position..<end], entry.scalars).allSatisfy({ $0 == $1 || Self.lower($0) == $1 })
      else { return false }
      let isJoined =
        position > 0 && CLIPCharacters.isOfWord(first)
        && CLIPCharacters.isOfWord(scalars[position - 1])
      let goesOn =
        end < scalars.endIndex && CLIPCharacters.isOfWord(last)
        && CLIPCharacters.isOfWord(scalars[end])
      return !isJoined && !goesOn
    }
  }

  private static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    let mapped = scalar.properties.lowercaseMapping.unicodeScalars
    return mapped.count == 1 ? mapped.first : nil
  }

  /// The tokens of a part without special tokens and added words.
  private func read(_ text: PlacedText, _ stretch: Range<Int>, into tokens: inout [Token]) {
    let plain = CLIPCharacters.plain(text, stretch)
    for part in normalized.parts(of: plain.scalars) {
      if let id = part.token {
        tokens.append(Token(id: id, range: plain.place(of: part.range)))
        continue
      }
      CLIPCharacters.forEachPiece(of: plain, part.range, splitsSpecials: splitsSpecials) { piece in
        var word = CLIPWord(vocabulary)
        for index in piece { word.append(plain.scalars[index], place: index) }
        for symbol in word.merged() {
          tokens.append(
            Token(id: symbol.id, range: plain.place(of: symbol.first..<(symbol.last + 1))))
        }
      }
    }
  }
}

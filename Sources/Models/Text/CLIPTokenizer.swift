import Checkpoints
import Foundation

/// CLIP's tokenizer: text to the numbers of byte-level symbols (Radford et al. 2021).
///
/// The text is composed (NFC), white space becomes single spaces, case is taken off; contractions,
/// words, single digits and runs of other signs are cut apart, and in each the bytes are merged in
/// the order in which the vocabulary learnt it, the last one marked as the end of a word. Special
/// tokens written in the text count as such, as in Hugging Face's `tokenizers`.
public struct CLIPTokenizer: Sendable {
  /// A piece of the text.
  public struct Token: Sendable, Hashable {
    /// Its number in the vocabulary.
    public let id: Int32
    /// Where it stands in the text; of a character that several tokens share, all of it.
    public let range: Range<String.Index>

    init(id: Int32, range: Range<String.Index>) { (self.id, self.range) = (id, range) }
  }

  /// A text as the text encoder reads it.
  public struct Encoding: Sendable, Hashable {
    /// The beginning, the tokens, the end, and padding up to the limit.
    public let ids: [Int32]
    /// False for padding.
    public let mask: [Bool]
    /// The tokens the whole text comes to, its beginning and end among them, before it was cut.
    public let count: Int
  }

  /// What fills a text up behind its end.
  public enum Padding: Sendable, Hashable {
    /// The end token again: Stable Diffusion 1, and the first encoder of XL.
    case end
    /// The token `!`, whose number is 0: OpenCLIP's encoders of Stable Diffusion 2 and XL.
    case zero
  }

  let vocabulary: CLIPVocabulary
  private let padding: Int32
  /// What is found in a text as it is written, before anything else.
  private struct Special: Sendable {
    let scalars: [Unicode.Scalar]
    let ids: [Int32]
    /// Whether it is a word that was added: its case does not count, and it is no part of a longer one.
    let isWord: Bool
  }

  private var special: [Special]

  /// The tokenizer of OpenAI's and OpenCLIP's models, from the vocabulary that travels with the program.
  ///
  /// - Throws: `CheckpointError` when the program was installed without its resources.
  public init(padding: Padding = .end) throws {
    let vocabulary = try CLIPVocabulary.embedded()
    self.init(vocabulary, padding: padding == .end ? vocabulary.end : 0)
  }

  /// The tokenizer in a model's folder `tokenizer`: `vocab.json`, `merges.txt`, and the padding that
  /// `special_tokens_map.json` or `tokenizer_config.json` names.
  ///
  /// - Throws: `CheckpointError` when a file is missing, malformed, or contradicts another.
  public init(folder: URL) throws {
    let vocabulary = try CLIPVocabulary(folder: folder)
    let padding = try TokenizerFiles.padding(in: folder).map { token in
      let words = try TokenizerFiles.vocabulary(folder.appendingPathComponent("vocab.json"))
      guard let id = words[token] else {
        throw CheckpointError(
          .mismatched, file: folder.path, key: "pad_token", expected: "a token of the vocabulary",
          found: "one that is not", advice: "Copy the tokenizer's folder again from its source")
      }
      return id
    }
    self.init(vocabulary, padding: padding ?? vocabulary.end)
  }

  private init(_ vocabulary: CLIPVocabulary, padding: Int32) {
    self.vocabulary = vocabulary
    self.padding = padding
    special = [
      (CLIPVocabulary.beginning, vocabulary.beginning), (CLIPVocabulary.end, vocabulary.end),
    ].map { Special(scalars: Array($0.0.unicodeScalars), ids: [$0.1], isWord: false) }
  }

  /// The tokenizer with words that stand for tokens of their own, as textual inversion teaches them.
  ///
  /// - Parameters:
  ///   - words: Each with the number of its tokens.
  ///   - first: The number of the first token; the others follow.
  func adding(_ words: [(name: String, count: Int)], from first: Int) -> CLIPTokenizer {
    var next = Int32(first)
    var added: [Special] = []
    for word in words {
      let scalars = word.name.unicodeScalars.flatMap {
        Array($0.properties.lowercaseMapping.unicodeScalars)
      }
      added.append(
        Special(scalars: scalars, ids: (0..<Int32(word.count)).map { next + $0 }, isWord: true))
      next += Int32(word.count)
    }
    var result = self
    // Of words that begin alike the longest counts.
    result.special += added.sorted { $0.scalars.count > $1.scalars.count }
    return result
  }

  /// How many tokens stand together for a word that was added, where this is its first one; else 1.
  func length(ofWordAt token: Int32) -> Int {
    special.first { $0.ids[0] == token }?.ids.count ?? 1
  }

  /// The largest number that a token of the vocabulary has.
  package var largestToken: Int32 { vocabulary.largest }

  /// The tokens of a text, without its beginning and end, and where they stand in it.
  public func tokens(of text: String) -> [Token] {
    tokens(of: PlacedText(text))
  }

  /// A text for the text encoder, cut and padded to exactly `limit` tokens, which must be 2 or more.
  public func encode(_ text: String, limit: Int = 77) -> Encoding {
    let tokens = tokens(of: text)
    return encode(tokens.map(\.id), count: tokens.count, limit: limit)
  }

  /// Where the part of a text begins that a cut to `limit` tokens leaves out; `nil` when none is.
  ///
  /// A word that is cut in its middle counts as left out from there.
  public func ignoredTail(of text: String, limit: Int = 77) -> String.Index? {
    precondition(limit >= 2, "a text has two tokens at least, its beginning and its end")
    let tokens = tokens(of: text)
    return tokens.count > limit - 2 ? tokens[limit - 2].range.lowerBound : nil
  }

  func encode(_ tokens: [Int32], count: Int, limit: Int) -> Encoding {
    precondition(limit >= 2, "a text has two tokens at least, its beginning and its end")
    let ids = [vocabulary.beginning] + tokens.prefix(limit - 2) + [vocabulary.end]
    return Encoding(
      ids: ids + Array(repeating: padding, count: limit - ids.count),
      mask: (0..<limit).map { $0 < ids.count }, count: count + 2)
  }

  func tokens(of text: PlacedText) -> [Token] {
    var tokens: [Token] = []
    var start = 0
    var position = 0
    while position < text.scalars.count {
      guard let found = special(in: text.scalars, at: position) else {
        position += 1
        continue
      }
      read(text, start..<position, into: &tokens)
      let end = position + found.scalars.count
      let range = text.places[position].lowerBound..<text.places[end - 1].upperBound
      tokens += found.ids.map { Token(id: $0, range: range) }
      (start, position) = (end, end)
    }
    read(text, start..<position, into: &tokens)
    return tokens
  }

  private func special(in scalars: [Unicode.Scalar], at position: Int) -> Special? {
    special.first { entry in
      guard entry.isWord else { return scalars[position...].starts(with: entry.scalars) }
      let end = position + entry.scalars.count
      guard end <= scalars.count, let first = entry.scalars.first, let last = entry.scalars.last,
        zip(scalars[position..<end], entry.scalars).allSatisfy({ $0 == $1 || Self.lower($0) == $1 })
      else { return false }
      let isJoined =
        position > 0 && CLIPCharacters.isOfWord(first)
        && CLIPCharacters.isOfWord(scalars[position - 1])
      let goesOn =
        end < scalars.count && CLIPCharacters.isOfWord(last)
        && CLIPCharacters.isOfWord(scalars[end])
      return !isJoined && !goesOn
    }
  }

  private static func lower(_ scalar: Unicode.Scalar) -> Unicode.Scalar? {
    let mapped = scalar.properties.lowercaseMapping.unicodeScalars
    return mapped.count == 1 ? mapped.first : nil
  }

  /// The tokens of a stretch without special tokens.
  private func read(_ text: PlacedText, _ stretch: Range<Int>, into tokens: inout [Token]) {
    let plain = CLIPCharacters.plain(text, stretch)
    CLIPCharacters.forEachPiece(of: plain) { piece in
      var word = CLIPWord(vocabulary)
      for index in piece { word.append(plain.scalars[index], place: index) }
      for symbol in word.merged() {
        tokens.append(
          Token(
            id: symbol.id,
            range: plain.places[symbol.first].lowerBound..<plain.places[symbol.last].upperBound))
      }
    }
  }
}

/// Characters, each with its place in a text that it came from.
struct PlacedText: Sendable, Hashable {
  var scalars: [Unicode.Scalar] = []
  var places: [Range<String.Index>] = []

  init() {}

  /// A text, each of its characters at its own place.
  init(_ text: String) {
    let indices = Array(text.unicodeScalars.indices) + [text.endIndex]
    scalars = Array(text.unicodeScalars)
    places = zip(indices, indices.dropFirst()).map { $0..<$1 }
  }

  mutating func append(_ scalar: Unicode.Scalar, _ place: Range<String.Index>) {
    scalars.append(scalar)
    places.append(place)
  }

  /// Two texts, one after the other.
  static func + (left: PlacedText, right: PlacedText) -> PlacedText {
    var both = left
    both.scalars += right.scalars
    both.places += right.places
    return both
  }
}

/// What CLIP's tokenizer does with characters before their bytes are merged.
enum CLIPCharacters {
  /// A stretch of a text composed (NFC) and in lower case.
  static func plain(_ text: PlacedText, _ stretch: Range<Int>) -> PlacedText {
    var plain = PlacedText()
    func add(_ scalar: Unicode.Scalar, _ place: Range<String.Index>) {
      if scalar.isASCII {
        let value = UInt8(truncatingIfNeeded: scalar.value)
        let isUpper = (0x41...0x5A).contains(value)
        plain.append(isUpper ? Unicode.Scalar(value | 0x20) : scalar, place)
      } else {
        for lower in scalar.properties.lowercaseMapping.unicodeScalars {
          plain.append(lower, place)
        }
      }
    }
    var position = stretch.lowerBound
    while position < stretch.upperBound {
      // Nothing composes across the border of two clusters (Unicode Annex 29), nor with ASCII before
      // ASCII; a cluster that changes has one place as a whole.
      let end = clusterEnd(text.scalars, from: position, before: stretch.upperBound)
      if end == position + 1, text.scalars[position].isASCII {
        add(text.scalars[position], text.places[position])
      } else {
        var cluster = String.UnicodeScalarView()
        cluster.append(contentsOf: text.scalars[position..<end])
        let composed = String(cluster).precomposedStringWithCanonicalMapping.unicodeScalars
        let isSame = composed.elementsEqual(cluster)
        let whole = text.places[position].lowerBound..<text.places[end - 1].upperBound
        for (offset, scalar) in composed.enumerated() {
          add(scalar, isSame ? text.places[position + offset] : whole)
        }
      }
      position = end
    }
    return plain
  }

  /// Whether a character goes on with a word.
  static func isOfWord(_ scalar: Unicode.Scalar) -> Bool {
    scalar == "_" || scalar.properties.isAlphabetic || scalar.properties.numericType != nil
  }

  /// Where the characters end that may compose with the one at a position.
  private static func clusterEnd(_ scalars: [Unicode.Scalar], from start: Int, before end: Int)
    -> Int
  {
    var position = start + 1
    while position < end, mayCompose(scalars[position]) { position += 1 }
    return position
  }

  /// Whether a character may become one with those before it: marks, and the vowels and final
  /// consonants of Hangul.
  private static func mayCompose(_ scalar: Unicode.Scalar) -> Bool {
    guard scalar.value >= 0x300 else { return false }
    if (0x1161...0x11FF).contains(scalar.value) { return true }
    switch scalar.properties.generalCategory {
    case .nonspacingMark, .spacingMark, .enclosingMark: return true
    default: return false
    }
  }

  /// The tokenizer's pattern:
  /// `<\|startoftext\|>|<\|endoftext\|>|'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+`.
  ///
  /// The special tokens in it can match only where the text had capitals in them, and are no tokens
  /// then; their letters and their signs are cut apart again.
  static func forEachPiece(of text: PlacedText, _ body: (Range<Int>) -> Void) {
    let kinds = text.scalars.map(Kind.init)
    var position = 0
    func run(_ kind: Kind) -> Int {
      var end = position + 1
      while end < kinds.count, kinds[end] == kind { end += 1 }
      return end
    }
    while position < kinds.count {
      let start = position
      switch kinds[position] {
      case .space:
        position += 1
        continue
      case .digit: position += 1
      case .letter: position = run(.letter)
      case .sign:
        if let length = specialLength(text.scalars, at: position) {
          body(start..<start + 2)
          body(start + 2..<start + length - 2)
          body(start + length - 2..<start + length)
          position += length
          continue
        }
        position = contractionEnd(text.scalars, at: position) ?? run(.sign)
      }
      body(start..<position)
    }
  }

  private enum Kind {
    case space, letter, digit, sign

    init(_ scalar: Unicode.Scalar) {
      switch scalar.value {
      case 0x61...0x7A: self = .letter
      case 0x30...0x39: self = .digit
      case 0x21...0x7E: self = .sign
      default:
        if scalar.properties.isWhitespace {
          self = .space
          return
        }
        switch scalar.properties.generalCategory {
        case .uppercaseLetter, .lowercaseLetter, .titlecaseLetter, .modifierLetter, .otherLetter:
          self = .letter
        case .decimalNumber, .letterNumber, .otherNumber: self = .digit
        default: self = .sign
        }
      }
    }
  }

  private static let specials = [CLIPVocabulary.beginning, CLIPVocabulary.end].map {
    Array($0.unicodeScalars)
  }
  private static let contractions = ["s", "t", "re", "ve", "m", "ll", "d"].map {
    Array($0.unicodeScalars)
  }

  private static func specialLength(_ scalars: [Unicode.Scalar], at position: Int) -> Int? {
    guard scalars[position] == "<" else { return nil }
    return specials.first { scalars[position...].starts(with: $0) }?.count
  }

  private static func contractionEnd(_ scalars: [Unicode.Scalar], at position: Int) -> Int? {
    guard scalars[position] == "'" else { return nil }
    let rest = scalars[(position + 1)...]
    return contractions.first { rest.starts(with: $0) }.map { position + 1 + $0.count }
  }
}

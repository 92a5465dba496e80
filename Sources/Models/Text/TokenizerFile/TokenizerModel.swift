import Checkpoints

/// The vocabulary of a tokenizer's file, and how words are cut: the entry `model`.
enum TokenizerModel: Sendable {
  /// The type `BPE`: pairs of symbols merge.
  struct BytePairs: Sendable {
    let vocabulary: TokenVocabulary
    /// The merges in the order in which they were learnt.
    let merges: [(left: [UInt8], right: [UInt8])]
    /// The prefix of symbols that do not begin a word; may be empty.
    let prefix: String
    /// The suffix of the symbol that ends a word; may be empty.
    let suffix: String
    /// The token for unknown characters, which are dropped if there is none.
    let unknown: Int32?
    /// Whether consecutive unknown characters become one token.
    let fusesUnknown: Bool
    /// Whether unknown characters become tokens of their bytes, if all of these exist.
    let fallsBackToBytes: Bool
    /// Whether a word that is a token stays whole without merging.
    let keepsWholeWords: Bool
  }

  /// The type `WordPiece`: the longest piece wins.
  struct WordPieces: Sendable {
    let vocabulary: TokenVocabulary
    /// The prefix of pieces that do not begin a word.
    let prefix: String
    /// The token for words that cannot be cut into pieces.
    let unknown: Int32
    /// The maximum number of characters in a word; longer words are unknown.
    let longestWord: Int
  }

  /// The type `Unigram`: the most probable split wins.
  struct Unigram: Sendable {
    let vocabulary: TokenVocabulary
    /// The pieces in the order of their numbers.
    let pieces: [[UInt8]]
    /// Logarithms of the pieces' probabilities.
    let scores: [Double]
    /// The token for unknown characters.
    let unknown: Int32
    /// Whether unknown characters become tokens of their bytes, if all of these exist.
    let fallsBackToBytes: Bool
  }

  case bytePairs(BytePairs)
  case wordPieces(WordPieces)
  case unigram(Unigram)

  /// The number of each token.
  var vocabulary: TokenVocabulary {
    switch self {
    case .bytePairs(let model): model.vocabulary
    case .wordPieces(let model): model.vocabulary
    case .unigram(let model): model.vocabulary
    }
  }

  /// Reads the entry.
  ///
  /// - Throws: `CheckpointError` when it is malformed or of a type that is not supported.
  init(_ entry: TokenizerEntry) throws {
    switch try Self.type(of: entry) {
    case "BPE": self = .bytePairs(try BytePairs(entry))
    case "WordPiece": self = .wordPieces(try WordPieces(entry))
    case "Unigram": self = .unigram(try Unigram(entry))
    default: throw try entry.required("type").unsupported("\"BPE\", \"WordPiece\" or \"Unigram\"")
    }
  }

  /// Old files have no `type`; their other keys identify it.
  private static func type(of entry: TokenizerEntry) throws -> String {
    if let type = entry.optional("type") { return try type.text() }
    if entry.optional("merges") != nil { return "BPE" }
    return entry.optional("max_input_chars_per_word") != nil ? "WordPiece" : "Unigram"
  }
}

extension TokenizerModel.BytePairs {
  /// The maximum number of merges; a file with more is rejected.
  private static let mostMerges = 1_000_000

  fileprivate init(_ entry: TokenizerEntry) throws {
    try entry.requireKeys([
      "type", "dropout", "unk_token", "continuing_subword_prefix", "end_of_word_suffix", "fuse_unk",
      "byte_fallback", "ignore_merges", "vocab", "merges",
    ])
    if let dropout = entry.optional("dropout"), try dropout.number() != 0 {
      throw dropout.unsupported("no dropout")
    }
    vocabulary = try TokenVocabulary(entry.required("vocab"))
    merges = try Self.merges(entry.required("merges"))
    prefix = try entry.optional("continuing_subword_prefix")?.text() ?? ""
    suffix = try entry.optional("end_of_word_suffix")?.text() ?? ""
    // Old files write "" for none.
    if let unknown = entry.optional("unk_token"), try !unknown.bytes().isEmpty {
      self.unknown = try vocabulary.required(unknown)
    } else {
      unknown = nil
    }
    fusesUnknown = try entry.bool("fuse_unk", default: false)
    fallsBackToBytes = try entry.bool("byte_fallback", default: false)
    keepsWholeWords = try entry.bool("ignore_merges", default: false)
  }

  /// Merges written as `"a b"`, or as `["a", "b"]`, which allows spaces in symbols.
  private static func merges(_ entry: TokenizerEntry) throws -> [(left: [UInt8], right: [UInt8])] {
    guard case .list(let values) = entry.value, values.count <= mostMerges else {
      throw entry.malformed("a list of at most \(mostMerges) merges")
    }
    return try values.enumerated().map { index, value in
      switch value {
      case .text(let text):
        let parts = text.split(separator: 0x20, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty {
          return (Array(parts[0]), Array(parts[1]))
        }
      case .list(let pair):
        if pair.count == 2, case .text(let left) = pair[0], case .text(let right) = pair[1],
          !left.isEmpty, !right.isEmpty
        {
          return (left, right)
        }
      default: break
      }
      throw entry.malformed("two symbols in each merge", found: "another value at place \(index)")
    }
  }
}

extension TokenizerModel.WordPieces {
  fileprivate init(_ entry: TokenizerEntry) throws {
    try entry.requireKeys([
      "type", "unk_token", "continuing_subword_prefix", "max_input_chars_per_word", "vocab",
    ])
    vocabulary = try TokenVocabulary(entry.required("vocab"))
    prefix = try entry.optional("continuing_subword_prefix")?.text() ?? "##"
    unknown = try vocabulary.required(entry.required("unk_token"))
    longestWord =
      try entry.optional("max_input_chars_per_word")?.whole(in: 0...1_000_000) ?? 100
  }
}

extension TokenizerModel.Unigram {
  fileprivate init(_ entry: TokenizerEntry) throws {
    try entry.requireKeys(["type", "unk_id", "vocab", "byte_fallback"])
    let list = try entry.required("vocab")
    guard case .list(let values) = list.value, !values.isEmpty else {
      throw list.malformed("a list of pieces, each with its score")
    }
    var vocabulary = TokenVocabulary()
    var (pieces, scores): ([[UInt8]], [Double]) = ([], [])
    for (id, value) in values.enumerated() {
      guard case .list(let pair) = value, pair.count == 2, case .text(let piece) = pair[0],
        let score = pair[1].double
      else {
        throw list.malformed("a piece and its score", found: "another value at place \(id)")
      }
      try vocabulary.add(piece, id, list)
      pieces.append(piece)
      scores.append(score)
    }
    guard let unknown = entry.optional("unk_id") else {
      throw entry.unsupported("unk_id, the number of the unknown token", found: "none")
    }
    self.unknown = Int32(try unknown.whole(in: 0...(pieces.count - 1)))
    (self.vocabulary, self.pieces, self.scores) = (vocabulary, pieces, scores)
    fallsBackToBytes = try entry.bool("byte_fallback", default: false)
  }
}

/// The number of each token of a tokenizer's file; tokens are compared by their bytes.
struct TokenVocabulary: Sendable {
  /// The maximum number of a token; no text encoder has so many tokens.
  static let largestNumber = 999_999

  /// The number of each token.
  private(set) var ids: [[UInt8]: Int32] = [:]
  /// The largest number, -1 if there is none.
  private(set) var largest: Int32 = -1
  /// Whether each number has a token.
  private var isUsed: [Bool] = []

  init() {}

  /// Reads an object of tokens and their numbers.
  ///
  /// - Throws: `CheckpointError` when it is malformed, or two tokens or two numbers are equal.
  init(_ entry: TokenizerEntry) throws {
    guard case .object(let members) = entry.value, !members.isEmpty else {
      throw entry.malformed("an object of tokens and their numbers")
    }
    ids.reserveCapacity(members.count)
    for member in members {
      guard let number = member.value.double, let id = Int(exactly: number) else {
        throw entry.malformed(
          "a whole number for each token",
          found: "another value for \(Self.quoted(member.key))")
      }
      try add(member.key, id, entry)
    }
  }

  /// Adds a token; `entry` is its place in the file, for messages.
  ///
  /// - Throws: `CheckpointError` when the token or the number is already used, or the number is out of bounds.
  mutating func add(_ token: [UInt8], _ id: Int, _ entry: TokenizerEntry) throws {
    guard (0...Self.largestNumber).contains(id) else {
      throw entry.malformed(
        "numbers from 0 to \(Self.largestNumber)", found: "\(id) for \(Self.quoted(token))")
    }
    guard ids.updateValue(Int32(id), forKey: token) == nil else {
      throw entry.malformed("each token once", found: "\(Self.quoted(token)) twice")
    }
    if id >= isUsed.count {
      isUsed += Array(repeating: false, count: max(id + 1 - isUsed.count, isUsed.count / 2))
    }
    guard !isUsed[id] else {
      throw entry.malformed("each number once", found: "\(id) twice")
    }
    isUsed[id] = true
    largest = max(largest, Int32(id))
  }

  /// The number of a token that an entry names.
  ///
  /// - Throws: `CheckpointError` when it has none.
  func required(_ entry: TokenizerEntry) throws -> Int32 {
    guard let id = ids[try entry.bytes()] else {
      throw entry.malformed("a token of the vocabulary")
    }
    return id
  }

  private static func quoted(_ token: [UInt8]) -> String {
    CheckpointError.listed([String(decoding: token, as: UTF8.self)])
  }
}

import Checkpoints
import Files
import Foundation

/// The contents of a `tokenizer.json` of Hugging Face's `tokenizers`: how text becomes token ids.
///
/// A text is searched for added tokens, normalised and split into pieces, and each piece is cut into tokens of the
/// model's vocabulary; the template puts tokens around them. Settings for batches (`truncation`, `padding`) and for
/// decoding (`decoder`) are ignored. Anything else that is not supported is rejected.
struct TokenizerFile: Sendable {
  /// The maximum size of a file in bytes; the largest vocabularies have about 20 MB.
  static let longest = 64 << 20

  /// The file's name, for messages.
  let name: String
  let model: TokenizerModel
  let normalizer: TokenNormalizer?
  let splitter: TokenSplitter?
  let template: TokenTemplate
  /// Tokens that are matched in a text before it is split.
  let added: [AddedToken]

  /// Reads a file.
  ///
  /// - Throws: `CheckpointError` when it is missing, malformed, contradicts itself, or uses something that is not
  ///   supported.
  init(contentsOf url: URL) throws {
    guard let data = try? SafeFile.read(url, limit: Self.longest) else {
      throw CheckpointError(
        .missing, file: url.path, expected: "a tokenizer.json", found: "no readable file",
        advice: TokenizerEntry.copyAgain)
    }
    try self.init(json: [UInt8](data), name: url.path)
  }

  /// Reads the text of a file; `name` is its name in messages.
  init(json: [UInt8], name: String) throws {
    let entry = try TokenizerEntry(json: json, file: name)
    try entry.requireKeys([
      "version", "truncation", "padding", "added_tokens", "normalizer", "pre_tokenizer",
      "post_processor", "decoder", "model",
    ])
    if let version = entry.optional("version"), try version.text() != "1.0" {
      throw version.unsupported("\"1.0\"")
    }
    self.name = name
    model = try TokenizerModel(entry.required("model"))
    normalizer = try entry.optional("normalizer").map { try TokenNormalizer($0) }
    splitter = try entry.optional("pre_tokenizer").map { try TokenSplitter($0) }
    template =
      try entry.optional("post_processor").map { try TokenTemplate.read($0) } ?? TokenTemplate()
    added = try AddedToken.list(entry.optional("added_tokens"), model.vocabulary)
  }

  /// The id of a token of the vocabulary, or of an added token.
  func id(of token: String) -> Int32? {
    let bytes = Array(token.utf8)
    return model.vocabulary.ids[bytes] ?? added.first { Array($0.content.utf8) == bytes }?.id
  }

  /// The largest token id.
  var largestToken: Int32 {
    let others = added.map(\.id) + template.before + template.after
    return others.reduce(model.vocabulary.largest, max)
  }
}

/// A token that is matched in a text before it is split: an entry of `added_tokens`.
struct AddedToken: Sendable, Hashable {
  let id: Int32
  let content: String
  /// Whether it matches only if it is not part of a longer word.
  let isSingleWord: Bool
  /// Whether it includes the white space on its left.
  let takesLeft: Bool
  /// Whether it includes the white space on its right.
  let takesRight: Bool
  /// Whether it is matched in the normalised text instead of the text as written.
  let isNormalized: Bool

  /// A token that is matched as written, even inside a word.
  init(id: Int32, content: String) {
    (self.id, self.content) = (id, content)
    (isSingleWord, takesLeft, takesRight, isNormalized) = (false, false, false, false)
  }

  private init(_ entry: TokenizerEntry) throws {
    try entry.requireKeys([
      "id", "content", "single_word", "lstrip", "rstrip", "normalized", "special",
    ])
    id = try entry.required("id").token()
    content = try entry.required("content").text()
    isSingleWord = try entry.bool("single_word", default: false)
    takesLeft = try entry.bool("lstrip", default: false)
    takesRight = try entry.bool("rstrip", default: false)
    let isSpecial = try entry.bool("special", default: false)
    isNormalized = try entry.bool("normalized", default: !isSpecial)
    guard !content.isEmpty else { throw try entry.required("content").malformed("a token") }
  }

  /// Reads the entry.
  ///
  /// - Throws: `CheckpointError` when it is malformed, or contradicts the vocabulary.
  fileprivate static func list(
    _ entry: TokenizerEntry?, _ vocabulary: TokenVocabulary
  ) throws -> [AddedToken] {
    guard let entry else { return [] }
    var all = vocabulary
    var contents: Set<[UInt8]> = []
    return try entry.list().map { entry in
      let token = try AddedToken(entry)
      let bytes = Array(token.content.utf8)
      guard contents.insert(bytes).inserted else {
        throw try entry.required("content").malformed("each token once")
      }
      if let id = vocabulary.ids[bytes] {
        guard id == token.id else {
          throw try entry.required("id").malformed("\(id), as the vocabulary has it")
        }
      } else {
        try all.add(bytes, Int(token.id), entry)
      }
      return token
    }
  }
}

/// The tokens around a text: the entry `post_processor`.
struct TokenTemplate: Sendable, Hashable {
  var before: [Int32] = []
  var after: [Int32] = []

  init() {}

  init(before: [Int32], after: [Int32]) { (self.before, self.after) = (before, after) }

  /// Reads the entry.
  ///
  /// - Throws: `CheckpointError` when it is malformed or of a type that is not supported.
  fileprivate static func read(_ entry: TokenizerEntry) throws -> TokenTemplate {
    let type = try entry.required("type")
    switch try type.text() {
    case "TemplateProcessing": return try TokenTemplate(template: entry)
    case "RobertaProcessing":
      try entry.requireKeys(["type", "sep", "cls", "trim_offsets", "add_prefix_space"])
      return try TokenTemplate(ends: entry)
    case "BertProcessing":
      try entry.requireKeys(["type", "sep", "cls"])
      return try TokenTemplate(ends: entry)
    // `ByteLevel` only changes the reported positions of tokens.
    case "ByteLevel":
      try entry.requireKeys(["type", "trim_offsets", "add_prefix_space", "use_regex"])
      return TokenTemplate()
    case "Sequence":
      try entry.requireKeys(["type", "processors"])
      return try entry.required("processors").list().reduce(TokenTemplate()) { inner, entry in
        let outer = try read(entry)
        return TokenTemplate(
          before: outer.before + inner.before, after: inner.after + outer.after)
      }
    default:
      throw type.unsupported(
        "TemplateProcessing, RobertaProcessing, BertProcessing, ByteLevel or Sequence")
    }
  }

  /// From the tokens `cls`, before a text, and `sep`, after it.
  private init(ends entry: TokenizerEntry) throws {
    func token(_ key: String) throws -> Int32 {
      let pair = try entry.required(key)
      let parts = try pair.list()
      guard parts.count == 2 else { throw pair.malformed("a token and its number") }
      return try parts[1].token()
    }
    self.init(before: [try token("cls")], after: [try token("sep")])
  }

  private init(template entry: TokenizerEntry) throws {
    // The template for pairs of texts is not used: a prompt is one text.
    try entry.requireKeys(["type", "single", "pair", "special_tokens"])
    var ids: [String: [Int32]] = [:]
    if case .object(let members)? = entry.optional("special_tokens")?.value {
      let tokens = try entry.required("special_tokens")
      for member in members {
        let name = String(decoding: member.key, as: UTF8.self)
        ids[name] = try tokens.required(name).required("ids").list().map { try $0.token() }
      }
    }
    var hasText = false
    let single = try entry.required("single")
    for piece in try single.list() {
      try piece.requireKeys(["SpecialToken", "Sequence"])
      if let token = piece.optional("SpecialToken") {
        let name = try token.required("id")
        guard let found = ids[try name.text()] else {
          throw name.malformed("a token of special_tokens")
        }
        if hasText { after += found } else { before += found }
      } else {
        let id = try piece.required("Sequence").required("id")
        guard try id.text() == "A", !hasText else { throw id.malformed("the text \"A\" once") }
        hasText = true
      }
    }
    guard hasText else { throw single.malformed("the text \"A\" among its parts") }
  }
}

import Checkpoints

extension TokenizerEntry {
  /// A pattern: `{"String": "a"}` or `{"Regex": "a+"}`.
  ///
  /// - Throws: `CheckpointError` when it is malformed, or an unsupported regular expression.
  fileprivate func pattern() throws -> TokenPattern {
    try requireKeys(["String", "Regex"])
    if let text = optional("String") {
      guard let pattern = TokenPattern(literal: try text.text()) else {
        throw text.malformed("text that is not empty")
      }
      return pattern
    }
    let regex = try required("Regex")
    do throws(TokenPattern.Problem) {
      return try TokenPattern(regex: Self.source(of: regex))
    } catch {
      throw regex.unsupported(
        "a regular expression made up of classes, groups, choices, and greedy and lazy repetition",
        found: error.found)
    }
  }

  private static func source(of entry: TokenizerEntry) -> String {
    guard case .text(let bytes) = entry.value else { return "" }
    return String(decoding: bytes, as: UTF8.self)
  }

  /// One character.
  fileprivate func scalar() throws -> Unicode.Scalar {
    let scalars = Array(try text().unicodeScalars)
    guard scalars.count == 1 else { throw malformed("one character") }
    return scalars[0]
  }

  fileprivate func choice<Value: RawRepresentable<String> & CaseIterable>(
    _ type: Value.Type
  ) throws -> Value {
    guard let value = Value(rawValue: try text()) else {
      throw malformed(type.allCases.map(\.rawValue).joined(separator: ", "))
    }
    return value
  }
}

extension TokenNormalizer {
  /// Reads the entry `normalizer`.
  ///
  /// - Throws: `CheckpointError` when it is malformed or of a type that is not supported.
  init(_ entry: TokenizerEntry) throws {
    let type = try entry.required("type")
    let name = try type.text()
    func requireKeys(_ keys: String...) throws { try entry.requireKeys(Set(keys + ["type"])) }
    switch name {
    case "NFC", "NFD", "NFKC", "NFKD":
      try requireKeys()
      self = .form(try type.choice(Form.self))
    case "Lowercase":
      try requireKeys()
      self = .lowercase
    case "StripAccents":
      try requireKeys()
      self = .stripAccents
    case "Strip":
      try requireKeys("strip_left", "strip_right")
      self = .strip(
        left: try entry.bool("strip_left", default: true),
        right: try entry.bool("strip_right", default: true))
    case "BertNormalizer":
      try requireKeys("clean_text", "handle_chinese_chars", "strip_accents", "lowercase")
      self = .bert(try Bert(entry))
    case "Replace":
      try requireKeys("pattern", "content")
      self = .replace(
        try entry.required("pattern").pattern(),
        with: Array(try entry.required("content").text().unicodeScalars))
    case "Prepend":
      try requireKeys("prepend")
      self = .prepend(Array(try entry.required("prepend").text().unicodeScalars))
    case "Precompiled":
      try requireKeys("precompiled_charsmap")
      let map = try entry.required("precompiled_charsmap")
      guard let characters = PrecompiledCharacters(base64: try map.bytes()) else {
        throw map.malformed(
          "a double-array trie and its replacements in Base64", found: "something else")
      }
      self = .precompiled(characters)
    case "Sequence":
      try requireKeys("normalizers")
      self = .sequence(
        try entry.required("normalizers").list().map { try TokenNormalizer($0) })
    default:
      throw type.unsupported(
        "NFC, NFD, NFKC, NFKD, Lowercase, StripAccents, Strip, BertNormalizer, Replace, Prepend, "
          + "Precompiled or Sequence")
    }
  }
}

extension TokenNormalizer.Bert {
  fileprivate init(_ entry: TokenizerEntry) throws {
    cleansText = try entry.bool("clean_text", default: true)
    separatesChinese = try entry.bool("handle_chinese_chars", default: true)
    lowercases = try entry.bool("lowercase", default: true)
    // By default, accents are stripped if the text is lowercased.
    stripsAccents = try entry.bool("strip_accents", default: lowercases)
  }
}

extension TokenSplitter {
  /// The pattern of GPT-2's words (Radford et al. 2019), which the type `ByteLevel` has built in.
  static let words: String =
    #"'s|'t|'re|'ve|'m|'ll|'d| ?\p{L}+| ?\p{N}+| ?[^\s\p{L}\p{N}]+|\s+(?!\S)|\s+"#

  /// Reads the entry `pre_tokenizer`.
  ///
  /// - Throws: `CheckpointError` when it is malformed or of a type that is not supported.
  init(_ entry: TokenizerEntry) throws {
    let type = try entry.required("type")
    func requireKeys(_ keys: String...) throws { try entry.requireKeys(Set(keys + ["type"])) }
    switch try type.text() {
    case "BertPreTokenizer":
      try requireKeys()
      self = .bert
    case "WhitespaceSplit":
      try requireKeys()
      self = .whitespace
    case "Whitespace":
      try requireKeys()
      self = .pattern(
        try TokenPattern(regex: #"\w+|[^\w\s]+"#, dialect: .annex18), .removed, isInverted: true)
    case "Split":
      try requireKeys("pattern", "behavior", "invert")
      self = .pattern(
        try entry.required("pattern").pattern(),
        try entry.required("behavior").choice(Behavior.self),
        isInverted: try entry.bool("invert", default: false))
    case "ByteLevel":
      try requireKeys("add_prefix_space", "trim_offsets", "use_regex")
      self = .byteLevel(
        addsSpace: try entry.bool("add_prefix_space", default: true),
        words: try entry.bool("use_regex", default: true) ? TokenPattern(regex: Self.words) : nil)
    case "Metaspace":
      try requireKeys("replacement", "prepend_scheme", "add_prefix_space", "split", "str_rep")
      self = .metaspace(
        try entry.required("replacement").scalar(), try Self.scheme(entry),
        splits: try entry.bool("split", default: true))
    case "Sequence":
      try requireKeys("pretokenizers")
      self = .sequence(try entry.required("pretokenizers").list().map { try TokenSplitter($0) })
    default:
      throw type.unsupported(
        "BertPreTokenizer, Whitespace, WhitespaceSplit, Split, ByteLevel, Metaspace or Sequence")
    }
  }

  /// Old files have `add_prefix_space` instead of a scheme.
  private static func scheme(_ entry: TokenizerEntry) throws -> Scheme {
    if let scheme = entry.optional("prepend_scheme") { return try scheme.choice(Scheme.self) }
    return try entry.bool("add_prefix_space", default: true) ? .always : .never
  }
}

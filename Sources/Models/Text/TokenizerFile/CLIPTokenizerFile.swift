import Checkpoints

/// The parts of a `tokenizer.json` that ``CLIPTokenizer`` needs. The file must describe CLIP's tokenizer, as
/// transformers writes it.
struct CLIPTokenizerFile {
  let vocabulary: CLIPVocabulary
  /// Whether the pattern that finds words also matches the special tokens, as it does since transformers 5.
  let splitsSpecials: Bool

  /// - Throws: `CheckpointError` that names the first part that differs from CLIP's.
  init(_ file: TokenizerFile) throws {
    let vocabulary = try Self.vocabulary(file)
    self.vocabulary = vocabulary
    splitsSpecials = try Self.splitsSpecials(file)
    let spaces = try TokenPattern(regex: #"\s+"#)
    guard
      file.normalizer == .sequence([.form(.nfc), .replace(spaces, with: [" "]), .lowercase])
    else {
      throw Self.other("normalizer", "NFC, one space for white space, lower case", file)
    }
    guard
      file.template == TokenTemplate(before: [vocabulary.beginning], after: [vocabulary.end])
    else {
      throw Self.other(
        "post_processor",
        "\(CLIPVocabulary.beginning) before a text and \(CLIPVocabulary.end) after it", file)
    }
  }

  private static func vocabulary(_ file: TokenizerFile) throws -> CLIPVocabulary {
    guard case .bytePairs(let model) = file.model else {
      throw other("model.type", "\"BPE\"", file)
    }
    guard model.suffix == "</w>" else {
      throw other("model.end_of_word_suffix", "\"</w>\"", file)
    }
    guard model.prefix.isEmpty else {
      throw other("model.continuing_subword_prefix", "\"\"", file)
    }
    for (key, value) in [
      ("fuse_unk", model.fusesUnknown), ("byte_fallback", model.fallsBackToBytes),
      ("ignore_merges", model.keepsWholeWords),
    ] where value {
      throw other("model.\(key)", "false", file, found: "true")
    }
    return try CLIPVocabulary(model, added: file.added, file: file.name)
  }

  private static func splitsSpecials(_ file: TokenizerFile) throws -> Bool {
    let words = #"'s|'t|'re|'ve|'m|'ll|'d|[\p{L}]+|[\p{N}]|[^\s\p{L}\p{N}]+"#
    let specials = #"<\|startoftext\|>|<\|endoftext\|>|"#
    let known = [try TokenPattern(regex: words), try TokenPattern(regex: specials + words)]
    guard case .sequence(let steps)? = file.splitter, steps.count == 2,
      case .pattern(let pattern, .removed, isInverted: true) = steps[0], known.contains(pattern),
      case .byteLevel(addsSpace: false, words: .some) = steps[1]
    else { throw other("pre_tokenizer", "CLIP's pattern of words, then their bytes", file) }
    return pattern == known[1]
  }

  private static func other(
    _ key: String, _ expected: String, _ file: TokenizerFile, found: String = "another"
  ) -> CheckpointError {
    CheckpointError(
      .unsupported, file: file.name, key: key, expected: "\(expected), as CLIP has it",
      found: found, advice: TokenizerEntry.chooseAnother)
  }
}

import Checkpoints

/// The parts of a `tokenizer.json` that ``WordPieceTokenizer`` needs. The file must describe the tokenizer of BERT's
/// lower-case models, as transformers writes it.
struct BertTokenizerFile {
  let words: [[UInt8]: Int32]
  let unknown: Int32
  let opening: Int32
  let closing: Int32
  let padding: Int32

  /// - Throws: `CheckpointError` that names the first part that differs from BERT's.
  init(_ file: TokenizerFile) throws {
    func other(_ key: String, _ expected: String, _ found: String) -> CheckpointError {
      CheckpointError(
        .unsupported, file: file.name, key: key,
        expected: "\(expected), as BERT's lower-case models have it", found: found,
        advice: TokenizerEntry.chooseAnother)
    }
    guard case .wordPieces(let model) = file.model else {
      throw other("model.type", "\"WordPiece\"", "another")
    }
    guard model.prefix == "##" else {
      throw other("model.continuing_subword_prefix", "\"##\"", "another")
    }
    guard model.longestWord == 100 else {
      throw other("model.max_input_chars_per_word", "100", "\(model.longestWord)")
    }
    guard case .bert(let normalizer)? = file.normalizer else {
      throw other("normalizer", "BertNormalizer", file.normalizer == nil ? "none" : "another")
    }
    for (key, value) in [
      ("clean_text", normalizer.cleansText), ("lowercase", normalizer.lowercases),
      ("handle_chinese_chars", normalizer.separatesChinese),
      ("strip_accents", normalizer.stripsAccents),
    ] where !value {
      throw other("normalizer.\(key)", "true", "false")
    }
    guard file.splitter == .bert else {
      throw other("pre_tokenizer", "BertPreTokenizer", file.splitter == nil ? "none" : "another")
    }
    guard let opening = file.template.before.first, let closing = file.template.after.first,
      file.template == TokenTemplate(before: [opening], after: [closing])
    else { throw other("post_processor", "one token before a text and one after it", "others") }
    guard let padding = file.id(of: "[PAD]") else {
      throw CheckpointError(
        .malformed, file: file.name, key: "[PAD]", expected: "a number for this token",
        found: "none", advice: TokenizerEntry.copyAgain)
    }
    if let token = file.added.first(where: \.isNormalized) {
      throw other(
        "added_tokens", "tokens that are found in the text as it is written",
        CheckpointError.listed([token.content]))
    }
    words = model.vocabulary.ids
    unknown = model.unknown
    (self.opening, self.closing, self.padding) = (opening, closing, padding)
  }
}

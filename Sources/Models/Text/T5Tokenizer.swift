import Checkpoints
import Foundation

/// T5's tokenizer: turns text into the ids of SentencePiece's pieces, followed by `</s>`.
package struct T5Tokenizer: Sendable {
  private enum Reader: Sendable {
    case file(TextTokenizer)
    case pieces(SentencePieceTokenizer)
  }

  private let reader: Reader
  /// The id of the end token.
  package let end: Int32
  /// The id of the padding token.
  package let padding: Int32
  /// The largest token id.
  package let largestToken: Int32

  /// The tokenizer in a folder: `tokenizer.json`, or if there is none, `spiece.model`.
  ///
  /// Both give the same tokens, except for special tokens that are written in a text, such as `</s>`: `tokenizer.json`
  /// matches them, `spiece.model` treats them as text.
  ///
  /// - Throws: `CheckpointError` when both are missing, or the file is malformed or describes another kind of
  ///   tokenizer.
  package init(folder: URL) throws {
    let json = folder.appendingPathComponent("tokenizer.json")
    let pieces = folder.appendingPathComponent("spiece.model")
    let manager = FileManager.default
    if manager.fileExists(atPath: json.path) {
      try self.init(TextTokenizer(contentsOf: json), name: json.path)
    } else if manager.fileExists(atPath: pieces.path) {
      try self.init(SentencePieceFile(contentsOf: pieces))
    } else {
      throw CheckpointError(
        .missing, file: folder.path, expected: "tokenizer.json or spiece.model", found: "neither",
        advice: TokenizerEntry.copyAgain)
    }
  }

  /// Reads the text of a `tokenizer.json`; `name` is its name in messages.
  package init(json: Data, name: String) throws {
    try self.init(TextTokenizer(json: json, name: name), name: name)
  }

  /// Reads the bytes of a `spiece.model`; `name` is its name in messages.
  package init(pieces: Data, name: String) throws {
    try self.init(SentencePieceFile(bytes: [UInt8](pieces), name: name))
  }

  private init(_ tokenizer: TextTokenizer, name: String) throws {
    guard let end = tokenizer.id(of: Self.end), let padding = tokenizer.id(of: Self.padding) else {
      throw Self.missingMarks(name)
    }
    guard tokenizer.ids(of: "") == [end] else {
      throw CheckpointError(
        .unsupported, file: name, key: "post_processor",
        expected: "\(Self.end) after a text and nothing before it, as in T5", found: "another",
        advice: TokenizerEntry.chooseAnother)
    }
    reader = .file(tokenizer)
    (self.end, self.padding, largestToken) = (end, padding, tokenizer.largestToken)
  }

  private init(_ file: SentencePieceFile) throws {
    guard let end = file.control(Self.end), let padding = file.control(Self.padding) else {
      throw Self.missingMarks(file.name)
    }
    reader = .pieces(SentencePieceTokenizer(file))
    (self.end, self.padding, largestToken) = (end, padding, Int32(file.pieces.count - 1))
  }

  private static let end = "</s>"
  private static let padding = "<pad>"

  private static func missingMarks(_ name: String) -> CheckpointError {
    CheckpointError(
      .malformed, file: name, expected: "the tokens \(end) and \(padding), as in T5",
      found: "a vocabulary without them", advice: TokenizerEntry.copyAgain)
  }

  /// The tokens of a text with their ranges, without the end token.
  ///
  /// A token at the beginning of a word includes the space before the word.
  package func tokens(of text: String) -> [TextTokenizer.Token] {
    switch reader {
    case .file(let tokenizer): tokenizer.tokens(of: text)
    case .pieces(let tokenizer): tokenizer.tokens(of: text)
    }
  }

  /// The ids of a text's tokens, including the end token.
  package func ids(of text: String) -> [Int32] { tokens(of: text).map(\.id) + [end] }

  /// A text for the text encoder, cut or padded to exactly `length` tokens, 1 or more. The end token is never cut off.
  package func encode(_ text: String, length: Int) -> TextTokenizer.Encoding {
    precondition(length >= 1, "a text has at least its end token")
    let tokens = tokens(of: text)
    let ids = tokens.prefix(length - 1).map(\.id) + [end]
    return TextTokenizer.Encoding(
      ids: ids + Array(repeating: padding, count: length - ids.count),
      mask: (0..<length).map { $0 < ids.count }, count: tokens.count + 1)
  }
}

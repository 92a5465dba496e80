import Checkpoints
import Files
import Foundation

/// The contents of a `spiece.model`: a Unigram model of SentencePiece (Kudo and Richardson 2018), stored as the message
/// `ModelProto` of `sentencepiece_model.proto`.
///
/// Settings for training are ignored. Models of other types, such as BPE, are rejected.
struct SentencePieceFile: Sendable {
  /// What a piece is for. The numbers are those of the file format.
  enum Kind: UInt64, Sendable {
    case normal = 1
    /// Stands for characters without a piece.
    case unknown = 2
    /// Never matched in a text, such as the end token.
    case control = 3
    /// Always kept whole.
    case userDefined = 4
    /// Never matched.
    case unused = 5
    /// Stands for one byte of a character without a piece.
    case byte = 6
  }

  /// An entry of the vocabulary; its index is its id.
  struct Piece: Sendable {
    var text = ""
    /// The logarithm of its probability.
    var score: Float = 0
    var kind = Kind.normal
  }

  /// The maximum size of a file in bytes; the largest vocabularies have about 5 MB.
  private static let longest = 64 << 20

  /// The file's name, for messages.
  let name: String
  private(set) var pieces: [Piece] = []
  /// The id of the piece for unknown characters.
  private(set) var unknown: Int32 = 0
  /// The id of the piece for each byte; empty without byte fallback.
  private(set) var bytes: [Int32] = []
  /// Replacements of characters; `nil` if there are none.
  private(set) var characters: PrecompiledCharacters?
  /// Whether a space is put before a text.
  private(set) var addsPrefix = true
  /// Whether spaces at both ends of a text, and repeated spaces within it, are removed.
  private(set) var removesExtraSpaces = true
  /// Whether spaces are written as the visible character `▁`.
  private(set) var escapesSpaces = true

  private var fallsBackToBytes = false

  /// Reads a file.
  ///
  /// - Throws: `CheckpointError` when it is missing, malformed, contradicts itself, or is not a Unigram model.
  init(contentsOf url: URL) throws {
    guard let data = try? SafeFile.read(url, limit: Self.longest) else {
      throw CheckpointError(
        .missing, file: url.path, expected: "a spiece.model", found: "no readable file",
        advice: TokenizerEntry.copyAgain)
    }
    try self.init(bytes: [UInt8](data), name: url.path)
  }

  /// Reads the bytes of a file; `name` is its name in messages.
  init(bytes: [UInt8], name: String) throws {
    self.name = name
    try readFields(bytes[...], "") { file, field, value in
      switch (field, value) {
      case (1, .bytes(let piece)): try file.readPiece(piece)
      case (2, .bytes(let trainer)): try file.readTrainer(trainer)
      case (3, .bytes(let normalizer)): try file.readNormalizer(normalizer)
      case (1...3, _): throw file.malformed(nil, "fields of SentencePiece's types", "others")
      default: break
      }
    }
    try check()
  }

  /// The id of a control piece, such as `</s>`.
  func control(_ text: String) -> Int32? {
    pieces.firstIndex { $0.kind == .control && $0.text == text }.map { Int32($0) }
  }

  // MARK: Messages

  private mutating func readFields(
    _ bytes: ArraySlice<UInt8>, _ key: String,
    _ body: (inout SentencePieceFile, Int, ProtobufReader.Value) throws -> Void
  ) throws {
    var reader = ProtobufReader(bytes)
    do {
      while let (field, value) = try reader.next() { try body(&self, field, value) }
    } catch is ProtobufReader.Problem {
      throw malformed(
        key.isEmpty ? nil : key, "a SentencePiece model (a message of Protocol Buffers)",
        "a file that is cut off or in another format")
    }
  }

  private mutating func readPiece(_ bytes: ArraySlice<UInt8>) throws {
    let key = "pieces.\(pieces.count)"
    guard pieces.count <= TokenVocabulary.largestNumber else {
      throw malformed("pieces", "at most \(TokenVocabulary.largestNumber + 1) pieces", "more")
    }
    var piece = Piece()
    try readFields(bytes, key) { file, field, value in
      switch (field, value) {
      case (1, .bytes(let utf8)):
        let text = String(decoding: utf8, as: UTF8.self)
        guard text.utf8.elementsEqual(utf8) else {
          throw file.malformed(key, "text in UTF-8", "other bytes")
        }
        piece.text = text
      case (2, .fourBytes(let bits)): piece.score = Float(bitPattern: bits)
      case (3, .number(let number)):
        guard let kind = Kind(rawValue: number) else {
          throw file.malformed(key, "a type from 1 to 6", "\(number)")
        }
        piece.kind = kind
      case (1...3, _): throw file.malformed(key, "a text, a score and a type", "others")
      default: break
      }
    }
    guard !piece.text.isEmpty, piece.score.isFinite else {
      throw malformed(
        key, "a text and a finite score",
        piece.text.isEmpty ? "no text" : "the score \(piece.score)")
    }
    pieces.append(piece)
  }

  private mutating func readTrainer(_ bytes: ArraySlice<UInt8>) throws {
    try readFields(bytes, "trainer_spec") { file, field, value in
      switch (field, value) {
      case (3, .number(let type)) where type != 1:
        let names: [UInt64: String] = [2: "BPE", 3: "WORD", 4: "CHAR"]
        throw file.unsupported("trainer_spec.model_type", "UNIGRAM", names[type] ?? "\(type)")
      case (24, .number(let isSuffix)) where isSuffix != 0:
        throw file.unsupported("trainer_spec.treat_whitespace_as_suffix", "false", "true")
      case (35, .number(let falls)): file.fallsBackToBytes = falls != 0
      default: break
      }
    }
  }

  private mutating func readNormalizer(_ bytes: ArraySlice<UInt8>) throws {
    try readFields(bytes, "normalizer_spec") { file, field, value in
      switch (field, value) {
      case (2, .bytes(let table)) where !table.isEmpty:
        guard let characters = PrecompiledCharacters(Array(table)) else {
          throw file.malformed(
            "normalizer_spec.precompiled_charsmap",
            "a double-array trie and its replacements", "something else")
        }
        file.characters = characters
      case (3, .number(let flag)): file.addsPrefix = flag != 0
      case (4, .number(let flag)): file.removesExtraSpaces = flag != 0
      case (5, .number(let flag)): file.escapesSpaces = flag != 0
      default: break
      }
    }
  }

  // MARK: Checks

  private mutating func check() throws {
    // Bytes, because strings in different Unicode normalisation forms compare equal.
    var texts: Set<[UInt8]> = []
    for piece in pieces where !texts.insert(Array(piece.text.utf8)).inserted {
      throw malformed(
        "pieces", "each piece once", "\(CheckpointError.listed([piece.text])) twice")
    }
    let unknowns = pieces.indices.filter { pieces[$0].kind == .unknown }
    guard unknowns.count == 1 else {
      throw malformed("pieces", "one piece for unknown characters", "\(unknowns.count)")
    }
    unknown = Int32(unknowns[0])
    guard fallsBackToBytes else { return }
    var ids: [String: Int32] = [:]
    for (id, piece) in pieces.enumerated() where piece.kind == .byte {
      ids[piece.text] = Int32(id)
    }
    bytes = try ByteToken.names.map { name in
      guard let id = ids[name] else {
        throw malformed("pieces", "a piece for each byte", "none called \(name)")
      }
      return id
    }
  }

  private func malformed(_ key: String?, _ expected: String, _ found: String) -> CheckpointError {
    CheckpointError(
      .malformed, file: name, key: key, expected: expected, found: found,
      advice: TokenizerEntry.copyAgain)
  }

  private func unsupported(_ key: String, _ supported: String, _ found: String) -> CheckpointError {
    CheckpointError(
      .unsupported, file: name, key: key, expected: supported, found: found,
      advice: TokenizerEntry.chooseAnother)
  }
}

import Checkpoints
import Files
import Foundation

/// CLIP's byte-level vocabulary: the ids of symbols, and which two of them merge into which (Sennrich et al. 2016;
/// Radford et al. 2019 for bytes as characters; Radford et al. 2021).
struct CLIPVocabulary: Sendable {
  static let beginning = "<|startoftext|>"
  static let end = "<|endoftext|>"

  /// The id of each byte inside a word.
  let inside: [Int32]
  /// The id of each byte at the end of a word.
  let atEnd: [Int32]
  let beginning: Int32
  let end: Int32
  /// The largest id of a symbol.
  let largest: Int32
  /// The symbol that two symbols merge into.
  let merges: MergeTable

  // MARK: Reading

  /// The vocabulary of OpenAI's models, which OpenCLIP's also use: the merges included in the program, numbered as in
  /// `simple_tokenizer.py` of openai/CLIP.
  ///
  /// - Throws: `CheckpointError` when the resource is missing.
  static func embedded() throws -> CLIPVocabulary {
    guard let url = ResourceFolder.url("CLIPVocabulary/merges.txt", of: "Models")
    else {
      throw CheckpointError(
        .missing, file: "CLIPVocabulary/merges.txt", expected: "the program's vocabulary",
        found: "no such resource", advice: "Install the program again, with its resources")
    }
    let merges = try lines(of: url)
    var ids: [Symbol: Int32] = [:]
    ids.reserveCapacity(2 * 256 + merges.count + 2)
    func add(_ symbol: Symbol) { ids[symbol] = Int32(ids.count) }
    // Printable bytes come first, because they represent themselves.
    let bytes = (0..<256).sorted { letters[$0].value < letters[$1].value }
    for suffix in ["", "</w>"] { for byte in bytes { add(Symbol(letters[byte], suffix)) } }
    for merge in merges { add(merge.left + merge.right) }
    add(Symbol(beginning))
    add(Symbol(end))
    return try CLIPVocabulary(ids: ids, merges: merges, file: url.path)
  }

  /// The vocabulary of a tokenizer's folder: `vocab.json` and `merges.txt`.
  ///
  /// - Throws: `CheckpointError` when a file is missing, malformed, or contradicts the other.
  init(folder: URL) throws {
    let url = folder.appendingPathComponent("vocab.json")
    let words = try TokenizerFiles.vocabulary(url)
    let ids = Dictionary(words.map { (Symbol($0.key), $0.value) }) { first, _ in first }
    let merges = folder.appendingPathComponent("merges.txt")
    try self.init(ids: ids, merges: Self.lines(of: merges), file: url.path)
  }

  /// The vocabulary of a `tokenizer.json`.
  ///
  /// - Throws: `CheckpointError` when it lacks a symbol, or has an unknown token other than the end token.
  init(_ model: TokenizerModel.BytePairs, added: [AddedToken], file: String) throws {
    var ids = model.vocabulary.ids
    for token in added { ids[Symbol(token.content)] = token.id }
    try self.init(ids: ids, merges: model.merges, file: file)
    let hasAllBytes = Self.letters.allSatisfy {
      ids[Symbol($0, "")] != nil && ids[Symbol($0, "</w>")] != nil
    }
    guard hasAllBytes || model.unknown == end else {
      throw CheckpointError(
        .unsupported, file: file, key: "model.unk_token", expected: "\"\(Self.end)\"",
        found: "another token", advice: TokenizerEntry.chooseAnother)
    }
  }

  /// A symbol as written in the files, by its bytes: strings would be compared by canonical equivalence.
  private typealias Symbol = [UInt8]

  private init(ids: [Symbol: Int32], merges: [(left: Symbol, right: Symbol)], file: String) throws {
    beginning = try MergeTable.required(Symbol(Self.beginning), ids, file)
    end = try MergeTable.required(Symbol(Self.end), ids, file)
    let unknown = end
    inside = Self.letters.map { ids[Symbol($0, "")] ?? unknown }
    atEnd = Self.letters.map { ids[Symbol($0, "</w>")] ?? unknown }
    largest = ids.values.max() ?? 0
    self.merges = try MergeTable(merges, ids: ids, file: file)
  }

  private static func lines(of url: URL) throws -> [(left: Symbol, right: Symbol)] {
    let data = try TokenizerFiles.contents(url)
    var merges: [(left: Symbol, right: Symbol)] = []
    for line in data.split(separator: UInt8(ascii: "\n")) {
      let line = line.last == UInt8(ascii: "\r") ? line.dropLast() : line
      if merges.isEmpty, line.starts(with: "#version".utf8) { continue }
      let parts = line.split(separator: UInt8(ascii: " "), omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty, merges.count < 1_000_000 else {
        throw CheckpointError(
          .malformed, file: url.path, expected: "two symbols separated by a space on each line",
          found: "a different line after \(merges.count) of them",
          advice: TokenizerEntry.copyAgain)
      }
      merges.append((Symbol(parts[0]), Symbol(parts[1])))
    }
    return merges
  }

  // MARK: Bytes as characters

  /// The character that represents each byte: itself if it is printable, otherwise the next free one from U+0100 on, as
  /// in `bytes_to_unicode` of openai/gpt-2.
  static let letters: [Unicode.Scalar] = {
    var next: UInt8 = 0
    return (UInt8(0)...255).map { byte in
      switch byte {
      case 0x21...0x7E, 0xA1...0xAC, 0xAE...0xFF: return Unicode.Scalar(byte)
      default:
        defer { next += 1 }
        return Unicode.Scalar(0x100 + UInt32(next)) ?? "\u{FFFD}"
      }
    }
  }()
}

extension [UInt8] {
  fileprivate init(_ letter: Unicode.Scalar, _ suffix: String) {
    self = Array(String(letter).utf8) + Array(suffix.utf8)
  }

  fileprivate init(_ text: String) { self = Array(text.utf8) }
}

/// The files of a tokenizer's folder.
enum TokenizerFiles {
  /// The maximum size in bytes; no tokenizer is nearly this large.
  private static let longest = 64 << 20

  /// The `tokenizer.json` of a folder without `vocab.json` and `merges.txt`; `nil` if it has both of these.
  ///
  /// - Throws: `CheckpointError` when the folder has neither, or the file cannot be used.
  static func description(in folder: URL) throws -> TokenizerFile? {
    func has(_ name: String) -> Bool {
      FileManager.default.fileExists(atPath: folder.appendingPathComponent(name).path)
    }
    let missing = ["vocab.json", "merges.txt"].filter { !has($0) }
    if missing.isEmpty { return nil }
    let name = "tokenizer.json"
    guard has(name) else {
      throw CheckpointError(
        .missing, file: folder.path, expected: "vocab.json and merges.txt, or \(name)",
        found: "no \((missing + [name]).joined(separator: ", no "))",
        advice: TokenizerEntry.copyAgain)
    }
    return try TokenizerFile(contentsOf: folder.appendingPathComponent(name))
  }

  /// The bytes of a file.
  ///
  /// - Throws: `CheckpointError` when it is missing or cannot be read.
  static func contents(_ url: URL) throws -> Data {
    guard let data = try? SafeFile.read(url, limit: longest) else {
      throw CheckpointError(
        .missing, file: url.path, expected: "a tokenizer file", found: "no readable file",
        advice: TokenizerEntry.copyAgain)
    }
    return data
  }

  /// A `vocab.json`: each token's id.
  ///
  /// - Throws: `CheckpointError` when it is missing or malformed, or has ids above a million.
  static func vocabulary(_ url: URL) throws -> [String: Int32] {
    let data = try contents(url)
    guard let words = try? JSONDecoder().decode([String: Int32].self, from: data),
      words.values.allSatisfy({ (0..<1_000_000).contains($0) })
    else {
      throw CheckpointError(
        .malformed, file: url.path, expected: "a JSON object of tokens and their ids",
        found: "something else", advice: TokenizerEntry.copyAgain)
    }
    return words
  }

  /// The padding token, from `special_tokens_map.json` or `tokenizer_config.json`.
  static func padding(in folder: URL) -> String? {
    struct Settings: Decodable {
      let padding: String?

      enum CodingKeys: String, CodingKey { case padding = "pad_token" }
      struct Token: Decodable { let content: String }

      init(from decoder: any Decoder) throws {
        let values = try decoder.container(keyedBy: CodingKeys.self)
        padding =
          (try? values.decode(String.self, forKey: .padding))
          ?? (try? values.decode(Token.self, forKey: .padding))?.content
      }
    }
    for name in ["special_tokens_map.json", "tokenizer_config.json"] {
      guard let data = try? contents(folder.appendingPathComponent(name)),
        let settings = try? JSONDecoder().decode(Settings.self, from: data),
        let padding = settings.padding
      else { continue }
      return padding
    }
    return nil
  }
}

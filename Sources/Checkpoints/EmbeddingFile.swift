#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A textual inversion file (Gal et al. 2022): vectors that replace the token embeddings of a new word.
///
/// It reads AUTOMATIC1111's files (`emb_params`), diffusers' with a single tensor of any name, SDXL's with vectors for
/// both text encoders (`clip_l`, `clip_g`), and such vectors in a LoRA file under `bundle_emb.NAME.`.
public struct EmbeddingFile: Sendable {
  /// Vectors for one text encoder.
  struct Vectors: Sendable {
    let key: String
    let count: Int
    let width: Int
  }

  /// The file.
  public let url: URL
  /// The number of tokens that the word counts as.
  public let count: Int
  /// The word's name if the file has it: diffusers uses it as the name of its single tensor, such as `<cat-toy>`.
  public let word: String?
  private let store: WeightStore
  private let file: TensorFile
  /// In the order of the text encoders.
  private let parts: [Vectors]

  /// Opens a file; only its header is read.
  ///
  /// - Parameter word: The name of a word bundled in a LoRA file, if it is such a file.
  /// - Throws: ``CheckpointError`` when it is missing, malformed, or not a textual inversion.
  public init(contentsOf url: URL, bundled word: String? = nil) throws {
    try self.init(TensorFile(contentsOf: url), at: url, bundled: word)
  }

  /// Reads a file from memory; `name` is its name in messages.
  ///
  /// - Throws: ``CheckpointError``, like ``init(contentsOf:bundled:)``.
  package init(data: Data, name: String, bundled word: String? = nil) throws {
    try self.init(
      TensorFile(data: data, name: name), at: URL(fileURLWithPath: name), bundled: word)
  }

  private init(_ file: TensorFile, at url: URL, bundled word: String?) throws {
    let prefix = word.map { "\(LoRAFile.wordPrefix)\($0)." } ?? ""
    func refusal(_ found: String) -> CheckpointError {
      CheckpointError(
        .unsupported, file: file.name,
        expected: "a textual inversion: emb_params, clip_l and clip_g, or a single tensor",
        found: found, advice: "Give a whole model with --model or a LoRA with --lora")
    }
    let names = file.tensors.keys.filter { $0.hasPrefix(prefix) }
      .map { String($0.dropFirst(prefix.count)) }.sorted()
    let chosen: [String]
    if names.contains("emb_params") {
      chosen = ["emb_params"]
    } else if names.contains("clip_l") {
      chosen = ["clip_l", "clip_g"].filter(names.contains)
    } else {
      guard names.count == 1 else { throw refusal("\(names.count) tensors with other names") }
      chosen = names
    }
    self.word = chosen == names && names.count == 1 && word == nil ? Self.word(names[0]) : nil
    parts = try chosen.map { name in
      let key = prefix + name
      let shape = file.tensors[key]?.shape ?? []
      guard (1...2).contains(shape.count), let width = shape.last, width > 0,
        case let count = shape.count == 2 ? shape[0] : 1, (1...1024).contains(count)
      else { throw refusal("\(CheckpointError.quoted(key)) of shape \(shape)") }
      return Vectors(key: key, count: count, width: width)
    }
    guard let count = parts.first?.count, parts.allSatisfy({ $0.count == count }) else {
      throw refusal("different numbers of vectors for the two text encoders")
    }
    self.url = url
    self.file = file
    self.count = count
    store = WeightStore(
      file, at: url,
      showing: Dictionary(
        uniqueKeysWithValues: parts.map {
          ($0.key, TensorView(key: $0.key, shape: [$0.count, $0.width]))
        }))
  }

  /// Tensor names that are not words.
  private static let plainNames: Set = [
    "emb_params", "clip_l", "clip_g", "embedding", "embeddings", "vector", "vectors", "tensor",
    "weight", "data", "learned_embeds",
  ]

  /// The word that a tensor is named after; `nil` if its name is generic or cannot be typed.
  private static func word(_ name: String) -> String? {
    guard (2...64).contains(name.unicodeScalars.count), !plainNames.contains(name.lowercased()),
      // Names with levels, such as `string_to_param.*`, belong to modules.
      !name.contains("."),
      name.allSatisfy({ !$0.isWhitespace }),
      !name.unicodeScalars.contains(where: { $0.properties.generalCategory == .control })
    else { return nil }
    return name
  }

  /// The first twelve hexadecimal digits of the SHA-256 of the file.
  public func hash() -> String { SHA256.hash(of: file.data, digits: 12) }

  /// The models with these text encoders; `nil` if unknown.
  private var family: String? {
    switch parts.map(\.width) {
    case [768]: ModelFamily.stableDiffusion1.rawValue
    case [1024]: ModelFamily.stableDiffusion2.rawValue
    case [768, 1280]: ModelFamily.stableDiffusionXL.rawValue
    default: nil
    }
  }

  /// The vectors for each of a model's text encoders, `(count, width)`.
  ///
  /// - Parameters:
  ///   - widths: Channels of the text encoders' token embeddings.
  ///   - model: The model's name in messages.
  /// - Throws: ``CheckpointError`` when they were trained for other text encoders.
  public func vectors(widths: [Int], model: String) throws -> [[Float]] {
    guard parts.map(\.width) == widths else {
      func named(_ widths: [Int]) -> String {
        widths.map(String.init).joined(separator: " and ")
      }
      throw CheckpointError(
        .mismatched, file: file.name,
        expected: "vectors of \(named(widths)) numbers, as the text encoders of \(model) have",
        found: named(parts.map(\.width)) + (family.map { ", as \($0) has" } ?? ""),
        advice: "Use the model that the word was trained for")
    }
    return try parts.map { try store.floats($0.key) }
  }
}

import Checkpoints
import Diffusion
import Foundation
import Pictures
import Recipes
import Tensors

/// LoRAs, words and options that a model is opened with, besides its own files.
public struct ModelAdditions: Sendable {
  /// A LoRA file with its weight.
  public struct LoRA: Sendable, Hashable {
    /// The file.
    public var url: URL
    /// The factor for its changes; 1 is the trained strength.
    public var weight: Float

    /// A file with this weight.
    public init(url: URL, weight: Float = 1) {
      self.url = url
      self.weight = weight
    }
  }

  /// A textual inversion file, and the word that it adds to prompts.
  public struct Embedding: Sendable, Hashable {
    /// The word, if given; otherwise see ``resolvedWord()``.
    public var word: String?
    /// The file.
    public var url: URL
    /// The word's name in the LoRA file that contains it; `nil` for a file of its own.
    private(set) var bundledName: String?

    /// A file whose word is the given one, or else the one in the file, or else the file's name.
    public init(url: URL, word: String? = nil) {
      self.url = url
      self.word = word
    }

    /// A word in a LoRA file.
    init(url: URL, bundledName: String) {
      self.init(url: url, word: bundledName)
      self.bundledName = bundledName
    }

    /// The word as written in prompts.
    func word(in file: EmbeddingFile) -> String {
      word ?? file.word ?? url.deletingPathExtension().lastPathComponent
    }

    /// The word as written in prompts; opens the file if it may contain the word.
    ///
    /// - Throws: `CheckpointError` when the file cannot be used.
    func resolvedWord() throws -> String {
      try word ?? word(in: EmbeddingFile(contentsOf: url))
    }
  }

  /// LoRAs; each changes the weights as left by the previous ones.
  public var loras: [LoRA] = []
  /// Words that prompts may contain in addition to the vocabulary.
  public var embeddings: [Embedding] = []
  /// The text encoder's layer to use, as AUTOMATIC1111 counts: 1 for the last one, 2 for the second to last; `nil` for
  /// the model's own.
  public var clipSkip: Int?
  /// What the network predicts, for files that do not say.
  public var prediction: Prediction?

  /// Nothing added.
  public init() {}
}

/// An addition that a model does not support.
public struct AdditionError: Error, CustomStringConvertible, Sendable {
  /// A sentence for people.
  public let description: String
}

extension ModelAdditions {
  /// - Throws: ``AdditionError`` if something works only for prompts encoded by CLIP.
  func requireNoneForPrompts(of model: String) throws {
    guard embeddings.isEmpty, clipSkip == nil else {
      throw AdditionError(
        description: "the model \(model) has no CLIP text encoder: "
          + "--embedding and --clip-skip are only for Stable Diffusion")
    }
  }

  /// These additions with the words in the LoRA files; words given explicitly come first.
  ///
  /// - Throws: `CheckpointError` when a LoRA cannot be used.
  func withBundledWords() throws -> ModelAdditions {
    if loras.isEmpty { return self }
    var result = self
    var known = Set(try embeddings.map { try $0.resolvedWord().lowercased() })
    for lora in loras {
      for word in try LoRAFile(contentsOf: lora.url).words
      where known.insert(word.lowercased()).inserted {
        result.embeddings.append(Embedding(url: lora.url, bundledName: word))
      }
    }
    return result
  }

  /// The layer to use, if the text encoders have it.
  ///
  /// - Throws: ``AdditionError`` when they have fewer.
  func clipSkip(within layers: [Int]) throws -> Int? {
    guard let clipSkip, let most = layers.min() else { return nil }
    guard (1...most).contains(clipSkip) else {
      throw AdditionError(
        description: "--clip-skip must be 1 to \(most) with this model, not \(clipSkip)")
    }
    return clipSkip
  }
}

/// The changes that LoRA files make to a model's weights.
package struct Adaptation: Sendable {
  /// By part and weight.
  private var changes: [ModelPart: [String: [WeightChange]]] = [:]
  /// The files, as named in a picture's settings.
  private(set) var records: [Recipe.LoRA] = []
  /// Notices for the user: changes in a file that do not fit the model, and words that a file adds.
  package private(set) var notices: [String] = []

  /// Reads the changes to a model from some files.
  ///
  /// - Throws: `CheckpointError` when a file cannot be used or changes nothing in this model.
  package init(_ loras: [ModelAdditions.LoRA], of targets: @autoclosure () -> LoRATargets) throws {
    guard !loras.isEmpty else { return }
    let targets = targets()
    for lora in loras {
      let file = try LoRAFile(contentsOf: lora.url)
      let (found, unmatched) = try file.changes(to: targets, weight: lora.weight)
      for (part, weights) in found {
        for (name, change) in weights {
          changes[part, default: [:]][name, default: []].append(change)
        }
      }
      records.append(
        Recipe.LoRA(
          file: lora.url.lastPathComponent, weight: lora.weight, hash: file.hash()))
      if !unmatched.isEmpty {
        notices.append(
          "\(lora.url.lastPathComponent): \(unmatched.count) of its changes do not fit this model "
            + "and were left out: \(CheckpointError.listed(unmatched))")
      }
      if !file.words.isEmpty {
        notices.append(
          "\(lora.url.lastPathComponent) adds words to prompts: "
            + CheckpointError.listed(file.words))
      }
    }
  }

  /// A part's weights with their changes.
  package func parameters(_ part: ModelPart, _ store: WeightStore) -> any ParameterSource {
    let base = CheckpointParameters(store: store)
    guard let changes = changes[part] else { return base }
    return AdaptedParameters(base: base, changes: changes)
  }
}

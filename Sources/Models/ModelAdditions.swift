import Checkpoints
import Diffusion
import Foundation
import Pictures
import Recipes
import Tensors

/// LoRAs, words and options that a model is opened with, besides its own files.
public struct ModelAdditions: Sendable {
  /// A LoRA's file, and how strongly it changes the model.
  public struct LoRA: Sendable, Hashable {
    /// The file.
    public var url: URL
    /// The factor of its changes; 1 is as it was trained.
    public var weight: Float

    /// A file at this weight.
    public init(url: URL, weight: Float = 1) {
      self.url = url
      self.weight = weight
    }
  }

  /// A textual inversion's file, and the word that it adds to prompts.
  public struct Embedding: Sendable, Hashable {
    /// The word, where it was given; ``resolvedWord()`` knows it otherwise.
    public var word: String?
    /// The file.
    public var url: URL
    /// The word's name in a LoRA's file that brings it along; `nil` for a file of its own.
    private(set) var bundledName: String?

    /// A file whose word is the one that it says, or else its own name, unless another one is given.
    public init(url: URL, word: String? = nil) {
      self.url = url
      self.word = word
    }

    /// A word that a LoRA's file brings along.
    init(url: URL, bundledName: String) {
      self.init(url: url, word: bundledName)
      self.bundledName = bundledName
    }

    /// The word as prompts have it.
    func word(in file: EmbeddingFile) -> String {
      word ?? file.word ?? url.deletingPathExtension().lastPathComponent
    }

    /// The same; the file is opened where it may say the word.
    ///
    /// - Throws: `CheckpointError` when the file cannot be used.
    func resolvedWord() throws -> String {
      try word ?? word(in: EmbeddingFile(contentsOf: url))
    }
  }

  /// LoRAs; each changes what the ones before it have made of the weights.
  public var loras: [LoRA] = []
  /// Words that prompts may have besides those of the vocabulary.
  public var embeddings: [Embedding] = []
  /// The text encoder's layer whose states are taken, as AUTOMATIC1111 counts: 1 for the last one, 2 for the one before;
  /// `nil` for the model's own.
  public var clipSkip: Int?
  /// What the network predicts, where its files do not tell.
  public var prediction: Prediction?

  /// Nothing added.
  public init() {}
}

/// An addition that a model cannot take.
public struct AdditionError: Error, CustomStringConvertible, Sendable {
  /// A sentence for people.
  public let description: String
}

extension ModelAdditions {
  /// - Throws: ``AdditionError`` where something is for prompts that CLIP reads.
  func requireNoneForPrompts(of model: String) throws {
    guard embeddings.isEmpty, clipSkip == nil else {
      throw AdditionError(
        description: "the model \(model) has no CLIP text encoder: "
          + "--embedding and --clip-skip are for Stable Diffusion")
    }
  }

  /// The same with the words that the LoRAs' files bring along; those that were given themselves come first.
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

  /// The layer whose states are taken, where the text encoders have it.
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
  /// The files as a picture's settings name them.
  private(set) var records: [Recipe.LoRA] = []
  /// Notices for the user: changes of a file that do not fit the model, and words that it adds.
  package private(set) var notices: [String] = []

  /// Reads what some files change in a model.
  ///
  /// - Throws: `CheckpointError` when a file cannot be used or changes nothing of this model.
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
          "\(lora.url.lastPathComponent): it adds words to prompts: "
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

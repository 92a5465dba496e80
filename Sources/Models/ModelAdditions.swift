import Checkpoints
import Diffusion
import Foundation
import Pictures
import Tensors

/// What a model is opened with besides its own files.
public struct ModelAdditions: Sendable {
  /// A LoRA's file, and how strongly it changes the model.
  public struct LoRA: Sendable, Hashable {
    /// The file.
    public var url: URL
    /// What its changes are multiplied by; 1 is as it was taught.
    public var weight: Float

    /// A file at this weight.
    public init(url: URL, weight: Float = 1) {
      self.url = url
      self.weight = weight
    }
  }

  /// A textual inversion's file, and the word that it adds to prompts.
  public struct Embedding: Sendable, Hashable {
    /// The word.
    public var word: String
    /// The file.
    public var url: URL

    /// A file whose word is its name, unless another one is given.
    public init(url: URL, word: String? = nil) {
      self.url = url
      self.word = word ?? url.deletingPathExtension().lastPathComponent
    }
  }

  /// LoRAs, whose changes are all added up.
  public var loras: [LoRA] = []
  /// Words that prompts may have besides those of the vocabulary.
  public var embeddings: [Embedding] = []
  /// The text encoder's layer whose states are taken, as AUTOMATIC1111 counts: 1 for the last one, 2 for the one before;
  /// `nil` for the model's own.
  public var clipSkip: Int?
  /// What the network's output stands for, where its files do not tell.
  public var prediction: Prediction?

  /// Nothing added.
  public init() {}
}

/// Something that a model cannot be given.
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
struct Adaptation: Sendable {
  /// By part and weight.
  private var changes: [ModelPart: [String: [LowRankChange]]] = [:]
  /// The files as a picture's settings name them.
  private(set) var records: [Recipe.LoRA] = []
  /// What a user should know: layers of a file that the model does not have.
  private(set) var notices: [String] = []

  /// Reads what some files change in a model.
  ///
  /// - Throws: `CheckpointError` when a file cannot be used or changes nothing of this model.
  init(_ loras: [ModelAdditions.LoRA], of targets: @autoclosure () -> LoRATargets) throws {
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
          "\(lora.url.lastPathComponent): \(unmatched.count) of its layers are not in this model "
            + "and were left out: \(CheckpointError.listed(unmatched))")
      }
    }
  }

  /// A part's weights with what is added to them.
  func parameters(_ part: ModelPart, _ store: WeightStore) -> any ParameterSource {
    let base = CheckpointParameters(store: store)
    guard let changes = changes[part] else { return base }
    return AdaptedParameters(base: base, changes: changes)
  }
}

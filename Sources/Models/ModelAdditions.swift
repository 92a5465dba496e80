import Checkpoints
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

  /// LoRAs, whose changes are all added up.
  public var loras: [LoRA] = []

  /// Nothing added.
  public init() {}
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
            + "and were left out: \(unmatched.joined(separator: ", "))")
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

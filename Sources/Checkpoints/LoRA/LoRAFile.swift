#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file of low-rank changes to a model's weights (Hu et al. 2021): each is added to a layer's weight as
/// `alpha / rank * up * down`.
public struct LoRAFile: Sendable {
  /// The tensors of one change.
  struct Layer: Sendable {
    var up: String?
    var down: String?
    var mid: String?
    var alpha: String?
  }

  /// The file.
  public let url: URL
  /// The file's name without what tells the format.
  public var name: String { url.deletingPathExtension().lastPathComponent }

  private let store: WeightStore
  private let file: TensorFile
  private let layers: [String: Layer]
  private let adapter: AdapterMetadata?

  /// Opens a file; only its header is read yet.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, holds no changes, half of one, or changes of
  ///   another kind than the sum of products.
  public init(contentsOf url: URL) throws {
    self.url = url
    file = try TensorFile(contentsOf: url)
    store = WeightStore(
      file, at: url,
      showing: file.tensors.reduce(into: [:]) { views, tensor in
        views[tensor.key] = TensorView(key: tensor.key, shape: tensor.value.shape)
      })
    var layers: [String: Layer] = [:]
    var strange: [String] = []
    for name in file.tensors.keys {
      if let (_, kind) = LoRAKey.otherKinds.first(where: { name.contains($0.mark) }) {
        throw CheckpointError(
          .unsupported, file: file.name, key: name, expected: "a LoRA or LoCon",
          found: "\(kind), which changes weights in another way",
          advice: "Merge it into its model with the program that made it, and give that model")
      }
      guard let key = LoRAKey(name) else {
        strange.append(name)
        continue
      }
      switch key.role {
      case .up: layers[key.layer, default: Layer()].up = name
      case .down: layers[key.layer, default: Layer()].down = name
      case .mid: layers[key.layer, default: Layer()].mid = name
      case .alpha: layers[key.layer, default: Layer()].alpha = name
      }
    }
    guard strange.isEmpty, !layers.isEmpty else {
      throw CheckpointError(
        .unsupported, file: file.name, expected: "a LoRA: tensors like …lora_down.weight",
        found: strange.isEmpty
          ? "no tensors" : "\(strange.count) others (\(CheckpointError.listed(strange.sorted())))",
        advice: "Give a LoRA's file here, and a whole model with --model", names: strange.sorted())
    }
    let halves = layers.filter { $0.value.up == nil || $0.value.down == nil }.keys.sorted()
    guard halves.isEmpty else {
      throw CheckpointError(
        .malformed, file: file.name, expected: "both matrices of every change",
        found: "only one for \(CheckpointError.listed(halves))",
        advice: CheckpointError.downloadAgain, names: halves)
    }
    self.layers = layers
    adapter = file.remarks["lora_adapter_metadata"].flatMap(AdapterMetadata.init)
  }

  /// The first twelve hexadecimal digits of the SHA-256 of everything behind the header, as AUTOMATIC1111 tells LoRAs
  /// apart.
  public func hash() -> String {
    var sha = SHA256()
    let start = file.tensors.values.map(\.range.lowerBound).min() ?? 0
    sha.update(file.data.dropFirst(start))
    return String(sha.finish().prefix(12))
  }

  /// The models that it was made for, told by the width of the prompts that their attention reads; `nil` where it changes
  /// nothing of that, or reads another width.
  private var family: ModelFamily? {
    let width = layers.lazy.filter { name, _ in name.contains("attn2") && name.hasSuffix("to_k") }
      .compactMap { _, layer in layer.down.flatMap { self.store.shape(of: $0)?.last } }.first
    return width.flatMap { width in ModelFamily.allCases.first { $0.promptWidth == width } }
  }

  /// The changes to the weights of a model.
  ///
  /// - Parameters:
  ///   - targets: What its weights are called.
  ///   - weight: What every change is multiplied by.
  /// - Returns: The changes, by part and weight, and the layers of this file that the model does not have.
  /// - Throws: ``CheckpointError`` when the model is of another family or has none of them, and when one is of another
  ///   shape than its weight.
  public func changes(to targets: LoRATargets, weight: Float) throws -> (
    changes: [ModelPart: [String: LowRankChange]], unmatched: [String]
  ) {
    if let family, let wanted = targets.family, family != wanted {
      throw CheckpointError(
        .mismatched, file: file.name,
        expected: "a LoRA for \(wanted.rawValue), as \(targets.model) is",
        found: "one for \(family.rawValue)", advice: "Give the model that the LoRA was made for")
    }
    var changes: [ModelPart: [String: LowRankChange]] = [:]
    var unmatched: [String] = []
    for (name, layer) in layers.sorted(by: { $0.key < $1.key }) {
      guard let target = targets[name] else {
        unmatched.append(name)
        continue
      }
      changes[target.part, default: [:]][target.weight] = try change(
        layer, name: name, of: target, times: weight)
    }
    guard !changes.isEmpty else {
      throw CheckpointError(
        .mismatched, file: file.name, expected: "changes to layers of \(targets.model)",
        found: "\(unmatched.count) changes to others: \(CheckpointError.listed(unmatched))",
        advice: "Give the model that the LoRA was made for", names: unmatched)
    }
    return (changes, unmatched)
  }

  private func change(
    _ layer: Layer, name: String, of target: LoRATargets.Target, times weight: Float
  ) throws -> LowRankChange {
    guard let up = layer.up, let down = layer.down, let upShape = store.shape(of: up),
      let downShape = store.shape(of: down), upShape.count >= 2, downShape.count >= 2
    else { throw wrongShape(name, of: target) }
    let rank = downShape[0]
    var columns = Array(downShape.dropFirst())
    var isSound = upShape.dropFirst().product == rank
    if let mid = layer.mid {
      let shape = store.shape(of: mid) ?? []
      isSound = isSound && shape.count == 4 && shape[0] == rank && shape[1] == rank
      columns += shape.dropFirst(2)
    }
    // Each shape fits into memory; those of two matrices together need not.
    guard isSound, rank > 0, target.shape.first == upShape[0], let count = columns.product,
      target.shape.dropFirst().product == count
    else { throw wrongShape(name, of: target) }
    let alpha = try layer.alpha.map { try store.number($0) ?? Float(rank) }
    let scale = alpha.map { $0 / Float(rank) } ?? adapter?.scale(of: name, rank: rank) ?? 1
    return LowRankChange(
      store: store, up: up, down: down, mid: layer.mid, rank: rank, scale: scale * weight)
  }

  private func wrongShape(_ name: String, of target: LoRATargets.Target) -> CheckpointError {
    let shapes = [layers[name]?.up, layers[name]?.mid, layers[name]?.down].compactMap { $0 }
      .compactMap { store.shape(of: $0) }.map { "\($0)" }.joined(separator: " and ")
    return CheckpointError(
      .mismatched, file: file.name, key: name,
      expected: "matrices whose product has the shape \(target.shape)", found: shapes,
      advice: "Give the model that the LoRA was made for")
  }
}

/// What PEFT writes beside its matrices: how the changes are scaled where no `alpha` stands among the tensors.
private struct AdapterMetadata: Sendable {
  private let values: [String: Value]

  private enum Value: Decodable, Sendable {
    case number(Float)
    case flag(Bool)
    case numbers([String: Float])
    case other

    init(from decoder: any Decoder) throws {
      let container = try decoder.singleValueContainer()
      if let flag = try? container.decode(Bool.self) {
        self = .flag(flag)
      } else if let number = try? container.decode(Float.self) {
        self = .number(number)
      } else if let numbers = try? container.decode([String: Float].self) {
        self = .numbers(numbers)
      } else {
        self = .other
      }
    }
  }

  /// `nil` for a text that says nothing.
  init?(_ text: String) {
    guard let values = try? JSONDecoder().decode([String: Value].self, from: Data(text.utf8)) else {
      return nil
    }
    self.values = values
  }

  /// What the change of a layer, such as `unet.mid_block…to_q`, is multiplied by; `nil` where that is not said.
  func scale(of layer: String, rank: Int) -> Float? {
    guard let dot = layer.firstIndex(of: "."), rank > 0 else { return nil }
    let (part, module) = (layer[..<dot], layer[layer.index(after: dot)...])
    var alpha: Float?
    if case .number(let number)? = values["\(part).lora_alpha"] { alpha = number }
    if case .numbers(let pattern)? = values["\(part).alpha_pattern"],
      let own = pattern.first(where: { module == $0.key || module.hasSuffix("." + $0.key) })
    {
      alpha = own.value
    }
    guard let alpha else { return nil }
    // Rank-stabilised (Kalajdzievski 2023).
    if case .flag(true)? = values["\(part).use_rslora"] { return alpha / Float(rank).squareRoot() }
    return alpha / Float(rank)
  }
}

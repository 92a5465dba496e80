#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file of changes to a model's weights: low-rank ones (Hu et al. 2021) and those of LyCORIS (Yeh et al. 2023) and
/// PEFT, which ``WeightChange/Kind`` lists; it may bring words of its own along (textual inversions).
public struct LoRAFile: Sendable {
  /// What begins the names of a word's tensors.
  static let wordPrefix = "bundle_emb."

  /// The file.
  public let url: URL
  /// The file's name without what tells the format.
  public var name: String { url.deletingPathExtension().lastPathComponent }
  /// The words that the file adds to prompts, sorted; ``EmbeddingFile/init(contentsOf:bundled:)`` reads them.
  public let words: [String]

  private let store: WeightStore
  private let file: TensorFile
  private let layers: [String: LoRALayer]
  /// Tensors that are no part of any change, sorted.
  private let strange: [String]
  private let adapter: AdapterMetadata?

  /// Opens a file; only its header is read yet.
  ///
  /// - Throws: ``CheckpointError`` when it is missing, malformed, holds no changes or parts of one, or changes of a
  ///   kind that is not read.
  public init(contentsOf url: URL) throws {
    self.url = url
    file = try TensorFile(contentsOf: url)
    store = WeightStore(
      file, at: url,
      showing: file.tensors.reduce(into: [:]) { views, tensor in
        views[tensor.key] = TensorView(key: tensor.key, shape: tensor.value.shape)
      })
    let contents = try Contents(file)
    let known = file.tensors.count - contents.strange.count
    // A model has no layers of a LoRA, or few that were left in it by mistake.
    guard known > 0, contents.strange.count <= known else {
      let strange = contents.strange
      throw CheckpointError(
        .unsupported, file: file.name, expected: "a LoRA: tensors like …lora_down.weight",
        found: strange.isEmpty
          ? "no tensors" : "\(strange.count) other tensors (\(CheckpointError.listed(strange)))",
        advice: "Give a LoRA file here; give a whole model with --model", names: strange)
    }
    let broken = contents.layers.filter { !$0.value.isWhole }.keys.sorted()
    guard broken.isEmpty else {
      throw CheckpointError(
        .malformed, file: file.name, expected: "one complete change for each layer",
        found: "missing or conflicting tensors for \(CheckpointError.listed(broken))",
        advice: CheckpointError.chooseAnother, names: broken)
    }
    (layers, words, strange) = (contents.layers, contents.words, contents.strange)
    adapter = file.remarks["lora_adapter_metadata"].flatMap(AdapterMetadata.init)
  }

  /// The first twelve hexadecimal digits of the SHA-256 of everything behind the header, as AUTOMATIC1111 tells LoRAs
  /// apart.
  public func hash() -> String {
    var sha = SHA256()
    sha.update(file.data.dropFirst(file.tensorsOffset))
    return String(sha.finish().prefix(12))
  }

  /// The models that it was made for, told by the width of the prompts that their attention reads; `nil` where it changes
  /// nothing of that, or reads another width.
  private var family: ModelFamily? {
    let width = layers.lazy.filter { name, _ in name.contains("attn2") && name.hasSuffix("to_k") }
      .compactMap { _, layer in inputs(of: layer) }.first
    return width.flatMap { width in ModelFamily.allCases.first { $0.promptWidth == width } }
  }

  /// How many inputs a linear layer has, where its tensors tell.
  private func inputs(of layer: LoRALayer) -> Int? {
    func last(_ role: LoRAKey.Role) -> Int? {
      layer[role].flatMap { self.store.shape(of: $0)?.last }
    }
    if let whole = last(.down) ?? last(.hadamard1Down) ?? last(.difference) { return whole }
    guard let first = last(.kronecker1) ?? last(.kronecker1Down),
      let second = last(.kronecker2) ?? last(.kronecker2Down)
    else { return nil }
    return [first, second].product
  }

  /// The changes to the weights of a model.
  ///
  /// - Parameters:
  ///   - targets: What its weights are called.
  ///   - weight: How strongly it is changed; 1 is as the changes were taught.
  /// - Returns: The changes, by part and weight, and what of this file the model has no place for: layers and tensors.
  /// - Throws: ``CheckpointError`` when the model is of another family or has none of them, and when one does not fit
  ///   the shape of its weight.
  public func changes(to targets: LoRATargets, weight: Float) throws -> (
    changes: [ModelPart: [String: WeightChange]], unmatched: [String]
  ) {
    if let family, let wanted = targets.family, family != wanted {
      throw CheckpointError(
        .mismatched, file: file.name,
        expected: "a LoRA for \(wanted.rawValue), like \(targets.model)",
        found: "one for \(family.rawValue)", advice: "Give the model that the LoRA was made for")
    }
    // Its text encoder's layers may fit all the same.
    if let other = ForeignLayers.model(of: layers.keys) {
      let wanted = targets.family?.rawValue ?? targets.model
      throw CheckpointError(
        .mismatched, file: file.name, expected: "a LoRA for \(wanted)", found: "one for \(other)",
        advice: "Choose one for \(wanted): models like \(other) cannot be run here")
    }
    var changes: [ModelPart: [String: WeightChange]] = [:]
    var unmatched: [String] = []
    for (name, layer) in layers.sorted(by: { $0.key < $1.key }) {
      guard let target = targets[name] else {
        unmatched.append(name)
        continue
      }
      let reader = ChangeReader(
        store: store, file: file.name, name: name, layer: layer, adapter: adapter,
        strength: weight)
      if let change = try reader.weightChange(of: target.shape) {
        changes[target.part, default: [:]][target.weight] = change
      }
      guard let difference = layer.biasDifference else { continue }
      if let bias = target.bias {
        changes[target.part, default: [:]][bias.name] = try reader.biasChange(of: bias.shape)
      } else {
        unmatched.append(difference)
      }
    }
    guard !changes.isEmpty || layers.isEmpty else {
      throw CheckpointError(
        .mismatched, file: file.name, expected: "changes to layers of \(targets.model)",
        found: "\(unmatched.count) changes to other layers: \(CheckpointError.listed(unmatched))",
        advice: "Give the model that the LoRA was made for", names: unmatched)
    }
    return (changes, unmatched + strange)
  }
}

/// The names of a file's tensors, sorted out.
private struct Contents {
  private(set) var layers: [String: LoRALayer] = [:]
  /// Sorted.
  private(set) var words: [String] = []
  /// Sorted.
  private(set) var strange: [String] = []

  /// - Throws: ``CheckpointError`` where a name is of a kind of changes that is not read.
  init(_ file: TensorFile) throws {
    var found: Set<String> = []
    for name in file.tensors.keys.sorted() {
      if let (_, kind) = LoRAKey.otherKinds.first(where: { name.contains($0.mark) }) {
        throw CheckpointError(
          .unsupported, file: file.name, key: name,
          expected: "a LoRA, LoCon, LoHa, LoKr, DoRA or IA3, or full weight differences",
          found: "\(kind), which changes weights in another way",
          advice: "Merge it into its model with the program that made it, and give that model")
      }
      if name.hasPrefix(LoRAFile.wordPrefix) {
        // NAME.string_to_param.* or NAME.clip_l
        let parts = name.dropFirst(LoRAFile.wordPrefix.count)
          .split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
        if parts.count == 2, !parts[0].isEmpty {
          found.insert(String(parts[0]))
          continue
        }
      } else if let key = LoRAKey(name) {
        layers[key.layer, default: LoRALayer()][key.role] = name
        continue
      }
      strange.append(name)
    }
    words = found.sorted()
    // Any layer has a weight; only with a note beside it is it an IA3's.
    for (name, layer) in layers where layer.tensors.count == 1 {
      guard let weight = layer[.scaling] else { continue }
      layers[name] = nil
      strange.append(weight)
    }
    strange.sort()
  }
}

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A file of changes to a model's weights: low-rank ones (Hu et al. 2021) and those of LyCORIS (Yeh et al. 2023) and
/// PEFT, listed in ``WeightChange/Kind``. It may also contain words (textual inversions).
public struct LoRAFile: Sendable {
  /// The prefix of a word's tensors.
  static let wordPrefix = "bundle_emb."

  /// The file.
  public let url: URL
  /// The file's name without the format's extension.
  public var name: String { url.deletingPathExtension().lastPathComponent }
  /// The words that the file adds to prompts, sorted; ``EmbeddingFile/init(contentsOf:bundled:)`` reads them.
  public let words: [String]

  private let store: WeightStore
  private let file: TensorFile
  private let layers: [String: LoRALayer]
  /// Tensors that belong to no change, sorted.
  private let strange: [String]
  private let adapter: AdapterMetadata?

  /// Opens a file; only its header is read.
  ///
  /// - Throws: ``CheckpointError`` when it is missing or malformed, contains no changes or only parts of one, or has
  ///   changes of an unsupported kind.
  public init(contentsOf url: URL) throws {
    try self.init(
      TensorFile(contentsOf: url), at: url, described: AdapterMetadata(beside: url))
  }

  /// Reads a file from memory; `name` is its name in messages.
  ///
  /// - Throws: ``CheckpointError``, like ``init(contentsOf:)``.
  package init(data: Data, name: String) throws {
    try self.init(TensorFile(data: data, name: name), at: URL(fileURLWithPath: name))
  }

  private init(
    _ file: TensorFile, at url: URL, described adapter: AdapterMetadata? = nil
  ) throws {
    (self.file, self.url) = (file, url)
    store = WeightStore(
      file, at: url,
      showing: file.tensors.reduce(into: [:]) { views, tensor in
        views[tensor.key] = TensorView(key: tensor.key, shape: tensor.value.shape)
      })
    let contents = try Contents(file)
    let known = file.tensors.count - contents.strange.count
    // A model has no LoRA layers, or only a few left by mistake.
    guard known > 0, contents.strange.count <= known else {
      let strange = contents.strange
      throw CheckpointError(
        .unsupported, file: file.name, expected: "a LoRA: tensors like …lora_down.weight",
        found: strange.isEmpty
          ? "no tensors" : "\(strange.count) other tensors (\(CheckpointError.listed(strange)))",
        advice: "Give a LoRA file here, or a whole model with --model", names: strange)
    }
    let broken = contents.layers.filter { !$0.value.isWhole }.keys.sorted()
    guard broken.isEmpty else {
      throw CheckpointError(
        .malformed, file: file.name, expected: "one complete change for each layer",
        found: "missing or conflicting tensors for \(CheckpointError.listed(broken))",
        advice: CheckpointError.chooseAnother, names: broken)
    }
    (layers, words, strange) = (contents.layers, contents.words, contents.strange)
    self.adapter = file.remarks["lora_adapter_metadata"].flatMap(AdapterMetadata.init) ?? adapter
  }

  /// The first twelve hexadecimal digits of the SHA-256 of everything after the header, which AUTOMATIC1111 uses to
  /// identify LoRAs.
  public func hash() -> String {
    var sha = SHA256()
    sha.update(file.data.dropFirst(file.tensorsOffset))
    return String(sha.finish().prefix(12))
  }

  /// The models that it was made for, recognised by the width of the prompts that their attention layers read; `nil` if
  /// it does not change those layers, or the width is unknown.
  private var family: ModelFamily? {
    let width = layers.lazy.filter { name, _ in name.contains("attn2") && name.hasSuffix("to_k") }
      .compactMap { _, layer in inputs(of: layer) }.first
    return width.flatMap { width in ModelFamily.allCases.first { $0.promptWidth == width } }
  }

  /// The number of inputs of a linear layer, if its tensors show it.
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
  ///   - targets: The names of its weights.
  ///   - weight: The weight of the LoRA; 1 is the trained strength.
  /// - Returns: The changes, by part and weight, and the layers and tensors of this file that the model does not have.
  /// - Throws: ``CheckpointError`` when the model is of another family or has none of them, and when one does not fit
  ///   the shape of its weight.
  public func changes(to targets: LoRATargets, weight: Float) throws -> (
    changes: [ModelPart: [String: WeightChange]], unmatched: [String]
  ) {
    if let family, let wanted = targets.family, family != wanted {
      throw CheckpointError(
        .mismatched, file: file.name,
        expected: "a LoRA for \(wanted.rawValue), like \(targets.model)",
        found: "one for \(family.rawValue)", advice: "Choose the model that the LoRA was made for")
    }
    // This is checked because the layers of its text encoder might still fit.
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
        advice: "Choose the model that the LoRA was made for", names: unmatched)
    }
    return (changes, unmatched + strange)
  }
}

/// The names of a file's tensors, sorted by kind.
private struct Contents {
  private(set) var layers: [String: LoRALayer] = [:]
  /// Sorted.
  private(set) var words: [String] = []
  /// Sorted.
  private(set) var strange: [String] = []

  /// - Throws: ``CheckpointError`` if a name belongs to an unsupported kind of change.
  init(_ file: TensorFile) throws {
    var found: Set<String> = []
    for name in file.tensors.keys.sorted() {
      if let (_, kind) = LoRAKey.otherKinds.first(where: { name.contains($0.mark) }) {
        throw CheckpointError(
          .unsupported, file: file.name, key: name,
          expected: "a LoRA, LoCon, LoHa, LoKr, DoRA or IA3, or full weight differences",
          found: "\(kind), a kind of change that is not supported",
          advice: "Merge it into its model with the program that made it, and use that model")
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
    // Any layer has a weight; only with a marker beside it does it belong to an IA3.
    for (name, layer) in layers where layer.tensors.count == 1 {
      guard let weight = layer[.scaling] else { continue }
      layers[name] = nil
      strange.append(weight)
    }
    strange.sort()
  }
}

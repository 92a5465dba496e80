#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

extension T5Configuration {
  /// The shapes of the encoder's tensors, by their names in transformers.
  package var tensors: [String: [Int]] {
    let (width, inner) = (hiddenSize, attentionHeads * headSize)
    var tensors = [
      "shared.weight": [vocabularySize, width], "encoder.final_layer_norm.weight": [width],
      Self.distanceBias: [distanceBuckets, attentionHeads],
    ]
    for layer in 0..<layers {
      let (attention, feedForward) = (Self.attention(layer), Self.feedForward(layer))
      for part in ["q", "k", "v"] {
        tensors["\(attention).SelfAttention.\(part).weight"] = [inner, width]
      }
      tensors["\(attention).SelfAttention.o.weight"] = [width, inner]
      tensors["\(attention).layer_norm.weight"] = [width]
      for part in self.feedForward == .relu ? ["wi"] : ["wi_0", "wi_1"] {
        tensors["\(feedForward).DenseReluDense.\(part).weight"] = [intermediateSize, width]
      }
      tensors["\(feedForward).DenseReluDense.wo.weight"] = [width, intermediateSize]
      tensors["\(feedForward).layer_norm.weight"] = [width]
    }
    return tensors
  }

  /// The name of the attention biases `(buckets, heads)`: the first layer's, which all layers share.
  package static let distanceBias =
    "encoder.block.0.layer.0.SelfAttention.relative_attention_bias.weight"

  /// The prefix of a layer's attention weights.
  package static func attention(_ layer: Int) -> String { "encoder.block.\(layer).layer.0" }

  /// The prefix of a layer's feed-forward weights.
  package static func feedForward(_ layer: Int) -> String { "encoder.block.\(layer).layer.1" }
}

extension WeightStore {
  /// The weights of T5's encoder in a folder, as one file or as shards. If the folder has a decoder too, it is not
  /// read.
  ///
  /// - Throws: ``CheckpointError`` when the weights are missing or pickled, or when a tensor is missing or does not
  ///   have the shape that the configuration implies.
  package init(t5Encoder folder: URL, _ configuration: T5Configuration) throws {
    try Self.rejectPickled(in: folder)
    var store = try WeightStore(folder: folder)
    if !store.contains("shared.weight") {
      store = store.renamed { $0 == "encoder.embed_tokens.weight" ? "shared.weight" : $0 }
    }
    let wanted = configuration.tensors
    let missing = wanted.keys.filter { !store.contains($0) }.sorted()
    guard missing.isEmpty else {
      throw CheckpointError.differentTensors(
        missing: missing, surplus: [], of: "the T5 encoder in its config.json", file: folder.path)
    }
    for (name, shape) in wanted.sorted(by: { $0.key < $1.key }) {
      guard let found = store.shape(of: name), found != shape else { continue }
      throw CheckpointError(
        .mismatched, file: folder.path, key: name,
        expected: "the shape \(shape) that config.json specifies", found: "\(found)",
        advice: "The configuration and the weights must come from the same model")
    }
    self = store.restricted(to: Set(wanted.keys))
  }

  /// Rejects a folder that has only pickled weights.
  private static func rejectPickled(in folder: URL) throws {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()) ?? []
    guard !names.contains(where: { $0.hasSuffix(".safetensors") }),
      let name = names.first(where: { $0.hasPrefix("pytorch_model") && $0.hasSuffix(".bin") })
    else { return }
    let file = folder.appendingPathComponent(name)
    guard case .pickled(let kind) = FileSignature(of: try FileSignature.mapped(file)) else {
      return
    }
    throw FileSignature.pickleRefusal(file: file.path, kind: kind)
  }
}

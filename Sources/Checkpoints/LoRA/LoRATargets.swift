/// A part of a model that has weights.
public enum ModelPart: Sendable, Hashable {
  /// The network that takes noise away.
  case unet
  /// A text encoder; SDXL has two.
  case textEncoder(Int)
}

/// What LoRA files call the layers of a model, in all of their namings.
public struct LoRATargets: Sendable {
  /// A weight that can be changed.
  struct Target: Sendable {
    let part: ModelPart
    /// Its name in the part's store.
    let weight: String
    let shape: [Int]
  }

  /// The model's name for messages.
  let model: String
  /// `nil` for a network alone.
  private(set) var family: ModelFamily?
  private var targets: [String: Target] = [:]

  /// The layers of a Stable Diffusion model.
  public init(_ checkpoint: Checkpoint) {
    self.init(
      unet: checkpoint.unet.configuration, weights: checkpoint.unet.weights, model: checkpoint.name)
    family = checkpoint.family
    for (index, encoder) in checkpoint.textEncoders.enumerated() {
      let folder = index == 0 ? "text_encoder" : "text_encoder_\(index + 1)"
      add(encoder.weights, as: .textEncoder(index)) { layer in
        var names = ["lora_te\(index + 1)_\(Self.flat(layer))", "\(folder).\(layer)"]
        if index == 0 { names.append("lora_te_\(Self.flat(layer))") }
        // Later versions of transformers leave this level away.
        if layer.hasPrefix("text_model.") { names.append("\(folder).\(layer.dropFirst(11))") }
        return names
      }
    }
  }

  /// The layers of a U-Net alone.
  public init(unet: UNetConfiguration, weights: WeightStore, model: String) {
    self.model = model
    let originals = Dictionary(
      OriginalUNet.names(unet).rows.map { ($0.name, $0.original) }
    ) { first, _ in first }
    add(weights, as: .unet) { layer in
      var names = ["lora_unet_\(Self.flat(layer))", "unet.\(layer)", layer]
      if let original = originals["\(layer).weight"] {
        names.append("lora_unet_\(Self.flat(String(original.dropLast(7))))")
      }
      return names
    }
  }

  private mutating func add(
    _ store: WeightStore, as part: ModelPart, names: (String) -> [String]
  ) {
    for weight in store.names where weight.hasSuffix(".weight") {
      guard let shape = store.shape(of: weight), shape.count >= 2 else { continue }
      for name in names(String(weight.dropLast(7))) {
        targets[name] = Target(part: part, weight: weight, shape: shape)
      }
    }
  }

  /// kohya-ss joins the levels of a name with underscores.
  private static func flat(_ layer: String) -> String {
    layer.replacing(".", with: "_")
  }

  subscript(_ layer: String) -> Target? { targets[layer] }
}

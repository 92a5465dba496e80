/// A part of a model that has weights.
public enum ModelPart: Sendable, Hashable {
  /// The denoising network.
  case unet
  /// A text encoder; SDXL has two.
  case textEncoder(Int)
}

/// The names of a model's layers in LoRA files, in all namings.
public struct LoRATargets: Sendable {
  /// A layer that a LoRA can change.
  struct Target: Sendable {
    let part: ModelPart
    /// The name of its weight in the part's store.
    let weight: String
    /// The weight's shape; normalisations have one dimension.
    let shape: [Int]
    /// Its bias, if it has one.
    let bias: (name: String, shape: [Int])?
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
        let clip = checkpoint.family == .stableDiffusion2 ? "clip_h" : ["clip_l", "clip_g"][index]
        names.append("text_encoders.\(clip).transformer.\(layer)")
        // Later versions of transformers omit this level.
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
      let flat = Self.flat(layer)
      var names = ["lora_unet_\(flat)", "lycoris_\(flat)", "unet.\(layer)", layer]
      if let original = originals["\(layer).weight"]?.dropLast(7) {
        names += ["lora_unet_\(Self.flat(String(original)))", "diffusion_model.\(original)"]
      }
      return names
    }
  }

  /// The layers of MiniT2I's network.
  public init(_ model: MiniT2IModel) {
    self.model = model.name
    add(model.weights, as: .unet) { layer in
      // As its training script saves them with PEFT, and as diffusers and kohya-ss would name them.
      ["model.net.\(layer)", "net.\(layer)", layer].flatMap { [$0, "transformer.\($0)"] }
        + ["lora_unet_\(Self.flat(layer))"]
    }
  }

  private mutating func add(
    _ store: WeightStore, as part: ModelPart, names: (String) -> [String]
  ) {
    for weight in store.names where weight.hasSuffix(".weight") {
      guard let shape = store.shape(of: weight), !shape.isEmpty else { continue }
      let layer = String(weight.dropLast(7))
      let bias = store.shape(of: "\(layer).bias").map { ("\(layer).bias", $0) }
      let target = Target(part: part, weight: weight, shape: shape, bias: bias)
      for name in names(layer) { targets[name] = target }
    }
  }

  /// kohya-ss joins the levels of a name with underscores.
  private static func flat(_ layer: String) -> String {
    layer.replacing(".", with: "_")
  }

  subscript(_ layer: String) -> Target? { targets[layer] }
}

/// Recognises unsupported models by the layer names in a LoRA for them.
enum ForeignLayers {
  /// Prefixes that naming styles add to a layer.
  private static let prefixes = [
    "lora_unet_", "lora_transformer_", "lycoris_", "diffusion_model_", "base_model_model_",
    "transformer_", "unet_",
  ]

  /// The first part of layer names of these models after the prefix, in kohya-ss's form; the first match counts.
  private static let marks: [(beginning: String, model: String)] = [
    ("single_transformer_blocks_", "FLUX"), ("double_blocks_", "FLUX"), ("single_blocks_", "FLUX"),
    ("joint_blocks_", "Stable Diffusion 3"), ("transformer_blocks_", "Stable Diffusion 3"),
  ]

  /// The model with such layers; `nil` if none is recognised.
  static func model(of layers: some Sequence<String>) -> String? {
    let names = layers.flatMap { layer -> [String] in
      let flat = layer.replacing(".", with: "_")
      let behind = prefixes.filter(flat.hasPrefix).map { String(flat.dropFirst($0.count)) }
      return [flat] + behind
    }
    return marks.first { mark in names.contains { $0.hasPrefix(mark.beginning) } }?.model
  }
}

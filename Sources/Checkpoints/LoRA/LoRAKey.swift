/// What a tensor's name in a LoRA file says: which layer it changes, and what part of the change it is.
///
/// Read are the namings of kohya-ss/sd-scripts and LyCORIS (`lora_unet_…_to_q.lora_down.weight`), of PEFT
/// (`unet.….to_q.lora_A.weight`), and those that diffusers had before (`….to_q.lora.down.weight`,
/// `….processor.to_q_lora.down.weight`, `….q_proj.lora_linear_layer.down.weight`).
struct LoRAKey: Sendable, Hashable {
  /// A part of a change.
  enum Role: Sendable, Hashable {
    /// From the layer's inputs to a few numbers.
    case down
    /// From the few numbers to the layer's outputs.
    case up
    /// Between the two, a convolution (LyCORIS's Tucker decomposition).
    case mid
    /// What the change is multiplied by, times the rank.
    case alpha
  }

  /// The layer, as the file calls it.
  let layer: String
  let role: Role

  private static let suffixes: [(suffix: String, role: Role)] = [
    (".lora_down.weight", .down), (".lora_up.weight", .up), (".lora_mid.weight", .mid),
    (".lora_A.weight", .down), (".lora_B.weight", .up),
    (".lora_A.default.weight", .down), (".lora_B.default.weight", .up),
    (".lora.down.weight", .down), (".lora.up.weight", .up),
    (".lora_linear_layer.down.weight", .down), (".lora_linear_layer.up.weight", .up),
    ("_lora.down.weight", .down), ("_lora.up.weight", .up),
    (".alpha", .alpha),
  ]

  /// `nil` for a name that is none of these.
  init?(_ name: String) {
    guard let (suffix, role) = Self.suffixes.first(where: { name.hasSuffix($0.suffix) }) else {
      return nil
    }
    var layer = String(name.dropLast(suffix.count))
    if layer.hasPrefix("base_model.model.") { layer = String(layer.dropFirst(17)) }
    // The projections were parts of what computes an attention once.
    if suffix.hasPrefix("_lora") {
      layer = layer.replacing(".processor.", with: ".")
      if layer.contains(".self_attn.") {
        // Of text encoders too, whose projections have other names.
        for (old, new) in [
          ("to_q", "q_proj"), ("to_k", "k_proj"), ("to_v", "v_proj"), ("to_out", "out_proj"),
        ] where layer.hasSuffix(".\(old)") {
          layer = layer.dropLast(old.count) + new
        }
      }
      if layer.hasSuffix(".to_out") { layer += ".0" }
    }
    self.layer = layer
    self.role = role
  }

  /// Kinds of changes that are something else than a product of two small matrices, by what tells them.
  static let otherKinds: [(mark: String, kind: String)] = [
    ("dora_scale", "a DoRA"), ("lora_magnitude_vector", "a DoRA"), ("hada_w1", "a LoHa"),
    ("lokr_w1", "a LoKr"), ("oft_blocks", "an OFT"), ("oft_diag", "an OFT"), ("glora", "a GLoRA"),
  ]
}

/// The meaning of a tensor's name in a LoRA file: the layer that it changes, and the part of the change that it is.
///
/// Supported namings: kohya-ss/sd-scripts and LyCORIS (`lora_unet_…_to_q.lora_down.weight`), PEFT
/// (`unet.….to_q.lora_A.weight`), ComfyUI (`diffusion_model.….to_q.lora_up.weight`), and earlier versions of diffusers
/// (`….to_q.lora.down.weight`, `….processor.to_q_lora.down.weight`, `….q_proj.lora_linear_layer.down.weight`).
struct LoRAKey: Sendable, Hashable {
  /// A part of a change.
  enum Role: String, Sendable, Hashable, CaseIterable {
    /// From the layer's inputs to the low rank.
    case down
    /// From the low rank to the layer's outputs.
    case up
    /// Between the two, a convolution (LyCORIS's Tucker decomposition).
    case mid
    /// The scale of the change, multiplied by the rank.
    case alpha
    /// The two products of a LoHa, and the convolutions between their matrices.
    case hadamard1Up = "hada_w1_a"
    case hadamard1Down = "hada_w1_b"
    case hadamard1Mid = "hada_t1"
    case hadamard2Up = "hada_w2_a"
    case hadamard2Down = "hada_w2_b"
    case hadamard2Mid = "hada_t2"
    /// The two factors of a LoKr, each stored whole or as a product.
    case kronecker1 = "lokr_w1"
    case kronecker1Up = "lokr_w1_a"
    case kronecker1Down = "lokr_w1_b"
    case kronecker2 = "lokr_w2"
    case kronecker2Up = "lokr_w2_a"
    case kronecker2Down = "lokr_w2_b"
    case kronecker2Mid = "lokr_t2"
    /// The full difference of a weight.
    case difference = "diff"
    /// The difference of a bias.
    case biasDifference = "diff_b"
    /// The difference of a normalisation's scale and shift.
    case normDifference = "w_norm"
    case normBiasDifference = "b_norm"
    /// The length of each row or column of a DoRA, as written by LyCORIS.
    case magnitude = "dora_scale"
    /// The length of each row of a DoRA, as written by PEFT.
    case rowMagnitude = "lora_magnitude_vector"
    /// The factor of an IA3 for a layer's outputs or inputs, minus 1.
    case scaling
    /// Whether an IA3 multiplies the inputs.
    case onInput = "on_input"
  }

  /// The layer's name in the file.
  let layer: String
  let role: Role

  private static let suffixes: [(suffix: String, role: Role)] =
    [
      (".lora_down.weight", .down), (".lora_up.weight", .up), (".lora_mid.weight", .mid),
      (".lora_A.weight", .down), (".lora_B.weight", .up),
      (".lora_A.default.weight", .down), (".lora_B.default.weight", .up),
      (".lora.down.weight", .down), (".lora.up.weight", .up),
      (".lora_linear_layer.down.weight", .down), (".lora_linear_layer.up.weight", .up),
      ("_lora.down.weight", .down), ("_lora.up.weight", .up),
      (".lora_magnitude_vector.weight", .rowMagnitude),
      (".lora_magnitude_vector.default.weight", .rowMagnitude),
    ] + ownNames.map { (".\($0.rawValue)", $0) } + [(".weight", .scaling)]

  /// Roles that are spelled like the end of a tensor's name.
  private static let ownNames = Role.allCases.filter {
    ![.down, .up, .mid, .scaling].contains($0)
  }

  /// `nil` for a name that is none of these.
  init?(_ name: String) {
    guard let (suffix, role) = Self.suffixes.first(where: { name.hasSuffix($0.suffix) }) else {
      return nil
    }
    var layer = String(name.dropLast(suffix.count))
    if layer.hasPrefix("base_model.model.") { layer = String(layer.dropFirst(17)) }
    // The projections used to be parts of an attention processor.
    if suffix.hasPrefix("_lora") {
      layer = layer.replacing(".processor.", with: ".")
      if layer.contains(".self_attn.") {
        // Also for text encoders, whose projections have other names.
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

  /// Unsupported kinds of changes, by what identifies them in a tensor's name.
  static let otherKinds: [(mark: String, kind: String)] = [
    ("boft_", "a BOFT"), ("oft_blocks", "an OFT or a BOFT"), ("oft_diag", "an OFT"),
    ("oft_R", "an OFT"), ("oft_r", "an OFT"), ("glora", "a GLoRA"), (".a1.weight", "a GLoRA"),
    (".b1.weight", "a GLoRA"),
  ]
}

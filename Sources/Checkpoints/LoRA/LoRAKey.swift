/// What a tensor's name in a LoRA file says: which layer it changes, and what part of the change it is.
///
/// Read are the namings of kohya-ss/sd-scripts and LyCORIS (`lora_unet_…_to_q.lora_down.weight`), of PEFT
/// (`unet.….to_q.lora_A.weight`), of ComfyUI (`diffusion_model.….to_q.lora_up.weight`), and those that diffusers had
/// before (`….to_q.lora.down.weight`, `….processor.to_q_lora.down.weight`, `….q_proj.lora_linear_layer.down.weight`).
struct LoRAKey: Sendable, Hashable {
  /// A part of a change.
  enum Role: String, Sendable, Hashable, CaseIterable {
    /// From the layer's inputs to a few numbers.
    case down
    /// From the few numbers to the layer's outputs.
    case up
    /// Between the two, a convolution (LyCORIS's Tucker decomposition).
    case mid
    /// What the change is multiplied by, times the rank.
    case alpha
    /// The two products of a LoHa, and the convolutions between their matrices.
    case hadamard1Up = "hada_w1_a"
    case hadamard1Down = "hada_w1_b"
    case hadamard1Mid = "hada_t1"
    case hadamard2Up = "hada_w2_a"
    case hadamard2Down = "hada_w2_b"
    case hadamard2Mid = "hada_t2"
    /// The two factors of a LoKr, each whole or as a product.
    case kronecker1 = "lokr_w1"
    case kronecker1Up = "lokr_w1_a"
    case kronecker1Down = "lokr_w1_b"
    case kronecker2 = "lokr_w2"
    case kronecker2Up = "lokr_w2_a"
    case kronecker2Down = "lokr_w2_b"
    case kronecker2Mid = "lokr_t2"
    /// What is added to a weight, whole.
    case difference = "diff"
    /// What is added to a bias.
    case biasDifference = "diff_b"
    /// What is added to a normalisation's scale and shift.
    case normDifference = "w_norm"
    case normBiasDifference = "b_norm"
    /// The length of each row or column of a DoRA, as LyCORIS writes it.
    case magnitude = "dora_scale"
    /// The length of each row of a DoRA, as PEFT writes it.
    case rowMagnitude = "lora_magnitude_vector"
    /// What an IA3 multiplies a layer's outputs or inputs by, less 1.
    case scaling
    /// Whether an IA3 multiplies the inputs.
    case onInput = "on_input"
  }

  /// The layer, as the file calls it.
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

  /// Roles that a name ends in as they are called here.
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

  /// Kinds of changes that are not read, by what tells them in a tensor's name.
  static let otherKinds: [(mark: String, kind: String)] = [
    ("boft_", "a BOFT"), ("oft_blocks", "an OFT or a BOFT"), ("oft_diag", "an OFT"),
    ("oft_R", "an OFT"), ("oft_r", "an OFT"), ("glora", "a GLoRA"), (".a1.weight", "a GLoRA"),
    (".b1.weight", "a GLoRA"),
  ]
}

/// Text encoders in single files: OpenAI's CLIP under transformers' own names, and OpenCLIP (mlfoundations/open_clip,
/// `transformer.py`) under its own.
enum OriginalTextEncoder: Sendable, Hashable {
  /// The names of transformers' `CLIPTextModel`, after this prefix.
  case clip(root: String)
  /// OpenCLIP under the same names, as written by stable-diffusion.cpp's converter for Stable Diffusion 2.
  case renamedOpenCLIP
  /// OpenCLIP's names. `isCut`: without the last layer and the projection, which are not used in Stable Diffusion 2;
  /// diffusers omits them too.
  case openCLIP(isCut: Bool)

  private static let root = "text_model."
  /// The layers of Stable Diffusion 2's text encoder (ViT-H), of which all but the last are used.
  private static let wholeLayers = 24

  /// Tensors that are not weights, or are needed only for comparing with pictures.
  static func isHarmless(_ name: String) -> Bool {
    name.hasSuffix("position_ids")
      || [
        "logit_scale", "attn_mask", "text_projection.weight", "text_projection",
        "text_model.text_projection", "text_model.logit_scale",
      ].contains(name)
  }

  // MARK: Names

  /// The table of a text encoder's names.
  func names(_ configuration: CLIPTextConfiguration) -> NameTable {
    switch self {
    case .clip(let root): clipNames(configuration, root)
    case .renamedOpenCLIP: clipNames(configuration, Self.root)
    case .openCLIP: openCLIPNames(configuration)
    }
  }

  private func clipNames(_ configuration: CLIPTextConfiguration, _ root: String) -> NameTable {
    var table = NameTable()
    for name in ["token_embedding", "position_embedding"] {
      table.layer("\(Self.root)embeddings.\(name)", "\(root)embeddings.\(name)", bias: false)
    }
    for layer in 0..<configuration.layers {
      table.layers(
        ["q_proj", "k_proj", "v_proj", "out_proj"].map { "self_attn.\($0)" }
          + ["layer_norm1", "mlp.fc1", "mlp.fc2", "layer_norm2"],
        of: "\(Self.root)encoder.layers.\(layer)", "\(root)encoder.layers.\(layer)")
    }
    table.layer("\(Self.root)final_layer_norm", "\(root)final_layer_norm")
    return table
  }

  private func openCLIPNames(_ configuration: CLIPTextConfiguration) -> NameTable {
    var table = NameTable()
    table.layer("\(Self.root)embeddings.token_embedding", "token_embedding", bias: false)
    table.tensor("\(Self.root)embeddings.position_embedding.weight", "positional_embedding")
    for layer in 0..<configuration.layers {
      let (name, original) = ("\(Self.root)encoder.layers.\(layer)", Self.block(layer))
      for (part, projection) in ["q_proj", "k_proj", "v_proj"].enumerated() {
        for kind in ["weight", "bias"] {
          table.tensor(
            "\(name).self_attn.\(projection).\(kind)", "\(original).attn.in_proj_\(kind)",
            .third(part))
        }
      }
      table.layer("\(name).self_attn.out_proj", "\(original).attn.out_proj")
      table.layer("\(name).layer_norm1", "\(original).ln_1")
      table.layer("\(name).layer_norm2", "\(original).ln_2")
      table.layer("\(name).mlp.fc1", "\(original).mlp.c_fc")
      table.layer("\(name).mlp.fc2", "\(original).mlp.c_proj")
    }
    table.layer("\(Self.root)final_layer_norm", "ln_final")
    if configuration.projectionSize != nil {
      table.tensor("text_projection.weight", "text_projection", .transposed)
    }
    return table
  }

  private static func block(_ layer: Int) -> String { "transformer.resblocks.\(layer)" }

  // MARK: Configuration

  /// The configuration of the text encoder whose tensors have these shapes.
  ///
  /// - Throws: ``CheckpointError`` if they are not a text encoder.
  func configuration(_ shapes: OriginalShapes) throws -> CLIPTextConfiguration {
    switch self {
    case .clip(let root):
      return try clipConfiguration(shapes, root, activation: .quickGELU)
    case .renamedOpenCLIP:
      return try clipConfiguration(shapes, Self.root, activation: .gelu)
    case .openCLIP(let isCut):
      let layers = shapes.count { "\(Self.block($0)).ln_1.weight" }
      // Converters of diffusers' models omit unused layers, and therefore the projection.
      let isWhole = layers == Self.wholeLayers || shapes.contains("text_projection")
      return try configuration(
        shapes, tokens: "token_embedding.weight", positions: "positional_embedding",
        layers: isCut && isWhole ? layers - 1 : layers, inner: "\(Self.block(0)).mlp.c_fc.weight",
        activation: .gelu,
        projection: isCut ? nil : try shapes.size(of: "text_projection", 1))
    }
  }

  private func clipConfiguration(
    _ shapes: OriginalShapes, _ root: String, activation: CLIPTextConfiguration.Activation
  ) throws -> CLIPTextConfiguration {
    let layers = shapes.count { "\(root)encoder.layers.\($0).layer_norm1.weight" }
    let isWhole = layers == Self.wholeLayers || shapes.contains("\(root)text_projection")
    return try configuration(
      shapes, tokens: "\(root)embeddings.token_embedding.weight",
      positions: "\(root)embeddings.position_embedding.weight",
      layers: self == .renamedOpenCLIP && isWhole ? layers - 1 : layers,
      inner: "\(root)encoder.layers.0.mlp.fc1.weight", activation: activation, projection: nil)
  }

  private func configuration(
    _ shapes: OriginalShapes, tokens: String, positions: String, layers: Int, inner: String,
    activation: CLIPTextConfiguration.Activation, projection: Int?
  ) throws -> CLIPTextConfiguration {
    let width = try shapes.size(of: tokens, 1)
    let vocabulary = try shapes.size(of: tokens, 0)
    let facts = TextEncoderFacts(
      architectures: [projection == nil ? "CLIPTextModel" : "CLIPTextModelWithProjection"],
      vocabSize: vocabulary, hiddenSize: width, intermediateSize: try shapes.size(of: inner, 0),
      numHiddenLayers: layers,
      // All published text encoders have heads of 64 channels; the shapes do not show this.
      numAttentionHeads: width.isMultiple(of: 64) ? width / 64 : 1,
      maxPositionEmbeddings: try shapes.size(of: positions, 0), hiddenAct: activation.rawValue,
      projectionDim: projection, eosTokenId: vocabulary - 1)
    return try CLIPTextConfiguration(json: facts.json(), name: shapes.file)
  }

  /// The names of the omitted layer, which a file may still have.
  func isLeftOut(_ name: String, _ configuration: CLIPTextConfiguration) -> Bool {
    switch self {
    case .clip, .openCLIP(isCut: false): false
    case .renamedOpenCLIP: name.hasPrefix("\(Self.root)encoder.layers.\(configuration.layers).")
    case .openCLIP(isCut: true): name.hasPrefix("\(Self.block(configuration.layers)).")
    }
  }
}

/// What the shapes show about a text encoder, in the form of transformers' `config.json`.
private struct TextEncoderFacts: ConfigurationFacts {
  var architectures: [String]
  var vocabSize: Int
  var hiddenSize: Int
  var intermediateSize: Int
  var numHiddenLayers: Int
  var numAttentionHeads: Int
  var maxPositionEmbeddings: Int
  var hiddenAct: String
  var projectionDim: Int?
  var eosTokenId: Int
}

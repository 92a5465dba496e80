/// Interprets a single file in the original naming: which model it is, and which tensors have which names in diffusers.
struct OriginalNaming: Sendable {
  /// A text encoder in the file.
  struct TextEncoder: Sendable {
    let configuration: CLIPTextConfiguration
    let views: [String: TensorView]
  }

  let family: ModelFamily
  let predictionType: PredictionType
  let unetConfiguration: UNetConfiguration
  let unet: [String: TensorView]
  let autoencoderConfiguration: AutoencoderConfiguration?
  let autoencoder: [String: TensorView]?
  let textEncoders: [TextEncoder]
  /// Tensors of the file that belong to none of these.
  let unused: [String]

  /// Reads the names and shapes of a file.
  ///
  /// - Parameters:
  ///   - shapes: All tensors of the file.
  ///   - hints: What the file says about its prediction.
  ///   - predictionType: What the user says about it.
  ///   - file: The file's name for messages.
  /// - Throws: ``CheckpointError`` if they are not a supported model, or if tensors are missing or surplus; the
  ///   error names every such tensor.
  init(
    shapes: [String: [Int]], hints: PredictionHints = PredictionHints(),
    predictionType: PredictionType? = nil, file: String
  ) throws {
    try ForeignModel.refuse(shapes, file: file)
    var reading = Reading(shapes: shapes, file: file)
    // Converters that write only the network omit its prefix.
    let unetPrefix =
      shapes.keys.contains { $0.hasPrefix(OriginalUNet.prefix) } ? OriginalUNet.prefix : ""
    let unetShapes = reading.part(unetPrefix)
    family = try Self.family(shapes, unet: OriginalShapes(unetShapes, file: file))
    let prediction = predictionType ?? hints.predictionType(of: family)
    self.predictionType = prediction

    let unet = try OriginalUNet.configuration(
      unetShapes, family: family, sampleSize: family.sampleSize(prediction, hints.distillation),
      file: file)
    unetConfiguration = unet
    self.unet = try reading.views(OriginalUNet.names(unet), unetPrefix, unetShapes) { name in
      // Without a prefix, the network's tensors cannot be distinguished from those of other parts.
      unetPrefix.isEmpty && !OriginalNaming.isOfUNet(name)
    }

    let prefix = OriginalAutoencoder.prefixes.first { prefix in
      shapes.keys.contains { $0.hasPrefix(prefix) }
    }
    if let prefix {
      let part = reading.part(prefix)
      let configuration = try OriginalAutoencoder.configuration(
        OriginalShapes(part, file: file), family: family)
      autoencoderConfiguration = configuration
      autoencoder = try OriginalAutoencoder.names(configuration).map { names in
        try reading.views(names, prefix, part, harmless: OriginalAutoencoder.isHarmless)
      }
    } else {
      (autoencoderConfiguration, autoencoder) = (nil, nil)
    }

    textEncoders = try Self.textPlaces(family, shapes).map { place in
      let part = reading.part(place.prefix)
      let configuration = try place.kind.configuration(OriginalShapes(part, file: file))
      let views = try reading.views(place.kind.names(configuration), place.prefix, part) { name in
        OriginalTextEncoder.isHarmless(name) || place.kind.isLeftOut(name, configuration)
      }
      return TextEncoder(configuration: configuration, views: views)
    }
    unused = try reading.finish(as: family)
  }

  // MARK: Parts

  private static func isOfUNet(_ name: String) -> Bool {
    ["input_blocks.", "middle_block.", "output_blocks.", "time_embed.", "label_emb.", "out."]
      .contains { name.hasPrefix($0) }
  }

  private static func family(_ shapes: [String: [Int]], unet: OriginalShapes) throws -> ModelFamily
  {
    func has(_ prefix: String) -> Bool { shapes.keys.contains { $0.hasPrefix(prefix) } }
    if has("conditioner.embedders.1.") || unet.contains("label_emb.0.0.weight") {
      return .stableDiffusionXL
    }
    if has("cond_stage_model.model.") { return .stableDiffusion2 }
    // The width of its prompt identifies the text encoder, whatever its tensors' names.
    let width = try? unet.size(
      of: "input_blocks.1.1.transformer_blocks.0.attn2.to_k.weight", 1)
    return width == 1024 ? .stableDiffusion2 : .stableDiffusion1
  }

  private static func textPlaces(_ family: ModelFamily, _ shapes: [String: [Int]]) -> [(
    prefix: String, kind: OriginalTextEncoder
  )] {
    func clip(_ prefix: String) -> (String, OriginalTextEncoder) {
      // Files of transformers before version 4 lack this level.
      let isNested = shapes.keys.contains { $0.hasPrefix("\(prefix)text_model.") }
      return (prefix, .clip(root: isNested ? "text_model." : ""))
    }
    let places: [(prefix: String, kind: OriginalTextEncoder)] =
      switch family {
      case .stableDiffusion1: [clip("cond_stage_model.transformer.")]
      case .stableDiffusion2:
        shapes.keys.contains { $0.hasPrefix("cond_stage_model.transformer.text_model.") }
          ? [("cond_stage_model.transformer.", .renamedOpenCLIP)]
          : [("cond_stage_model.model.", .openCLIP(isCut: true))]
      case .stableDiffusionXL:
        [
          clip("conditioner.embedders.0.transformer."),
          ("conditioner.embedders.1.model.", .openCLIP(isCut: false)),
        ]
      }
    // Either all are there or none: a file without text encoders can be used with those of another.
    let isThere = places.contains { place in
      shapes.keys.contains { $0.hasPrefix(place.prefix) }
    }
    return isThere ? places : []
  }
}

/// The parts read so far, and their problems.
private struct Reading {
  let shapes: [String: [Int]]
  let file: String
  private var missing: [String] = []
  private var surplus: [String] = []
  private var rest: Set<String>

  init(shapes: [String: [Int]], file: String) {
    self.shapes = shapes
    self.file = file
    rest = Set(shapes.keys)
  }

  /// The tensors of a part, by their names without its prefix.
  func part(_ prefix: String) -> [String: [Int]] {
    guard !prefix.isEmpty else { return shapes }
    var part: [String: [Int]] = [:]
    for (name, shape) in shapes where name.hasPrefix(prefix) {
      part[String(name.dropFirst(prefix.count))] = shape
    }
    return part
  }

  /// A part's tensors under diffusers' names; records which are missing and which are surplus.
  ///
  /// - Parameter harmless: Whether a name, without the prefix, may be unused.
  mutating func views(
    _ table: NameTable, _ prefix: String, _ part: [String: [Int]],
    harmless: (String) -> Bool
  ) throws -> [String: TensorView] {
    let differences = table.differences(from: Set(part.keys))
    missing += differences.missing.map { prefix + $0 }
    surplus += differences.surplus.filter { !harmless($0) }.map { prefix + $0 }
    rest.subtract(table.rows.map { prefix + $0.original })
    return try table.views(of: shapes, prefix: prefix, file: file)
  }

  /// The tensors that no part has used.
  ///
  /// - Throws: ``CheckpointError`` when any is missing or surplus.
  func finish(as family: ModelFamily) throws -> [String] {
    guard missing.isEmpty, surplus.isEmpty else {
      throw CheckpointError.differentTensors(
        missing: missing, surplus: surplus, of: "a \(family.rawValue) model", file: file)
    }
    return rest.sorted()
  }
}

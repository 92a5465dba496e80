#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A Stable Diffusion model on disk in any common format, with one set of names.
///
/// It is a diffusers folder, a single safetensors file in the original naming (Rombach et al. 2022), or a GGUF file
/// with a whole model or only its U-Net; the format is detected from the contents. The weights of every part have
/// diffusers' and transformers' names. Opening it reads only headers.
///
/// ```swift
/// let checkpoint = try Checkpoint(contentsOf: url)
/// let kernel = try checkpoint.unet.floats("conv_in.weight")
/// ```
public struct Checkpoint: Sendable {
  /// A part of the model: its configuration and its weights.
  public struct Part<Configuration: Sendable>: Sendable {
    /// The shape of the network.
    public let configuration: Configuration
    /// The weights, under diffusers' and transformers' names.
    public let weights: WeightStore
  }

  /// The folder or file.
  public let url: URL
  /// The folder's or file's name, without the format's extension.
  public let name: String
  /// The generation of the model.
  public let family: ModelFamily
  /// What the network predicts.
  public let predictionType: PredictionType
  /// The scheduler's configuration, if the model includes one.
  public let scheduler: SchedulerConfiguration?
  /// How the model was distilled to few steps, if a single file's name says so.
  public let distillation: Distillation?
  /// Whether a single file has a tensor `ztsnr`, which says that its betas were rescaled to zero terminal
  /// signal-to-noise ratio (Lin et al. 2023).
  public let hasZeroTerminalSNR: Bool
  /// The denoising network.
  public let unet: Part<UNetConfiguration>
  /// The autoencoder, or `nil` for a file with only the U-Net.
  public let autoencoder: Part<AutoencoderConfiguration>?
  /// The text encoders in the order of their states' channels; none for a file with only the U-Net.
  public let textEncoders: [Part<CLIPTextConfiguration>]
  /// The folders of the text encoders' tokenizers; none for a single file, which uses CLIP's own.
  public let tokenizers: [URL]
  /// Tensors that belong to no part and are not used, such as a moving average of the weights.
  public let unusedNames: [String]

  /// Opens a model.
  ///
  /// - Parameters:
  ///   - url: A folder or a file.
  ///   - predictionType: What the network predicts, if the user says so. For files that do not say, the rule is
  ///     v-prediction for Stable Diffusion 2, and noise otherwise.
  /// - Throws: ``CheckpointError`` when a file is missing, malformed or pickled, when it is not a model that this
  ///   program knows, and when tensors are missing or surplus.
  public init(contentsOf url: URL, predictionType: PredictionType? = nil) throws {
    var isFolder = false
    guard FileSignature.exists(url, isFolder: &isFolder) else {
      throw CheckpointError(
        .missing, file: url.path, expected: "a model's folder or file",
        found: "nothing with this name",
        advice: "Check the name")
    }
    if isFolder {
      try self.init(folder: url, predictionType: predictionType)
    } else {
      try self.init(file: url, predictionType: predictionType)
    }
  }

  // MARK: A single file

  private init(file url: URL, predictionType: PredictionType?) throws {
    let file = try TensorFile(contentsOf: url)
    name = url.deletingPathExtension().lastPathComponent
    distillation = Distillation(fileName: name)
    var hints = file.predictionHints
    hints.distillation = distillation
    let naming = try OriginalNaming(
      shapes: file.tensors.mapValues(\.shape), hints: hints, predictionType: predictionType,
      file: file.name)
    self.url = url
    family = naming.family
    self.predictionType = naming.predictionType
    scheduler = nil
    // At the last of these levels, the noise says nothing about the sample.
    hasZeroTerminalSNR = file.tensors["ztsnr"] != nil && naming.predictionType == .velocity
    func store(_ views: [String: TensorView]) -> WeightStore {
      WeightStore(file, at: url, showing: views)
    }
    unet = Part(configuration: naming.unetConfiguration, weights: store(naming.unet))
    autoencoder = naming.autoencoderConfiguration.flatMap { configuration in
      naming.autoencoder.map { Part(configuration: configuration, weights: store($0)) }
    }
    textEncoders = naming.textEncoders.map {
      Part(configuration: $0.configuration, weights: store($0.views))
    }
    tokenizers = []
    unusedNames = naming.unused
  }

  // MARK: A folder

  private init(folder url: URL, predictionType: PredictionType?) throws {
    let index = try JSONFile.decode(
      PartClasses.self, from: url.appendingPathComponent("model_index.json"))
    func part(_ name: String) -> URL { url.appendingPathComponent(name) }
    func configuration(_ name: String) -> URL { part(name).appendingPathComponent("config.json") }

    self.url = url
    name = HubCache.name(of: url)
    let unet = try UNetConfiguration(contentsOf: configuration("unet"))
    self.unet = Part(
      configuration: unet,
      weights: try WeightStore(folder: part("unet")).checked(
        against: OriginalUNet.names(unet), in: part("unet")))
    family = ModelFamily(unet)
    if index.has("vae") {
      let vae = try AutoencoderConfiguration(contentsOf: configuration("vae"))
      autoencoder = Part(
        configuration: vae,
        weights: try WeightStore(folder: part("vae")).withAttentionNames().checked(
          against: OriginalAutoencoder.names(vae), in: part("vae")))
    } else {
      autoencoder = nil
    }
    textEncoders = try index.textEncoders.map { name in
      let encoder = try CLIPTextConfiguration(contentsOf: configuration(name))
      return Part(
        configuration: encoder,
        weights: try WeightStore(folder: part(name)).withTextModelNames().checked(
          against: OriginalTextEncoder.openCLIP(isCut: false).names(encoder), in: part(name)))
    }
    tokenizers = index.textEncoders.map {
      part($0.replacingOccurrences(of: "text_encoder", with: "tokenizer"))
    }
    let scheduler = try SchedulerConfiguration(
      contentsOf: part("scheduler").appendingPathComponent("scheduler_config.json"))
    self.scheduler = scheduler
    guard let told = predictionType ?? PredictionType(rawValue: scheduler.predictionType) else {
      throw CheckpointError(
        .unsupported, file: part("scheduler").path, key: "prediction_type",
        expected: PredictionType.allCases.map(\.rawValue).joined(separator: ", "),
        found: CheckpointError.quoted(scheduler.predictionType),
        advice: "This program cannot run such a model yet: choose another")
    }
    self.predictionType = told
    (distillation, hasZeroTerminalSNR) = (nil, scheduler.rescalesBetasToZeroSNR)
    unusedNames = []
  }
}

/// The parts listed in a `model_index.json`, each with its library and class.
private struct PartClasses: Decodable {
  private let classes: [String: String]

  /// The classes of the parts that this program reads.
  private static let supported: [String: [String]] = [
    "unet": ["UNet2DConditionModel"], "vae": ["AutoencoderKL", "AutoencoderTiny"],
    "text_encoder": ["CLIPTextModel", "CLIPTextModelWithProjection"],
    "text_encoder_2": ["CLIPTextModelWithProjection"],
    "tokenizer": ["CLIPTokenizer", "CLIPTokenizerFast"],
    "tokenizer_2": ["CLIPTokenizer", "CLIPTokenizerFast"],
  ]

  private struct Key: CodingKey {
    let stringValue: String
    var intValue: Int? { nil }
    init(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
  }

  init(from decoder: any Decoder) throws {
    let container = try decoder.container(keyedBy: Key.self)
    var classes: [String: String] = [:]
    for key in container.allKeys {
      // The parts are listed among settings of the pipeline, and an omitted part is [null, null].
      guard let pair = try? container.decode([String?].self, forKey: key), pair.count == 2,
        let name = pair[1]
      else { continue }
      classes[key.stringValue] = name
    }
    self.classes = classes
    if classes["unet"] == nil {
      throw ConfigurationProblem.unsupported(
        "unet", supported: "a U-Net",
        found: classes["transformer"].map { CheckpointError.quoted($0) } ?? "none")
    }
    for (part, supported) in Self.supported {
      guard let found = classes[part], !supported.contains(found) else { continue }
      throw ConfigurationProblem.unsupported(
        part, supported: supported.joined(separator: " or "), found: CheckpointError.quoted(found))
    }
  }

  func has(_ part: String) -> Bool { classes[part] != nil }

  var textEncoders: [String] { ["text_encoder", "text_encoder_2"].filter(has) }
}

extension WeightStore {
  /// The weights, if they are exactly those required by their configuration.
  ///
  /// - Throws: ``CheckpointError`` with the names of all missing and surplus tensors.
  func checked(against table: NameTable?, in folder: URL) throws -> WeightStore {
    guard let table else { return self }
    let wanted = Set(table.rows.map(\.name))
    let found = Set(names.filter { !$0.hasSuffix("position_ids") })
    guard wanted != found else { return self }
    throw CheckpointError.differentTensors(
      missing: wanted.subtracting(found).sorted(), surplus: found.subtracting(wanted).sorted(),
      of: "its config.json", file: folder.path)
  }

  /// Transformers 5 omits the level `text_model`, which its earlier versions and the published models have.
  fileprivate func withTextModelNames() -> WeightStore {
    guard contains("embeddings.token_embedding.weight") else { return self }
    return renamed { $0.hasPrefix("text_projection.") ? $0 : "text_model.\($0)" }
  }

  /// Autoencoders published before diffusers 0.15 use other names for their attention layers.
  func withAttentionNames() -> WeightStore {
    let newer = [
      "query": "to_q", "key": "to_k", "value": "to_v", "proj_attn": "to_out.0",
    ]
    return renamed { name in
      let parts = name.split(separator: ".").map(String.init)
      guard parts.count > 2, parts.dropLast(2).contains("attentions"),
        let layer = newer[parts[parts.count - 2]], let kind = parts.last
      else { return name }
      return (parts.dropLast(2) + [layer, kind]).joined(separator: ".")
    }
  }
}

extension TensorFile {
  /// What the file says about its prediction.
  fileprivate var predictionHints: PredictionHints {
    var step: Int?
    if let tensor = tensors["global_step"], tensor.encoding == .elements(.i64), tensor.count == 1 {
      step = Int(bytes(of: tensor).reversed().reduce(Int64(0)) { $0 << 8 | Int64($1) })
    }
    return PredictionHints(
      remark: remarks["modelspec.prediction_type"], hasVelocityMark: tensors["v_pred"] != nil,
      globalStep: step)
  }
}

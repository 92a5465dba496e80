import Files

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model on disk in the layout of diffusers: `model_index.json` and a folder for each part.
public struct ModelFolder: Sendable, Hashable {
  /// The default settings for sampling.
  public struct Defaults: Sendable, Hashable {
    /// The number of steps.
    public var steps: Int
    /// Scale of classifier-free guidance.
    public var guidanceScale: Float
    /// The sampler's name, such as `DDIM`.
    public var sampler: String
    /// The schedule, such as `trailing`.
    public var spacing: String
  }

  /// How the token states are combined into one vector, which steers the network in addition to the states.
  public enum TextEmbedding: String, Sendable, Hashable, CaseIterable {
    /// The mean over the tokens that are not padding, scaled to unit mean square.
    case meanUnitSquare = "mean-unit-square"
    /// None.
    case none
  }

  /// The folder.
  public let url: URL
  /// The model's name.
  public let name: String
  /// The side of the pixel blocks that are folded into channels: with a fold of 4, a picture of 64x64x3 is a latent of
  /// 16x16x48. 1 means no fold.
  public let pixelFold: Int
  /// The number of tokens that the network receives, including `[CLS]` and `[SEP]`.
  public let tokenLimit: Int
  /// How the sentence embedding is computed.
  public let textEmbedding: TextEmbedding
  /// The default settings of a run.
  public let defaults: Defaults

  /// Opens a model's folder: reads `model_index.json` and checks that all parts exist.
  ///
  /// - Throws: ``CheckpointError`` when the description or a part is missing or invalid.
  public init(url: URL) throws {
    let file = url.appendingPathComponent("model_index.json")
    let index = try JSONFile.decode(ModelIndex.self, from: file)
    self.url = url
    let own = index.halflight
    name = own?.name ?? HubCache.name(of: url)
    pixelFold = own?.pixelFold ?? 1
    tokenLimit = own?.tokenLimit ?? 77
    textEmbedding = own?.textEmbedding ?? .none
    defaults =
      own?.defaults
      ?? Defaults(steps: 25, guidanceScale: 7.5, sampler: "DPM++ 2M", spacing: "karras")
    for part in [unetConfiguration, schedulerConfiguration, textEncoderConfiguration, vocabulary] {
      guard FileManager.default.fileExists(atPath: part.path) else {
        throw CheckpointError(
          .missing, file: part.path,
          expected: part == vocabulary
            ? "this list of words, or tokenizer.json beside it" : "this part of the model",
          found: part == vocabulary ? "neither" : "no such file",
          advice: "Copy the model again with all its parts")
      }
    }
    // Older models have none, and BERT's usual settings apply.
    let tokenizer = url.appendingPathComponent("tokenizer/tokenizer_config.json")
    if FileManager.default.fileExists(atPath: tokenizer.path) {
      _ = try JSONFile.decode(TokenizerConfiguration.self, from: tokenizer)
    }
  }

  /// Whether a folder is a model of this kind, with a sentence encoder, rather than one of Stable Diffusion.
  ///
  /// A folder without the information counts as such a model, so that opening it reports what is missing.
  public static func isOwnKind(_ url: URL) -> Bool {
    struct Index: Decodable {
      let textEncoder: [String?]?
      let second: [String?]?
      enum CodingKeys: String, CodingKey {
        case textEncoder = "text_encoder"
        case second = "text_encoder_2"
      }
    }
    var isFolder = false
    guard FileSignature.exists(url, isFolder: &isFolder) else { return true }
    guard isFolder else { return false }
    let file = url.appendingPathComponent("model_index.json")
    guard let index = try? JSONFile.decode(Index.self, from: file) else { return true }
    // Stable Diffusion XL's refiner has only a second text encoder.
    guard index.second == nil else { return false }
    guard let parts = index.textEncoder, parts.count == 2, let name = parts[1] else { return true }
    return name == "BertModel"
  }

  // MARK: Parts

  /// The U-Net's `config.json`.
  public var unetConfiguration: URL { unet.appendingPathComponent("config.json") }
  /// The folder of the U-Net.
  public var unet: URL { url.appendingPathComponent("unet") }
  /// The `scheduler_config.json`.
  public var schedulerConfiguration: URL {
    url.appendingPathComponent("scheduler/scheduler_config.json")
  }
  /// The folder of the text encoder.
  public var textEncoder: URL { url.appendingPathComponent("text_encoder") }
  /// The text encoder's `config.json`.
  public var textEncoderConfiguration: URL { textEncoder.appendingPathComponent("config.json") }
  /// The tokenizer's word list, `vocab.txt`, or its `tokenizer.json` if the folder has only that.
  public var vocabulary: URL {
    let words = url.appendingPathComponent("tokenizer/vocab.txt")
    let description = url.appendingPathComponent("tokenizer/tokenizer.json")
    let manager = FileManager.default
    let hasOnlyDescription =
      !manager.fileExists(atPath: words.path) && manager.fileExists(atPath: description.path)
    return hasOnlyDescription ? description : words
  }
  /// The model card, whether or not it exists.
  public var card: URL { url.appendingPathComponent("README.md") }

  // MARK: Discovery

  /// The folders and single files that are models, or should be: the embedded one first, then those in
  /// `halflight/models` in the data folder.
  ///
  /// - Parameters:
  ///   - embedded: The folder of the embedded model.
  ///   - environment: `XDG_DATA_HOME` and `HOME` are read from it.
  public static func discover(
    embedded: URL?, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> [URL] {
    var folders = embedded.map { [$0] } ?? []
    if let shelf = modelsFolder(environment: environment),
      let names = try? FileManager.default.contentsOfDirectory(atPath: shelf.path)
    {
      for name in names.sorted() where !name.hasPrefix(".") {
        let url = shelf.appendingPathComponent(name)
        // Only a folder has contents to list.
        let isFolder = (try? FileManager.default.contentsOfDirectory(atPath: url.path)) != nil
        if isFolder || ["safetensors", "gguf"].contains(url.pathExtension.lowercased()) {
          folders.append(url)
        }
      }
    }
    return folders
  }

  /// The folder of the user's models: `$XDG_DATA_HOME/halflight/models`, else in `~/.local/share`.
  public static func modelsFolder(
    environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> URL? {
    BaseDirectory.folder("XDG_DATA_HOME", usually: ".local/share", environment: environment)?
      .appendingPathComponent("models")
  }
}

/// `model_index.json`: diffusers' list of parts, with our own settings under `_halflight`.
private struct ModelIndex: Decodable {
  let halflight: Own?

  private enum CodingKeys: String, CodingKey {
    case unet, scheduler, tokenizer
    case halflight = "_halflight"
    case textEncoder = "text_encoder"
  }

  /// The classes of the parts that this program supports.
  private static let supported: [CodingKeys: [String]] = [
    .unet: ["UNet2DConditionModel"],
    .textEncoder: ["BertModel"],
    .tokenizer: ["BertTokenizer", "BertTokenizerFast"],
  ]

  init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    for key in [CodingKeys.unet, .scheduler, .textEncoder, .tokenizer] {
      guard let pair = try values.optional([String].self, key), pair.count == 2 else {
        throw ConfigurationProblem.wrong(
          key.rawValue, expected: "a library and a class", found: "none")
      }
      guard let classes = Self.supported[key], !classes.contains(pair[1]) else { continue }
      throw ConfigurationProblem.unsupported(
        key.rawValue, supported: classes.joined(separator: " or "),
        found: CheckpointError.quoted(pair[1]))
    }
    halflight = try values.optional(Own.self, .halflight)
  }

  struct Own: Decodable {
    let name: String?
    let pixelFold: Int
    let tokenLimit: Int
    let textEmbedding: ModelFolder.TextEmbedding
    let defaults: ModelFolder.Defaults

    private enum CodingKeys: String, CodingKey {
      case name, defaults
      case pixelFold = "pixel_fold"
      case tokenLimit = "token_limit"
      case textEmbedding = "text_embedding"
    }

    init(from decoder: any Decoder) throws {
      let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
      name = try values.optional(String.self, .name)
      pixelFold = try values.count(.pixelFold, default: 1, in: 1...64)
      tokenLimit = try values.count(.tokenLimit, default: 77, in: 2...4096)
      let embedding = try values.value(.textEmbedding, default: "none")
      guard let known = ModelFolder.TextEmbedding(rawValue: embedding) else {
        throw ConfigurationProblem.unsupported(
          "_halflight.text_embedding",
          supported: ModelFolder.TextEmbedding.allCases.map(\.rawValue).joined(separator: " or "),
          found: CheckpointError.quoted(embedding))
      }
      textEmbedding = known
      defaults = try values.value(
        .defaults,
        default: ModelFolder.Defaults(
          steps: 25, guidanceScale: 3, sampler: "DDIM", spacing: "trailing"))
    }
  }
}

extension ModelFolder.Defaults: Decodable {
  private enum CodingKeys: String, CodingKey {
    case steps, sampler, spacing
    case guidanceScale = "guidance_scale"
  }

  /// Decodes and checks the bounds.
  public init(from decoder: any Decoder) throws {
    let values = ConfigurationValues(try decoder.container(keyedBy: CodingKeys.self))
    steps = try values.count(.steps, default: 25, in: 1...1000)
    guidanceScale = try values.number(.guidanceScale, default: 3, in: 0...100)
    sampler = try values.value(.sampler, default: "DDIM")
    spacing = try values.value(.spacing, default: "trailing")
  }
}

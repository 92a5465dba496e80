#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A model that paints without a prompt (Ho et al. 2020), in the layout of diffusers: a `UNet2DModel` and a scheduler,
/// either in separate folders or, as in the first published ones, in one folder.
public struct UnconditionalModel: Sendable {
  /// The folder.
  public let url: URL
  /// The network's shape.
  public let configuration: UNetConfiguration
  /// The network's weights, under diffusers' names.
  public let weights: WeightStore
  /// Its noise schedule.
  public let scheduler: SchedulerConfiguration
  /// The file of the schedule.
  public let schedulerFile: URL

  private struct Described: Decodable {
    let className: String?
    enum CodingKeys: String, CodingKey { case className = "_class_name" }
  }

  private struct Parts: Decodable {
    var vqvae: [String?]?
    var vae: [String?]?
    var movq: [String?]?
  }

  /// The network's folder in a model's folder; `nil` if it has no network of this kind.
  private static func network(in url: URL) -> URL? {
    [url, url.appendingPathComponent("unet")].first { folder in
      let file = folder.appendingPathComponent("config.json")
      return (try? JSONFile.decode(Described.self, from: file))?.className == "UNet2DModel"
    }
  }

  /// Whether a folder is such a model.
  public static func isOne(_ url: URL) -> Bool { network(in: url) != nil }

  /// Opens a model; only headers of its weights are read.
  ///
  /// - Throws: ``CheckpointError`` when a part is missing or invalid, or when it does not paint colour pictures.
  public init(folder url: URL) throws {
    let network = Self.network(in: url) ?? url
    let file = network.appendingPathComponent("config.json")
    configuration = try UNetConfiguration(contentsOf: file)
    // Its samples may be an autoencoder's latents, which the number of channels does not show.
    let index = url.appendingPathComponent("model_index.json")
    let parts = (try? JSONFile.decode(Parts.self, from: index)) ?? Parts()
    guard parts.vqvae == nil, parts.vae == nil, parts.movq == nil else {
      throw CheckpointError(
        .unsupported, file: index.path, expected: "a model whose samples are pictures",
        found: "one with an autoencoder (latent diffusion without a prompt)",
        advice: "Choose a pixel-space model, such as google/ddpm-cat-256")
    }
    guard configuration.inChannels == 3, configuration.outChannels == 3 else {
      throw CheckpointError(
        .unsupported, file: file.path, key: "out_channels", expected: "3 channels in and out",
        found: "\(configuration.inChannels) and \(configuration.outChannels)",
        advice: "Choose a model for colour pictures")
    }
    weights = try WeightStore(folder: network).withAttentionNames().checked(
      against: OriginalUNet.names(configuration), in: network)
    let places = [
      url.appendingPathComponent("scheduler/scheduler_config.json"),
      url.appendingPathComponent("scheduler_config.json"),
    ]
    schedulerFile =
      places.first { FileManager.default.fileExists(atPath: $0.path) } ?? places[1]
    scheduler = try SchedulerConfiguration(contentsOf: schedulerFile)
    self.url = url
  }
}

import Files

#if canImport(FoundationEssentials)
  import FoundationEssentials
#else
  import Foundation
#endif

/// A MiniT2I model on disk: its network MM-JiT, and the location of its text encoder.
///
/// Four layouts are read:
/// - its diffusers pipeline: a folder with `transformer/`, and perhaps `scheduler/`, `tokenizer/` and `text_encoder/`;
/// - its repository on the hub: two such folders, `minit2i-b-16` and `minit2i-l-16`, in one;
/// - the folder `transformer` alone;
/// - a single safetensors file of the network.
///
/// The published model has no text encoder of its own. It is found in the Hugging Face cache by the name in the
/// configuration.
public struct MiniT2IModel: Sendable {
  /// The folder or file.
  public let url: URL
  /// The model's name.
  public let name: String
  /// The network's shape.
  public let configuration: MMJiTConfiguration
  /// The network's weights, under the names of the reference without their prefix.
  public let weights: WeightStore
  /// The folder of the text encoder's `config.json` and weights.
  public let textEncoder: URL
  /// The folder of its tokenizer's files.
  public let tokenizer: URL

  /// Opens a model; only headers of its weights are read.
  ///
  /// - Parameter cache: The cache searched for a text encoder that is not beside the network.
  /// - Throws: ``CheckpointError`` when a part is missing or invalid, or the tensors do not match the configuration.
  public init(contentsOf url: URL, cache: HubCache? = HubCache()) throws {
    self.url = url
    if let (network, variant) = Self.network(in: url) {
      let file = network.appendingPathComponent("config.json")
      configuration = try MMJiTConfiguration(contentsOf: file)
      let store = Self.bare(try WeightStore(folder: network))
      weights = try Self.checked(store, configuration, network.path)
      name = Self.name(of: url, variant: variant)
    } else {
      let store = Self.bare(try WeightStore(files: [url]))
      let beside = url.deletingLastPathComponent().appendingPathComponent("config.json")
      configuration =
        MMJiTConfiguration.isDescribed(by: beside)
        ? try MMJiTConfiguration(contentsOf: beside)
        : try MMJiTConfiguration(tensors: store.shape, file: url.path)
      weights = try Self.checked(store, configuration, url.path)
      name = url.deletingPathExtension().lastPathComponent
    }
    (textEncoder, tokenizer) = try Self.text(of: url, configuration, cache)
  }

  // MARK: The network

  /// Whether a folder or file is such a model.
  public static func isOne(_ url: URL) -> Bool {
    var isFolder = false
    guard FileSignature.exists(url, isFolder: &isFolder) else { return false }
    guard !isFolder else { return network(in: url) != nil }
    guard let file = try? SafetensorsFile(contentsOf: url) else { return false }
    return prefixes.contains { prefix in
      marks.allSatisfy { file["\(prefix)\($0)"] != nil }
    }
  }

  /// The prefixes of the network's tensors: in diffusers' folder, in a training checkpoint, and none.
  private static let prefixes = ["model.net.", "net.", ""]

  /// Tensors that only this network has.
  private static let marks = ["img_embedder.proj1.weight", "double_blocks.0.img_qkv.weight"]

  /// The folder of the network within a model's folder, and of the variant if it is in one; `nil` if there is none. Of
  /// several variants, the first by name is used: on the hub, that is B/16, the smaller one.
  private static func network(in url: URL) -> (folder: URL, variant: String?)? {
    func network(_ folder: URL) -> URL? {
      [folder.appendingPathComponent("transformer"), folder].first {
        MMJiTConfiguration.isDescribed(by: $0.appendingPathComponent("config.json"))
      }
    }
    if let own = network(url) { return (own, nil) }
    let entries = ((try? FileManager.default.contentsOfDirectory(atPath: url.path)) ?? []).sorted()
    return entries.lazy.compactMap { entry in
      network(url.appendingPathComponent(entry)).map { ($0, entry) }
    }.first
  }

  /// The model's name, including the variant if there are several.
  private static func name(of url: URL, variant: String?) -> String {
    if let variant { return "\(HubCache.name(of: url))-\(variant)" }
    let parent = url.deletingLastPathComponent()
    if url.lastPathComponent == "transformer" { return name(of: parent, variant: nil) }
    let repository = HubCache.name(of: parent)
    return repository == parent.lastPathComponent
      ? HubCache.name(of: url) : "\(repository)-\(url.lastPathComponent)"
  }

  /// The weights, with the prefix removed from their names.
  private static func bare(_ store: WeightStore) -> WeightStore {
    guard let prefix = prefixes.first(where: { store.contains($0 + marks[0]) }), !prefix.isEmpty
    else { return store }
    return store.renamed { $0.hasPrefix(prefix) ? String($0.dropFirst(prefix.count)) : $0 }
  }

  /// The weights, after checking that they match the configuration.
  private static func checked(
    _ store: WeightStore, _ configuration: MMJiTConfiguration, _ file: String
  ) throws -> WeightStore {
    let wanted = configuration.tensors
    let names = Set(wanted.map(\.name))
    let missing = wanted.map(\.name).filter { !store.contains($0) }
    let surplus = store.names.filter { !names.contains($0) && !MMJiTConfiguration.isUnused($0) }
    guard missing.isEmpty, surplus.isEmpty else {
      throw CheckpointError.differentTensors(
        missing: missing, surplus: surplus, of: "MiniT2I's network", file: file)
    }
    for (name, shape) in wanted {
      guard let found = store.shape(of: name), found != shape else { continue }
      throw CheckpointError(
        .mismatched, file: file, key: name,
        expected: "the shape \(shape) that config.json specifies",
        found: "\(found)", advice: "The configuration and the weights must come from the same model"
      )
    }
    return store
  }

  // MARK: The text encoder

  private static func text(
    of url: URL, _ configuration: MMJiTConfiguration, _ cache: HubCache?
  ) throws -> (encoder: URL, tokenizer: URL) {
    let manager = FileManager.default
    let parent = url.deletingLastPathComponent()
    for folder in [url, parent] {
      let encoder = folder.appendingPathComponent("text_encoder")
      guard manager.fileExists(atPath: encoder.appendingPathComponent("config.json").path) else {
        continue
      }
      let tokenizer = folder.appendingPathComponent("tokenizer")
      return (encoder, manager.fileExists(atPath: tokenizer.path) ? tokenizer : encoder)
    }
    func missing(_ found: String, _ advice: String) -> CheckpointError {
      CheckpointError(
        .missing, file: url.appendingPathComponent("text_encoder/config.json").path,
        expected: "the text encoder \(CheckpointError.quoted(configuration.textEncoder))",
        found: found, advice: advice)
    }
    guard let name = HubCache.Name(configuration.textEncoder) else {
      throw missing(
        "none, and no name on the hub", "Put the text encoder and its tokenizer beside the network")
    }
    let command = HubCache.command(for: name)
    guard let cache else {
      throw missing(
        "no such file, and no Hugging Face cache",
        "Put the text encoder there and its tokenizer beside it, or set HOME and run: \(command)")
    }
    guard let folder = try? cache.snapshot(of: name) else {
      throw missing(
        "no such file, and not in the cache \(cache.folder.path) either",
        "To download it, run: \(command)")
    }
    return (folder, folder)
  }
}

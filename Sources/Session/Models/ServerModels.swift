import Explorer
import Models

/// The models on the server that the program was started with, for the list of models.
struct ServerModels: Sendable {
  /// The first model; any other model on the server must use its tokenizer and schedule.
  private let first: ModelRequest
  private let remote: RemoteModel

  /// The prefix of a model's name on the server, which is used in place of a path.
  private static let prefix = "remote:"
  /// How long to wait for the list.
  var patience = Duration.seconds(2)

  /// The models on a request's server; `nil` if it has none.
  init?(_ request: ModelRequest) {
    guard let remote = request.remote else { return nil }
    (first, self.remote) = (request, remote)
  }

  /// The request for a model of the list; `nil` if its path is not one of these.
  func request(at path: String?) -> ModelRequest? {
    guard let path, path.hasPrefix(Self.prefix) else { return nil }
    let name = String(path.dropFirst(Self.prefix.count))
    var request = first
    request.remote = RemoteModel(remote.client, name: name.isEmpty ? nil : name)
    return request
  }

  /// The server's models. If it has no list or does not answer soon, only the first model is listed.
  func listings() async -> [ModelListing] {
    let names = await names().map(Self.models) ?? []
    let server = remote.client.server.name
    let shown = names.isEmpty ? [remote.name ?? ""] : names
    return shown.map {
      ModelListing(
        name: "\($0.isEmpty ? "this model" : $0) at \(server)", path: Self.prefix + $0,
        detail: "on the server")
    }
  }

  private func names() async -> [String]? {
    await withTaskGroup(of: [String]?.self) { group in
      group.addTask { [remote] in try? await remote.client.models() }
      group.addTask { [patience] in
        try? await Task.sleep(for: patience)
        return nil
      }
      defer { group.cancelAll() }
      return await group.next() ?? nil
    }
  }

  /// The models that some names on a server stand for: the parts of one model count as one model.
  static func models(_ names: [String]) -> [String] {
    let parts = ["unet", "text_encoder_2", "text_encoder", "vae_decoder", "vae_encoder"]
      .flatMap { ["_\($0)", "/\($0)"] }
    var models: [String] = []
    for name in names {
      let part = parts.first { name.hasSuffix($0) && name.count > $0.count }
      let model = String(name.dropLast(part?.count ?? 0))
      if !models.contains(model) { models.append(model) }
    }
    return models
  }
}

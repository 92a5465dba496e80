import Checkpoints
import Remote

/// The locations of a model's parts on a server.
package struct RemoteModel: Sendable {
  /// The server.
  package let client: InferenceClient
  /// The model's name on the server; the local model's if `nil`.
  package let name: String?

  /// Parts on a server.
  package init(_ client: InferenceClient, name: String?) {
    (self.client, self.name) = (client, name)
  }
}

extension Pipeline {
  /// This model, using the server for the parts that it has; the others stay here.
  ///
  /// The server's model `NAME` is only the network. A whole model has one server model for each part, as exported by
  /// diffusers to ONNX: `NAME_unet`, `NAME_text_encoder`, `NAME_text_encoder_2` and `NAME_vae_decoder`, or the same
  /// with a slash.
  ///
  /// - Throws: `RemoteError` when the server cannot be used or its parts do not fit, `AdditionError` when LoRAs would
  ///   change weights on the server; `CancellationError`.
  package func moved(to remote: RemoteModel) async throws -> Pipeline {
    try await remote.client.requireReady()
    let parts = try await self.parts.moved(to: remote, additions)
    return Pipeline(parts, additions)
  }
}

extension ModelParts {
  fileprivate func moved(
    to remote: RemoteModel, _ additions: ModelAdditions
  ) async throws -> ModelParts {
    let (client, wanted) = (remote.client, remote.name ?? name)
    func find(_ name: String) async throws -> RemotePart? {
      try await client.metadata(of: name).map { RemotePart(name, $0, on: client) }
    }
    var moved = self
    var there: [String] = []
    var network = try await find(wanted)
    for sign in ["_", "/"] where network == nil && there.isEmpty {
      func part(of name: String) async throws -> RemotePart? {
        try await find("\(wanted)\(sign)\(name)")
      }
      network = try await part(of: "unet")
      if let prompts = prompts as? CLIPPromptEncoder, additions.leavesTextEncoder {
        let encoders = try await prompts.moved { try await part(of: $0) }
        if let encoders {
          moved.prompts = encoders
          moved.otherParameters.text = 0
          there.append("text encoder")
        }
      }
      if case .latents(let autoencoder, _) = space, let decoder = try await part(of: "vae_decoder")
      {
        moved.decoder = try RemoteDecoder(decoder, insteadOf: autoencoder.configuration)
        moved.otherParameters.autoencoder = 0
        there.append("decoder")
      }
    }
    if let network {
      guard additions.loras.isEmpty else {
        throw AdditionError(
          description: "--lora changes the network's weights, which are on \(client.server.name): "
            + "leave out --lora or --remote")
      }
      moved.network = NetworkParts(
        try RemoteNetwork(network, insteadOf: self),
        prediction: self.network.denoiser.prediction, weights: nil, format: self.network.format,
        holdsEightBits: false, adaptation: self.network.adaptation)
      moved.network.configuration = self.network.configuration
      there.insert("network", at: 0)
    }
    guard !there.isEmpty else {
      let others = try await client.models() ?? []
      throw client.error(.noModel(wanted, others: others))
    }
    moved.place = "\(Self.listed(there)) at \(client.server.name)"
    return moved
  }

  /// For example `network, text encoder and decoder`.
  private static func listed(_ parts: [String]) -> String {
    guard parts.count > 1, let last = parts.last else { return parts.first ?? "" }
    return parts.dropLast().joined(separator: ", ") + " and " + last
  }
}

extension ModelAdditions {
  /// Whether text encoders are used unchanged from the model's files.
  fileprivate var leavesTextEncoder: Bool {
    loras.isEmpty && embeddings.isEmpty && clipSkip == nil
  }
}

extension CLIPPromptEncoder {
  /// The same with the encoders on a server; `nil` unless all of them are there.
  fileprivate func moved(
    _ part: (String) async throws -> RemotePart?
  ) async throws -> CLIPPromptEncoder? {
    var moved: [Encoder] = []
    for (index, encoder) in encoders.enumerated() {
      guard let part = try await part(index == 0 ? "text_encoder" : "text_encoder_2") else {
        return nil
      }
      moved.append(
        Encoder(
          tokenizer: encoder.tokenizer,
          network: try RemoteTextEncoder(
            part, insteadOf: encoder.network.configuration, skipped: isPair ? 1 : nil)))
    }
    return CLIPPromptEncoder(
      encoders: moved, hasNothingForEmpty: hasNothingForEmpty, clipSkip: clipSkip)
  }
}

import Checkpoints
import Foundation
import Synchronization
import Tensors

@testable import Models
@testable import Remote

/// A model's parts as a server has them, computed by this program's own networks.
final class ServedModel: Sendable {
  /// How the parts are served.
  struct Options: Sendable {
    /// The type of samples, states and pictures.
    var type = TensorDatatype.float32
    /// The number of pictures of a batch; -1 for any.
    var batch = -1
    /// Whether the network can be told which tokens do not count.
    var masks = true
    /// The side of samples; -1 for any.
    var side = -1
    /// Channels of the sample as the description says.
    var channels: Int?
  }

  private let name: String
  private let options: Options
  private let unet: UNet
  private let scale: Int
  private let texts: [CLIPTextEncoder]
  private let autoencoder: Autoencoder?
  /// The pictures in each batch that the network was called with.
  private let batches = Mutex<[Int]>([])

  /// The batch of each call of the network.
  var calls: [Int] { batches.withLock { $0 } }

  /// This project's own kind of model, as one model of this name on the server.
  init(own folder: URL, name: String, _ options: Options = Options()) throws {
    (self.name, self.options) = (name, options)
    unet = UNet(
      try UNetConfiguration(contentsOf: folder.appendingPathComponent("unet/config.json")),
      source: CheckpointParameters(
        store: try WeightStore(folder: folder.appendingPathComponent("unet"))), type: .f32)
    (scale, texts, autoencoder) = (1, [], nil)
  }

  /// Stable Diffusion, as a model for each part.
  init(stableDiffusion folder: URL, name: String, _ options: Options = Options()) throws {
    (self.name, self.options) = (name, options)
    let checkpoint = try Checkpoint(contentsOf: folder)
    unet = UNet(
      checkpoint.unet.configuration,
      source: CheckpointParameters(store: checkpoint.unet.weights), type: .f32)
    texts = checkpoint.textEncoders.map {
      CLIPTextEncoder($0.configuration, source: CheckpointParameters(store: $0.weights))
    }
    autoencoder = checkpoint.autoencoder.map {
      Autoencoder(
        $0.configuration, source: CheckpointParameters(store: $0.weights), type: .f32)
    }
    scale = autoencoder?.configuration.downscale ?? 1
  }

  func answer(_ request: InferenceServer.Request) async throws -> InferenceServer.Reply {
    if request.path == "/v2/health/ready" { return .status(200) }
    if request.path == "/v2/repository/index" {
      return .json("[{\"name\":\"\(name)\",\"state\":\"READY\"}]")
    }
    let path = request.path.dropFirst("/v2/models/".count).split(separator: "/")
    guard let first = path.first, first.hasPrefix(name) else { return Self.missing }
    let isCall = path.last == "infer"
    switch first.dropFirst(name.count) {
    case "" where texts.isEmpty, "_unet" where !texts.isEmpty:
      return isCall ? try await predict(request) : networkMetadata
    case "_text_encoder" where !texts.isEmpty:
      return isCall ? try await encode(request, with: texts[0]) : textMetadata(texts[0])
    case "_text_encoder_2" where texts.count > 1:
      return isCall ? try await encode(request, with: texts[1]) : textMetadata(texts[1])
    case "_vae_decoder":
      guard let autoencoder else { return Self.missing }
      return isCall ? try await decode(request, with: autoencoder) : decoderMetadata
    default: return Self.missing
    }
  }

  private static let missing = InferenceServer.Reply.json(
    #"{"error":"Request for unknown model: it is not found"}"#, status: 400)

  // MARK: The network

  private var networkMetadata: InferenceServer.Reply {
    let (configuration, type) = (unet.configuration, options.type.rawValue)
    let sample = [
      options.batch, options.channels ?? configuration.inChannels, options.side, options.side,
    ]
    var inputs: [(String, String, [Int])] = [
      ("sample", type, sample), ("timestep", "FP32", [-1]),
    ]
    if configuration.readsPrompt {
      inputs.append(
        ("encoder_hidden_states", type, [options.batch, -1, configuration.contextChannels]))
    }
    if options.masks { inputs.append(("encoder_attention_mask", "BOOL", [options.batch, -1])) }
    if let width = configuration.classProjectionDim {
      inputs.append(("class_labels", type, [options.batch, width]))
    }
    if let added = configuration.addedEmbedding {
      inputs.append(("text_embeds", type, [options.batch, added.inputDim - 6 * added.timeDim]))
      inputs.append(("time_ids", type, [options.batch, 6]))
    }
    return InferenceWire.metadata(
      name, inputs: inputs, outputs: [("out_sample", type, sample)])
  }

  private func predict(_ request: InferenceServer.Request) async throws -> InferenceServer.Reply {
    let inputs = try InferenceWire.inputs(request)
    guard let sample = inputs["sample"], let time = inputs["timestep"]?.floats.first,
      sample.shape.count == 4
    else { throw InferenceWire.Malformed() }
    let (count, channels) = (sample.shape[0], sample.shape[1])
    batches.withLock { $0.append(count) }
    let size = sample.shape.dropFirst().reduce(1, *)
    let values = sample.floats
    let last = (0..<count).flatMap {
      ChannelOrder.last(values[($0 * size)..<(($0 + 1) * size)], channels: channels)
    }
    let states = inputs["encoder_hidden_states"]
    let added = inputs["text_embeds"].map { self.added($0, inputs["time_ids"], count: count) }
    let output = try await unet.predict(
      last, batch: count, height: sample.shape[2], width: sample.shape[3], timestep: time,
      context: UNet.Context(
        states: states?.floats ?? [], tokens: states?.shape[1] ?? 0,
        mask: inputs["encoder_attention_mask"]?.floats, vectors: inputs["class_labels"]?.floats,
        added: added))
    let first = (0..<count).flatMap {
      ChannelOrder.first(output[($0 * size)..<(($0 + 1) * size)], channels: channels)
    }
    return InferenceWire.binary([.init("out_sample", first, sample.shape, as: options.type)])
  }

  /// The vectors of prompts, each followed by its sizes as sinusoids.
  private func added(
    _ texts: InferenceWire.Tensor, _ sizes: InferenceWire.Tensor?, count: Int
  ) -> [Float] {
    let configuration = unet.configuration
    let (pooled, numbers) = (texts.floats, sizes?.floats ?? [])
    let (width, channels) = (
      pooled.count / count, configuration.addedEmbedding?.timeDim ?? 0
    )
    var vectors: [Float] = []
    for row in 0..<count {
      vectors += pooled[(row * width)..<((row + 1) * width)]
      for number in numbers[(row * 6)..<((row + 1) * 6)] {
        vectors += TimeEmbedding.sinusoid(
          number, channels: channels, flipSinToCos: configuration.flipsSinToCos,
          shift: configuration.frequencyShift)
      }
    }
    return vectors
  }

  // MARK: The other parts

  private func textMetadata(_ encoder: CLIPTextEncoder) -> InferenceServer.Reply {
    let (configuration, type) = (encoder.configuration, options.type.rawValue)
    let states = [-1, -1, configuration.hiddenSize]
    var outputs = [("last_hidden_state", type, states)]
    if texts.count > 1 {
      outputs.append(("hidden_states.\(configuration.layers - 1)", type, states))
    }
    outputs.append(
      (
        configuration.projectionSize == nil ? "pooler_output" : "text_embeds", type,
        [-1, configuration.projectionSize ?? configuration.hiddenSize]
      ))
    return InferenceWire.metadata(
      name, inputs: [("input_ids", "INT64", [-1, -1])], outputs: outputs)
  }

  private func encode(
    _ request: InferenceServer.Request, with encoder: CLIPTextEncoder
  ) async throws -> InferenceServer.Reply {
    guard let ids = try InferenceWire.inputs(request)["input_ids"], ids.shape.count == 2 else {
      throw InferenceWire.Malformed()
    }
    let (numbers, length) = (ids.floats.map { Int32($0) }, ids.shape[1])
    let rows = (0..<ids.shape[0]).map { Array(numbers[($0 * length)..<(($0 + 1) * length)]) }
    let isPair = texts.count > 1
    let output = try await encoder.encode(rows, skipped: isPair ? 1 : 0, normalised: !isPair)
    let (configuration, type) = (encoder.configuration, options.type)
    let states = isPair ? "hidden_states.\(configuration.layers - 1)" : "last_hidden_state"
    return InferenceWire.binary([
      .init(states, output.states, ids.shape + [configuration.hiddenSize], as: type),
      .init(
        configuration.projectionSize == nil ? "pooler_output" : "text_embeds", output.pooled,
        [rows.count, output.pooled.count / rows.count], as: type),
    ])
  }

  private var decoderMetadata: InferenceServer.Reply {
    let (type, channels) = (
      options.type.rawValue, autoencoder?.configuration.latentChannels ?? 4
    )
    return InferenceWire.metadata(
      name, inputs: [("latent_sample", type, [-1, channels, -1, -1])],
      outputs: [("sample", type, [-1, 3, -1, -1])])
  }

  private func decode(
    _ request: InferenceServer.Request, with autoencoder: Autoencoder
  ) async throws -> InferenceServer.Reply {
    guard let latent = try InferenceWire.inputs(request)["latent_sample"], latent.shape.count == 4
    else { throw InferenceWire.Malformed() }
    let (height, width) = (latent.shape[2], latent.shape[3])
    let configuration = autoencoder.configuration
    // The decoder here multiplies by what the server's was given already.
    let values = ChannelOrder.last(latent.floats, channels: latent.shape[1]).map {
      ($0 - configuration.shiftFactor) * configuration.scalingFactor
    }
    let pixels = try await autoencoder.decode(values, batch: 1, height: height, width: width)
    return InferenceWire.binary([
      .init(
        "sample", ChannelOrder.first(pixels, channels: 3), [1, 3, height * scale, width * scale],
        as: options.type)
    ])
  }
}

import Diffusion
import Remote

/// A denoising network on a server, with the inputs and outputs of diffusers' ONNX files: `sample` `(N, C, H, W)`,
/// `timestep`, `encoder_hidden_states` `(N, T, D)` and further conditions in, `out_sample` out.
///
/// All conditions of a step are sent in one batch, if the server's model supports that.
struct RemoteNetwork: DenoisingNetwork {
  let readsPrompt: Bool
  private let part: RemotePart
  /// The name of the output.
  private let output: String
  /// The side in pixels of one position of the sample.
  private let scale: Int
  /// Channels of the guidance scale's sinusoids, if the network was distilled for that input.
  private let guidanceChannels: Int?
  private var guidance: Float = 1

  /// The names of known inputs; see ``input(_:for:)``.
  private static let known: Set = [
    "sample", "timestep", "encoder_hidden_states", "encoder_attention_mask", "class_labels",
    "text_embeds", "time_ids", "timestep_cond",
  ]

  /// A network that replaces a local one.
  ///
  /// - Throws: `RemoteError` when its inputs or outputs differ.
  init(_ part: RemotePart, insteadOf local: ModelParts) throws {
    self.part = part
    readsPrompt = local.network.denoiser.network.readsPrompt
    scale = local.space.scale
    let configuration = local.network.configuration
    guidanceChannels = configuration?.guidanceEmbeddingDim
    let (inputs, outputs) = (part.metadata.inputs, part.metadata.outputs)
    guard let output = outputs.count == 1 ? outputs[0] : part.metadata.output("out_sample") else {
      throw part.mismatched("the output out_sample", "\(outputs.count) others")
    }
    self.output = output.name
    if let other = inputs.first(where: { !Self.known.contains($0.name) }) {
      throw part.mismatched(
        "the inputs of diffusers' networks", "the input \(other.summaryWithName)")
    }
    // These are not specified for unknown networks.
    if let configuration {
      for (name, isUsed) in [
        ("encoder_hidden_states", configuration.readsPrompt),
        ("class_labels", configuration.classProjectionDim != nil),
        ("text_embeds", configuration.addedEmbedding != nil),
        ("time_ids", configuration.addedEmbedding != nil),
        ("timestep_cond", configuration.guidanceEmbeddingDim != nil),
      ] where isUsed != (part.metadata.input(name) != nil) {
        throw part.mismatched(
          isUsed ? "the input \(name)" : "no input \(name)", isUsed ? "none" : "one")
      }
    }
    let shape = local.space.shape(width: local.width, height: local.height)
    let size = [1, shape.channels, shape.height, shape.width]
    for tensor in [part.metadata.input("sample"), output] {
      guard let tensor, tensor.shape.count == 4, [-1, shape.channels].contains(tensor.shape[1])
      else {
        throw part.mismatched(
          "a sample of shape \(size)", tensor.map(\.summary) ?? "no input sample")
      }
    }
    let width = configuration?.contextChannels
    if let width, configuration?.readsPrompt == true,
      let states = part.metadata.input("encoder_hidden_states"),
      states.shape.count != 3 || ![-1, width].contains(states.shape[2])
    {
      throw part.mismatched("encoder_hidden_states of \(width) channels", states.summary)
    }
  }

  var weightBytes: Int { 0 }

  func guided(by scale: Float) -> (any DenoisingNetwork)? {
    guard guidanceChannels != nil else { return nil }
    var guided = self
    guided.guidance = scale
    return guided
  }

  /// One picture of a batch under one condition.
  private struct Row {
    let picture: Int
    let condition: PromptEmbedding
    /// The tokens to send.
    let tokens: Int
  }

  func predict(
    _ sample: Latent, timestep: Float, conditions: [PromptEmbedding]
  ) async throws -> [Latent] {
    let shape = sample.shape
    let size = shape.count / max(1, shape.n)
    let pictures = (0..<shape.n).map {
      ChannelOrder.first(
        sample.values[($0 * size)..<(($0 + 1) * size)], channels: shape.channels)
    }
    var rows: [Row] = []
    for condition in conditions {
      let tokens = try tokens(of: condition)
      rows += (0..<shape.n).map { Row(picture: $0, condition: condition, tokens: tokens) }
    }
    var outputs: [Float] = []
    outputs.reserveCapacity(shape.count * conditions.count)
    let takesOne = part.metadata.input("sample")?.shape.first == 1
    let isEven = masks || rows.allSatisfy { $0.tokens == rows[0].tokens }
    for batch in takesOne || !isEven ? rows.map({ [$0] }) : [rows] {
      let call = Call(rows: batch, pictures: pictures, shape: shape, timestep: timestep)
      let values = try await evaluate(call)
      for row in batch.indices {
        outputs += ChannelOrder.last(
          values[(row * size)..<((row + 1) * size)], channels: shape.channels)
      }
    }
    return conditions.indices.map {
      Latent(shape: shape, values: Array(outputs[($0 * shape.count)..<(($0 + 1) * shape.count)]))
    }
  }

  /// Whether the server's model can ignore tokens.
  private var masks: Bool { part.metadata.input("encoder_attention_mask") != nil }

  /// The number of a prompt's tokens to send: all of them, or only those that are not padding if the server cannot
  /// ignore padding.
  private func tokens(of condition: PromptEmbedding) throws -> Int {
    let mask = condition.mask
    guard readsPrompt, !masks else { return mask.count }
    let count = mask.prefix { $0 == 1 }.count
    guard count > 0, mask.dropFirst(count).allSatisfy({ $0 == 0 }) else {
      throw part.mismatched("the input encoder_attention_mask", "none")
    }
    return count
  }

  // MARK: One call

  private struct Call {
    let rows: [Row]
    /// Each `(C, H, W)`.
    let pictures: [[Float]]
    let shape: LatentShape
    let timestep: Float

    /// The tokens of each row, padded to the longest.
    var tokens: Int { rows.map(\.tokens).max() ?? 0 }
  }

  private func evaluate(_ call: Call) async throws -> [Float] {
    let shape = [call.rows.count, call.shape.channels, call.shape.height, call.shape.width]
    let inputs = try part.metadata.inputs.map { try input($0, for: call) }
    return try await part.infer(inputs, [try part.output(output, shape: shape)])[0]
  }

  private func input(
    _ tensor: ModelMetadata.Tensor, for call: Call
  ) throws -> InferenceTensor {
    let (count, shape) = (call.rows.count, call.shape)
    func each(_ values: (Row) -> [Float]) throws -> InferenceTensor {
      let values = call.rows.flatMap(values)
      return try part.input(tensor.name, values, shape: [count, values.count / count])
    }
    switch tensor.name {
    case "sample":
      return try part.input(
        tensor.name, call.rows.flatMap { call.pictures[$0.picture] },
        shape: [count, shape.channels, shape.height, shape.width])
    case "timestep":
      // A single number, one for all, or one for each picture.
      let size: [Int] =
        switch tensor.shape.count {
        case 0: []
        case 1: [tensor.shape[0] == 1 ? 1 : count]
        default: [count, 1]
        }
      return try part.input(
        tensor.name, Array(repeating: call.timestep, count: size.reduce(1, *)), shape: size)
    case "encoder_hidden_states":
      let widths = call.rows.map { $0.condition.states.count / max(1, $0.condition.tokens.count) }
      let width = widths[0]
      let states = call.rows.flatMap { row in
        Array(row.condition.states.prefix(row.tokens * width))
          + [Float](repeating: 0, count: (call.tokens - row.tokens) * width)
      }
      return try part.input(tensor.name, states, shape: [count, call.tokens, width])
    case "encoder_attention_mask":
      return try each { row in
        row.condition.mask + [Float](repeating: 0, count: call.tokens - row.tokens)
      }
    case "class_labels", "text_embeds": return try each(\.condition.pooled)
    case "time_ids":
      // Podell et al. 2023, section 2.2: the original size, the corner of the crop and the target size.
      let (height, width) = (Float(shape.height * scale), Float(shape.width * scale))
      return try each { _ in [height, width, 0, 0, height, width] }
    case "timestep_cond":
      return try each { _ in
        TimeEmbedding.guidance(guidance, channels: guidanceChannels ?? 0)
      }
    default: throw part.mismatched("the inputs of diffusers' networks", tensor.summaryWithName)
    }
  }
}

extension ModelMetadata.Tensor {
  /// For example `sample FP32 [-1, 4, 64, 64]`.
  var summaryWithName: String { "\(shownName) \(summary)" }
}

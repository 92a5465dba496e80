import Checkpoints
import Tensors

/// A CLIP text encoder, local or on a server.
protocol CLIPTextNetwork: Sendable {
  /// Its configuration.
  var configuration: CLIPTextConfiguration { get }

  /// Encodes texts of the same length; see ``CLIPTextEncoder/encode(_:skipped:normalised:)``.
  func encode(
    _ texts: [[Int32]], skipped: Int, normalised: Bool
  ) async throws -> CLIPTextEncoder.Output

  /// Releases all memory until the next text.
  func rest() async
}

/// CLIP's text encoder (Radford et al. 2021) as in transformers' `CLIPTextModel`, for OpenAI's and OpenCLIP's weights:
/// token ids in, a state for every token out, and one vector for the whole text.
@Compute
package final class CLIPTextEncoder: CLIPTextNetwork {
  /// The result of encoding several texts of the same length.
  package struct Output: Sendable {
    /// The states that steer a network, `(N, T, C)`.
    package let states: [Float]
    /// The text's own vector, `(N, P)`: the last layer's state of the end token, projected if the model has a
    /// projection.
    package let pooled: [Float]
  }

  private struct ProgramKey: Hashable {
    let batch: Int
    let tokens: Int
    let skipped: Int
    let normalised: Bool
    let threads: Int
  }

  package nonisolated let configuration: CLIPTextConfiguration
  private let source: any ParameterSource
  /// The embeddings of tokens added after the vocabulary, `(K, C)`.
  private let added: [Float]
  private let type: NumberFormat
  private let weights: WeightCache
  private var programs: [ProgramKey: Program] = [:]

  /// An encoder with these weights.
  ///
  /// - Parameters:
  ///   - configuration: Its configuration.
  ///   - source: Its weights.
  ///   - added: The embeddings of tokens added after the vocabulary, `(K, C)`.
  ///   - type: Its precision of computing.
  package nonisolated init(
    _ configuration: CLIPTextConfiguration, source: any ParameterSource, added: [Float] = [],
    type: NumberFormat = .f32
  ) {
    (self.configuration, self.source, self.type) = (configuration, source, type)
    self.added = added
    weights = WeightCache(
      didPack: WeightLoading.reporter(.textEncoder, of: source, bytesEach: Double(type.size)))
  }

  /// Encodes texts of the same length.
  ///
  /// - Parameters:
  ///   - texts: Token ids, each `(T)`, including the end tokens and padding.
  ///   - skipped: How many of the last layers to skip: 0 for Stable Diffusion 1 and 2 (whose files already lack the
  ///     last layer), 1 for SDXL; "clip skip" is this plus 1.
  ///   - normalised: Whether to apply the final normalisation to the states; SDXL does not.
  /// - Throws: `CheckpointError` when the weights cannot be read.
  package func encode(_ texts: [[Int32]], skipped: Int = 0, normalised: Bool = true) throws
    -> Output
  {
    let (count, width) = (texts[0].count, configuration.hiddenSize)
    precondition(texts.allSatisfy { $0.count == count }, "texts of one length")
    precondition(
      count <= configuration.maxPositions, "at most \(configuration.maxPositions) tokens")
    precondition((0..<configuration.layers).contains(skipped), "a layer to stop at")
    let program = try program(
      ProgramKey(
        batch: texts.count, tokens: count, skipped: skipped, normalised: normalised,
        threads: ProcessorShare.shared.threads()))
    let (ids, vocabulary) = (texts.joined().map { Int($0) }, configuration.vocabularySize)
    var tokens = try source.rows(
      "text_model.embeddings.token_embedding.weight", ids.map { $0 < vocabulary ? $0 : 0 },
      shape: [vocabulary, width])
    for (place, id) in ids.enumerated() where id >= vocabulary {
      let start = (id - vocabulary) * width
      tokens.replaceSubrange(
        (place * width)..<((place + 1) * width), with: added[start..<(start + width)])
    }
    let places = try source.rows(
      "text_model.embeddings.position_embedding.weight", Array(0..<count),
      shape: [configuration.maxPositions, width])
    program.set("embeddings", tokens.indices.map { tokens[$0] + places[$0 % places.count] })
    try program.run()
    let vectors = program.output("pooled")
    let size = vectors.count / (texts.count * count)
    let pooled = texts.enumerated().flatMap { row, text in
      let start = (row * count + end(of: text)) * size
      return vectors[start..<(start + size)]
    }
    return Output(states: program.output("states"), pooled: pooled)
  }

  /// A compiled program, for measurements.
  package var lastProgram: Program? { programs.values.first }

  /// Releases all memory, including that of the weights, until the next text.
  package func rest() {
    programs = [:]
    weights.removeAll()
  }

  /// The position of a text's end token, found as in transformers.
  private func end(of text: [Int32]) -> Int {
    let token =
      configuration.endToken == 2
      ? text.filter { $0 < Int32(configuration.vocabularySize) }.max()
      : Int32(configuration.endToken)
    return text.firstIndex { $0 == token } ?? 0
  }

  // MARK: The network

  private func program(_ key: ProgramKey) throws -> Program {
    if let known = programs[key] { return known }
    let graph = Graph(type: type, weights: weights, threads: key.threads)
    let layers = TextLayers(
      graph: graph, source: source, heads: configuration.attentionHeads,
      epsilon: configuration.layerNormEpsilon)
    let width = configuration.hiddenSize
    var x = graph.narrowed(
      graph.input("embeddings", Shape(key.batch, key.tokens, 1, width), .step))
    var states = x
    for layer in 0..<configuration.layers {
      x = try self.layer(layers, x, "text_model.encoder.layers.\(layer)")
      if layer == configuration.layers - 1 - key.skipped { states = x }
    }
    let last = try layers.layerNorm(x, "text_model.final_layer_norm")
    if key.normalised {
      states =
        key.skipped == 0 ? last : try layers.layerNorm(states, "text_model.final_layer_norm")
    }
    var pooled = last
    if let size = configuration.projectionSize {
      pooled = try graph.linear(last, layers.parameter("text_projection.weight", [size, width]))
    }
    let program = try graph.compile(outputs: ["states": states, "pooled": pooled])
    programs[key] = program
    return program
  }

  private func layer(_ layers: TextLayers, _ x: Value, _ name: String) throws -> Value {
    let width = configuration.hiddenSize
    let attended = try layers.selfAttention(
      try layers.layerNorm(x, "\(name).layer_norm1"),
      ["q", "k", "v"].map { "\(name).self_attn.\($0)_proj" }, causal: true)
    let h = try layers.linear(attended, "\(name).self_attn.out_proj", to: width, residual: x)
    let hidden = try layers.linear(
      try layers.layerNorm(h, "\(name).layer_norm2"), "\(name).mlp.fc1",
      to: configuration.intermediateSize,
      activation: configuration.activation == .gelu ? .gelu : .quickGELU)
    return try layers.linear(hidden, "\(name).mlp.fc2", to: width, residual: h)
  }
}

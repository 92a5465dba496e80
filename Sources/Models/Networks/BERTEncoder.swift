import Checkpoints
import Tensors

/// BERT's text encoder (Devlin et al. 2018): token ids in, a state for every token out.
@Compute
package final class BERTEncoder {
  private struct ProgramKey: Hashable {
    let batch: Int
    let tokens: Int
    let threads: Int
  }

  private let configuration: TextEncoderConfiguration
  private let store: WeightStore
  private let source: any ParameterSource
  private let weights = WeightCache()
  private var programs: [ProgramKey: Program] = [:]
  /// `(positions, C)`, the sum of the position and segment embeddings.
  private var positions: [Float]?

  private let type: NumberFormat

  /// An encoder with these weights.
  ///
  /// - Parameter type: float32 for painting, whatever the denoiser's precision: the encoder is evaluated only once for
  ///   each prompt, and the whole picture depends on it. For the captions of a training set, bf16 is accurate enough
  ///   and twice as fast.
  package nonisolated init(
    _ configuration: TextEncoderConfiguration, store: WeightStore, type: NumberFormat = .f32
  ) {
    self.configuration = configuration
    self.type = type
    self.store = store
    source = CheckpointParameters(store: store)
  }

  /// The states of the tokens, `(T, C)`.
  ///
  /// - Parameters:
  ///   - tokens: Token ids, `(T)`, including padding.
  ///   - mask: 1 for a real token and 0 for padding, `(T)`.
  /// - Throws: `CheckpointError` when the weights cannot be read.
  package func states(_ tokens: [Int32], mask: [Float]) throws -> [Float] {
    try states(tokens, mask: mask, batch: 1)
  }

  /// The states of the tokens of several texts with the same length, `(N, T, C)`.
  ///
  /// - Parameters:
  ///   - texts: Token ids, each `(T)`, without padding.
  /// - Throws: `CheckpointError` when the weights cannot be read.
  package func states(of texts: [[Int32]]) throws -> [Float] {
    let tokens = texts.flatMap { $0 }
    return try states(
      tokens, mask: Array(repeating: 1, count: tokens.count), batch: texts.count)
  }

  private func states(_ tokens: [Int32], mask: [Float], batch: Int) throws -> [Float] {
    let key = ProgramKey(
      batch: batch, tokens: tokens.count / batch, threads: ProcessorShare.shared.threads())
    let program = try program(key)
    let words = try store.rows(
      "embeddings.word_embeddings.weight", tokens.map { Int($0) })
    let places = try placeEmbeddings(count: key.tokens)
    program.set("embeddings", words.indices.map { words[$0] + places[$0 % places.count] })
    program.set("mask", mask.map { $0 > 0 ? 0 : -1e9 })
    try program.run()
    return program.output("states")
  }

  /// Channels of a state.
  package nonisolated var width: Int { configuration.hiddenSize }

  private func placeEmbeddings(count: Int) throws -> [Float] {
    if let positions, positions.count == count * configuration.hiddenSize { return positions }
    let places = try store.rows("embeddings.position_embeddings.weight", Array(0..<count))
    let segment = try store.rows("embeddings.token_type_embeddings.weight", [0])
    let sum = places.indices.map { places[$0] + segment[$0 % segment.count] }
    positions = sum
    return sum
  }

  // MARK: The network

  private func program(_ key: ProgramKey) throws -> Program {
    if let known = programs[key] { return known }
    let graph = Graph(type: type, weights: weights, threads: key.threads)
    let width = configuration.hiddenSize
    let embeddings = graph.input("embeddings", Shape(key.batch, key.tokens, 1, width), .step)
    let mask = graph.input("mask", Shape(key.batch, 1, 1, key.tokens), .step)
    let layers = TextLayers(
      graph: graph, source: source, heads: configuration.attentionHeads,
      epsilon: configuration.layerNormEpsilon)
    var x = try layers.layerNorm(graph.narrowed(embeddings), "embeddings.LayerNorm")
    for layer in 0..<configuration.layers {
      x = try self.layer(layers, x, mask: mask, "encoder.layer.\(layer)")
    }
    let program = try graph.compile(outputs: ["states": x])
    programs[key] = program
    return program
  }

  private func layer(
    _ layers: TextLayers, _ x: Value, mask: Value, _ name: String
  ) throws -> Value {
    let width = configuration.hiddenSize
    let attended = try layers.selfAttention(
      x, ["query", "key", "value"].map { "\(name).attention.self.\($0)" }, mask: mask)
    var h = try layers.linear(attended, "\(name).attention.output.dense", to: width, residual: x)
    h = try layers.layerNorm(h, "\(name).attention.output.LayerNorm")
    let hidden = try layers.linear(
      h, "\(name).intermediate.dense", to: configuration.intermediateSize, activation: .gelu)
    h = try layers.linear(hidden, "\(name).output.dense", to: width, residual: h)
    return try layers.layerNorm(h, "\(name).output.LayerNorm")
  }
}

extension BERTEncoder {
  /// The text encoder of a model's folder.
  ///
  /// - Throws: `CheckpointError` when its configuration or weights are missing or invalid.
  package nonisolated convenience init(
    folder: ModelFolder, type: NumberFormat = .f32
  ) throws {
    self.init(
      try TextEncoderConfiguration(contentsOf: folder.textEncoderConfiguration),
      store: try WeightStore(folder: folder.textEncoder, prefix: "bert."), type: type)
  }
}

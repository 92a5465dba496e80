import Checkpoints
import Foundation
import Tensors

/// The text encoder of T5 (Raffel et al. 2020), T5 v1.1, FLAN-T5 and mT5 as in transformers' `T5EncoderModel`: token
/// ids in, a state for every token out.
///
/// Its states overflow half precision. float32 is the default, because the encoder runs only once for each prompt; bf16
/// takes half the memory.
@Compute
package final class T5Encoder {
  private struct ProgramKey: Hashable {
    let batch: Int
    let tokens: Int
    let threads: Int
  }

  package nonisolated let configuration: T5Configuration
  private let source: any ParameterSource
  private let type: NumberFormat
  private let weights: WeightCache
  private var programs: [ProgramKey: Program] = [:]

  /// An encoder with these weights.
  ///
  /// - Parameters:
  ///   - configuration: Its configuration.
  ///   - source: Its weights, with the names of ``T5Configuration/tensors``.
  ///   - type: Its precision of computing.
  ///   - holdsEightBits: Whether large weights are stored as eight-bit numbers.
  package nonisolated init(
    _ configuration: T5Configuration, source: any ParameterSource, type: NumberFormat = .f32,
    holdsEightBits: Bool = false
  ) {
    (self.configuration, self.source, self.type) = (configuration, source, type)
    weights = WeightCache(
      holdsEightBits: holdsEightBits,
      didPack: WeightLoading.reporter(
        .textEncoder, of: source,
        bytesEach: holdsEightBits ? MemoryEstimate.bytesOfEightBits : Double(type.size)))
  }

  /// The states of the tokens of texts of the same length, `(N, T, C)`.
  ///
  /// - Parameters:
  ///   - texts: Token ids, each `(T)`, including the end token and padding.
  ///   - masks: 1 for a real token and 0 for padding, each `(T)`. No token attends to padding; padding has states too.
  /// - Throws: `CheckpointError` when the weights cannot be read.
  package func states(_ texts: [[Int32]], masks: [[Float]]) throws -> [Float] {
    let count = texts[0].count
    precondition(texts.allSatisfy { $0.count == count }, "texts of one length")
    precondition(masks.map(\.count) == texts.map(\.count), "a mask for each token")
    let program = try program(
      ProgramKey(batch: texts.count, tokens: count, threads: ProcessorShare.shared.threads()))
    program.set(
      "embeddings",
      try source.rows(
        "shared.weight", texts.joined().map { Int($0) },
        shape: [configuration.vocabularySize, configuration.hiddenSize]))
    program.set("mask", masks.joined().map { $0 > 0 ? 0 : -1e9 })
    program.set("bias", try bias(tokens: count))
    try program.run()
    return program.output("states")
  }

  /// A compiled program, for measurements.
  package var lastProgram: Program? { programs.values.first }

  /// Releases all memory, including that of the weights, until the next text.
  package func rest() {
    programs = [:]
    weights.removeAll()
  }

  /// The attention bias of every pair of tokens, which depends on their distance, `(heads, keys, queries)`.
  private func bias(tokens count: Int) throws -> [Float] {
    let heads = configuration.attentionHeads
    let table = try source.values(
      T5Configuration.distanceBias, shape: [configuration.distanceBuckets, heads])
    let buckets = DistanceBuckets(
      count: configuration.distanceBuckets, maxDistance: configuration.maxDistance)
    // Where each distance from a query to a key is in the table, from the smallest distance on.
    let rows = (1 - count..<count).map { buckets.bucket(of: $0) * heads }
    var bias: [Float] = []
    bias.reserveCapacity(heads * count * count)
    for head in 0..<heads {
      for key in 0..<count {
        for query in 0..<count { bias.append(table[rows[key - query + count - 1] + head]) }
      }
    }
    return bias
  }

  // MARK: The network

  private func program(_ key: ProgramKey) throws -> Program {
    if let known = programs[key] { return known }
    let graph = Graph(type: type, weights: weights, threads: key.threads)
    let (tokens, heads) = (key.tokens, configuration.attentionHeads)
    var x = graph.narrowed(
      graph.input("embeddings", Shape(key.batch, tokens, 1, configuration.hiddenSize), .step))
    let mask = graph.input("mask", Shape(key.batch, 1, 1, tokens), .step)
    let bias = graph.input("bias", Shape(heads, tokens, 1, tokens), .step)
    for layer in 0..<configuration.layers {
      x = try attended(graph, x, T5Configuration.attention(layer), mask: mask, bias: bias)
      x = try fedForward(graph, x, T5Configuration.feedForward(layer))
    }
    let program = try graph.compile(outputs: [
      "states": try norm(graph, x, "encoder.final_layer_norm")
    ])
    programs[key] = program
    return program
  }

  /// Self-attention and its residual. Unlike in most transformers, scores are not divided by the root of the head size.
  private func attended(_ graph: Graph, _ x: Value, _ name: String, mask: Value, bias: Value) throws
    -> Value
  {
    let (width, dim) = (configuration.hiddenSize, configuration.headSize)
    let inner = configuration.attentionHeads * dim
    func weight(_ part: String, _ shape: [Int]) -> Parameter {
      parameter("\(name).SelfAttention.\(part).weight", shape)
    }
    let qkv = try graph.linear(
      try norm(graph, x, "\(name).layer_norm"),
      .stacked(["q", "k", "v"].map { weight($0, [inner, width]) }))
    let found = graph.attention(
      q: Columns(qkv), k: Columns(qkv, from: inner), v: Columns(qkv, from: 2 * inner), mask: mask,
      bias: bias, heads: configuration.attentionHeads, dim: dim, scale: 1)
    return try graph.linear(found, weight("o", [width, inner]), residual: x)
  }

  /// The feed-forward part and its residual.
  private func fedForward(_ graph: Graph, _ x: Value, _ name: String) throws -> Value {
    let (width, inner) = (configuration.hiddenSize, configuration.intermediateSize)
    func weight(_ part: String, _ shape: [Int]) -> Parameter {
      parameter("\(name).DenseReluDense.\(part).weight", shape)
    }
    let normalised = try norm(graph, x, "\(name).layer_norm")
    let hidden =
      switch configuration.feedForward {
      case .relu:
        try graph.linear(normalised, weight("wi", [inner, width]), activation: .relu)
      case .gatedGELU:
        try graph.gatedLinear(
          normalised, gate: weight("wi_0", [inner, width]), factor: weight("wi_1", [inner, width]),
          activation: .tanhGELU)
      }
    return try graph.linear(hidden, weight("wo", [width, inner]), residual: x)
  }

  private func norm(_ graph: Graph, _ x: Value, _ name: String) throws -> Value {
    try graph.rmsNorm(
      x, scale: parameter("\(name).weight", [configuration.hiddenSize]),
      epsilon: configuration.layerNormEpsilon)
  }

  private func parameter(_ name: String, _ shape: [Int]) -> Parameter {
    Parameter(name, shape: shape, from: source)
  }
}

/// Groups of distances between tokens that share an attention bias (Raffel et al. 2020, section 2.1): each short
/// distance has a group of its own, and longer ones are grouped by their logarithm.
package struct DistanceBuckets: Sendable, Hashable {
  /// The number of groups: half of them for keys up to the query's place, half for those after it.
  let count: Int
  /// Distances from this one on share one group.
  let maxDistance: Int

  /// Groups with these limits: `count` is at least 4, and `maxDistance` is more than a quarter of it.
  package init(count: Int, maxDistance: Int) {
    (self.count, self.maxDistance) = (count, maxDistance)
  }

  /// The group of a distance: the key's place minus the query's.
  package func bucket(of distance: Int) -> Int {
    let half = count / 2
    let start = distance > 0 ? half : 0
    let (far, single) = (abs(distance), half / 2)
    guard far >= single else { return start + far }
    // In single precision, as in transformers, because rounding decides the group of a distance at the border of two.
    let share =
      log(Float(far) / Float(single)) / Float(log(Double(maxDistance) / Double(single)))
    return start + min(half - 1, single + Int(share * Float(half - single)))
  }
}

import Checkpoints
import Diffusion
import Tensors

/// MM-JiT, the network of MiniT2I, ready to be evaluated: its weights packed once, and a program for every batch used
/// so far.
///
/// It takes a noisy picture and a prompt, and returns the clean picture. It needs no timestep, because the picture
/// itself shows how much noise it contains.
@Compute
package final class MMJiT: AttendingNetwork {
  private struct ProgramKey: Hashable {
    let batch: Int
    let threads: Int
    /// Whether to compute attention maps too.
    var mapped = false
  }

  /// The strength of the noise added to the pictures that the network was trained on. Samples have noise of strength
  /// one, so the network's pictures are the samples multiplied by this number.
  package nonisolated static let noiseScale: Float = 2

  package nonisolated let configuration: MMJiTConfiguration
  private let source: any ParameterSource
  private let type: NumberFormat
  private let weights: WeightCache
  private let held: HeldBytes
  private var programs: [ProgramKey: Program] = [:]
  private var contexts: [ProgramKey: [Float]] = [:]
  private var mapSums: [ProgramKey: AttentionMapSums] = [:]
  private var maskToken: [Float]?
  private let positions: [Float]

  package nonisolated init(
    _ configuration: MMJiTConfiguration, source: any ParameterSource, type: NumberFormat,
    holdsEightBits: Bool = false
  ) {
    self.configuration = configuration
    self.source = source
    self.type = type
    (weights, held) = WeightCache.reporting(
      source, type: type, holdsEightBits: holdsEightBits)
    positions = SinePositions.grid(
      height: configuration.gridSize, width: configuration.gridSize,
      channels: configuration.hiddenSize)
  }

  package nonisolated var readsPrompt: Bool { true }

  /// The picture itself shows how much noise it contains.
  package nonisolated var readsTime: Bool { false }

  package nonisolated var weightBytes: Int { held.value }

  /// Fitted to measurements of its programs: the two streams, the keys and values that they attend to, and the cached
  /// values of the text.
  package nonisolated func activationBytes(_ shape: LatentShape, batch: Int) -> Int {
    let (tokens, places) = (
      configuration.promptLength, configuration.gridSize * configuration.gridSize
    )
    let perToken = 2 * configuration.hiddenSize + 7 * configuration.attentionSize
    let perTextToken =
      3 * configuration.textHiddenSize + 7 * configuration.attentionSize
      + 2 * configuration.textFeedForwardSize
    let kept = tokens * (configuration.preambleDepth + 1) * perTextToken
    return batch * shape.n * type.size * ((places + tokens) * perToken + kept)
  }

  /// Releases the memory of activations until the next evaluation.
  package func rest() {
    for program in programs.values { program.discard() }
    forgetContext()
  }

  /// Forgets the cached values of the last prompt, so that the next evaluation computes everything.
  package func forgetContext() { contexts = [:] }

  /// A compiled program, for measurements.
  package var lastProgram: Program? { programs.values.first }

  /// The floating-point operations of one evaluation, and the size of the activations in bytes, for the program used
  /// last.
  package private(set) var cost = (flops: 0.0, bytes: 0)

  /// The network's clean pictures for samples `(N, H, W, 3)` of its own size, computed as one batch.
  package func predict(
    _ sample: Latent, timestep: Float, conditions: [PromptEmbedding]
  ) throws -> [Latent] {
    let shape = sample.shape
    let pictures = Array(repeating: pictures(of: sample), count: conditions.count).flatMap { $0 }
    let output = try predict(
      patches: pictures, batch: shape.n * conditions.count,
      text: context(of: conditions, pictures: shape.n))
    let size = shape.count / shape.n
    let patches = Patches(side: configuration.patchSize)
    return conditions.indices.map { index in
      let pictures = (0..<shape.n).flatMap { picture in
        let first = (index * shape.n + picture) * size
        return patches.laid(output[first..<(first + size)], width: shape.width)
          .map { $0 / Self.noiseScale }
      }
      return Latent(shape: shape, values: pictures)
    }
  }

  /// The network's output for token states and patches of noisy pictures, in the layout of the network's program.
  ///
  /// - Parameters:
  ///   - patches: `(N, H, W, 3 p p)`, the channels of each patch one after the other.
  ///   - text: `(N, T, D)`.
  /// - Returns: `(N, H, W, p p 3)`, each patch pixel by pixel.
  /// - Throws: `CancellationError`, even during the evaluation, when the task is cancelled.
  package func predict(patches: [Float], batch: Int, text: [Float]) throws -> [Float] {
    let key = ProgramKey(batch: batch, threads: ProcessorShare.shared.threads())
    return try evaluate(key, patches, text).output("prediction")
  }

  /// How much each patch of one sample attends to each token of a prompt, averaged over the heads of every second joint
  /// block; the patches also attend to each other, so the values at a position add up to less than 1.
  package func attentionMaps(
    _ sample: Latent, timestep: Float, condition: PromptEmbedding
  ) throws -> AttentionMaps {
    let key = ProgramKey(batch: 1, threads: ProcessorShare.shared.threads(), mapped: true)
    let program = try evaluate(
      key, pictures(of: sample), context(of: [condition], pictures: sample.shape.n))
    let (side, tokens) = (configuration.gridSize, configuration.promptLength)
    let all = tokens + side * side
    let sums = (mapSums[key]?.read(program) ?? []).map { sum in
      AttentionMaps.LayerSum(
        height: sum.height, width: sum.width, layers: sum.layers,
        values: (0..<(side * side)).flatMap { sum.values[($0 * all)..<($0 * all + tokens)] })
    }
    return AttentionMaps(sums: sums, height: side, width: side, tokens: tokens)
  }

  /// The maximum memory for activations of earlier batches, in bytes; beyond it, they are released for a new batch.
  private static let keptBytes = 64 << 20

  private func program(_ key: ProgramKey) throws -> Program {
    if let known = programs[key] { return known }
    if programs.values.reduce(0, { $0 + $1.bytes }) > Self.keptBytes {
      (programs, contexts, mapSums) = ([:], [:], [:])
    }
    let maps = key.mapped ? AttentionMapSums() : nil
    let program = try MMJiTGraph.program(
      configuration, source: source, weights: weights, type: type, batch: key.batch, maps: maps,
      threads: key.threads)
    programs[key] = program
    mapSums[key] = maps
    return program
  }

  private func evaluate(_ key: ProgramKey, _ patches: [Float], _ text: [Float]) throws -> Program {
    let program = try program(key)
    cost = (program.flops, program.bytes)
    let changed = contexts[key] != text
    if changed {
      // The cached values of the prompt are invalid until the evaluation has succeeded.
      contexts[key] = nil
      program.set("text", text)
      program.set("positions", Array(repeating: positions, count: key.batch).flatMap { $0 })
    }
    program.set("patches", patches)
    let listener = RunProgress.current
    try program.run(
      conditionChanged: changed, progress: listener.map { one in { one.report(.evaluating($0)) } })
    contexts[key] = text
    return program
  }

  /// A sample's pictures in patches, scaled to the network's noise strength, `(N, H, W, 3 p p)`.
  private func pictures(of sample: Latent) -> [Float] {
    let (shape, side) = (sample.shape, configuration.imageSize)
    precondition(
      shape.height == side && shape.width == side && shape.channels == 3, "a sample of \(shape)")
    let (patches, size) = (Patches(side: configuration.patchSize), shape.count / shape.n)
    return (0..<shape.n).flatMap { picture in
      patches.cut(
        sample.values[(picture * size)..<((picture + 1) * size)].map { $0 * Self.noiseScale },
        width: shape.width)
    }
  }

  /// The token states of prompts, repeated for every picture of a sample, `(N, T, D)`: padding tokens are replaced by
  /// the learned mask token, which is attended to like any other.
  private func context(of conditions: [PromptEmbedding], pictures: Int) throws -> [Float] {
    let width = configuration.textInputSize
    let mask = try maskToken ?? source.values("mask_token", shape: [1, 1, width])
    maskToken = mask
    return conditions.flatMap { condition -> [Float] in
      precondition(
        condition.states.count == condition.mask.count * width, "token states of \(width) channels")
      var states: [Float] = []
      states.reserveCapacity(configuration.promptLength * width)
      for token in 0..<configuration.promptLength {
        if condition.mask.indices.contains(token), condition.mask[token] > 0.5 {
          states += condition.states[(token * width)..<((token + 1) * width)]
        } else {
          states += mask
        }
      }
      return Array(repeating: states, count: pictures).flatMap { $0 }
    }
  }
}

import Checkpoints
import Tensors

/// A U-Net ready to be evaluated: its weights packed once, and a program for every shape used so far.
@Compute
package final class UNet {
  private struct ProgramKey: Hashable {
    let batch: Int
    let height: Int
    let width: Int
    let tokens: Int
    let masked: Bool
    let threads: Int
    /// Whether to compute attention maps too.
    var mapped = false
  }

  /// The inputs that depend on the prompt, for each picture of the batch.
  package struct Context: Equatable, Sendable {
    /// Token states `(N, T, D)`.
    package var states: [Float]
    /// Tokens of each prompt, `T`.
    package var tokens: Int
    /// 1 for a real token and 0 for padding, `(N, T)`; `nil` if there is no padding.
    package var mask: [Float]?
    /// The prompts' own vectors, `(N, K)`, for networks with a class embedding.
    package var vectors: [Float]?
    /// The prompts' own vectors, each followed by the size conditioning, `(N, A)`, for networks with an added
    /// embedding.
    package var added: [Float]?
    /// The guidance scale as sinusoids, `(N, G)`, for networks with that input.
    package var guidance: [Float]?

    package init(
      states: [Float], tokens: Int, mask: [Float]?, vectors: [Float]?, added: [Float]? = nil,
      guidance: [Float]? = nil
    ) {
      (self.states, self.tokens, self.mask) = (states, tokens, mask)
      (self.vectors, self.added, self.guidance) = (vectors, added, guidance)
    }
  }

  package nonisolated let configuration: UNetConfiguration
  private let source: any ParameterSource
  private let type: NumberFormat
  private let weights: WeightCache
  private let held: HeldBytes
  private var programs: [ProgramKey: Program] = [:]
  private var contexts: [ProgramKey: Context] = [:]
  private var mapSums: [ProgramKey: AttentionMapSums] = [:]

  package nonisolated init(
    _ configuration: UNetConfiguration, source: any ParameterSource, type: NumberFormat,
    holdsEightBits: Bool = false
  ) {
    self.configuration = configuration
    self.source = source
    self.type = type
    (weights, held) = WeightCache.reporting(
      source, type: type, holdsEightBits: holdsEightBits)
  }

  /// The size of the packed weights in bytes; available immediately, even during an evaluation.
  package nonisolated var weightBytes: Int { held.value }

  /// The maximum memory for activations of earlier shapes, in bytes; beyond it, they are released for a new shape.
  private static let keptBytes = 64 << 20

  private func program(_ key: ProgramKey) throws -> Program {
    if let known = programs[key] { return known }
    if programs.values.reduce(0, { $0 + $1.bytes }) > UNet.keptBytes {
      (programs, contexts, mapSums) = ([:], [:], [:])
    }
    let maps = key.mapped ? AttentionMapSums() : nil
    let program = try UNetGraph.program(
      configuration, source: source, weights: weights, type: type, batch: key.batch,
      height: key.height, width: key.width, tokens: key.tokens, masked: key.masked, maps: maps,
      threads: key.threads)
    programs[key] = program
    mapSums[key] = maps
    return program
  }

  /// A compiled program, for measurements.
  package var lastProgram: Program? { programs.values.first }

  /// Releases the memory of activations until the next evaluation.
  func rest() {
    for program in programs.values { program.discard() }
    forgetContext()
  }

  /// Forgets the cached values of the last prompt, so that the next evaluation computes everything.
  package func forgetContext() { contexts = [:] }

  /// The floating-point operations of one evaluation, and the size of the activations in bytes, for the program used
  /// last.
  package private(set) var cost = (flops: 0.0, bytes: 0)

  /// The network's output for a batch of samples `(N, H, W, C)` at one time.
  ///
  /// - Throws: `CancellationError`, even during the evaluation, when the task is cancelled.
  package func predict(
    _ sample: [Float], batch: Int, height: Int, width: Int, timestep: Float, context: Context
  ) throws -> [Float] {
    let key = ProgramKey(
      batch: batch, height: height, width: width, tokens: context.tokens,
      masked: context.mask != nil, threads: ProcessorShare.shared.threads())
    return try evaluate(key, sample, timestep: timestep, context: context).output("prediction")
  }

  /// The attention maps of a prompt's tokens on one sample `(1, H, W, C)`, `(T, H, W)`: see ``AttentionMaps``.
  ///
  /// - Throws: `CancellationError`, even during the evaluation, when the task is cancelled.
  func attentionMaps(
    _ sample: [Float], height: Int, width: Int, timestep: Float, context: Context
  ) throws -> AttentionMaps {
    let key = ProgramKey(
      batch: 1, height: height, width: width, tokens: context.tokens,
      masked: context.mask != nil, threads: ProcessorShare.shared.threads(), mapped: true)
    let program = try evaluate(key, sample, timestep: timestep, context: context)
    return AttentionMaps(
      sums: mapSums[key]?.read(program) ?? [], height: height, width: width, tokens: key.tokens)
  }

  private func evaluate(
    _ key: ProgramKey, _ sample: [Float], timestep: Float, context: Context
  ) throws -> Program {
    let program = try program(key)
    cost = (program.flops, program.bytes)
    let changed = contexts[key] != context
    if changed {
      // The cached values of the prompt are invalid until the evaluation has succeeded.
      contexts[key] = nil
      if configuration.readsPrompt {
        program.set("context", context.states)
        if let mask = context.mask { program.set("mask", mask.map { ($0 - 1) * 10000 }) }
      }
      if let vectors = context.vectors { program.set("class", vectors) }
      if let added = context.added { program.set("added", added) }
      if let guidance = context.guidance { program.set("guidance", guidance) }
    }
    let time = TimeEmbedding.sinusoid(
      timestep, channels: configuration.blockOutChannels[0],
      flipSinToCos: configuration.flipsSinToCos, shift: configuration.frequencyShift)
    program.set("time", Array(repeating: time, count: key.batch).flatMap { $0 })
    program.set("sample", configuration.centersInput ? sample.map { 2 * $0 - 1 } : sample)
    let listener = RunProgress.current
    try program.run(
      conditionChanged: changed, progress: listener.map { one in { one.report(.evaluating($0)) } })
    contexts[key] = context
    return program
  }
}

extension UNet {
  /// The U-Net of a model's folder.
  ///
  /// - Throws: `CheckpointError` when its configuration or weights are missing or invalid.
  package nonisolated convenience init(folder: ModelFolder, type: NumberFormat) throws {
    self.init(
      try UNetConfiguration(contentsOf: folder.unetConfiguration),
      source: CheckpointParameters(store: try WeightStore(folder: folder.unet)), type: type)
  }
}

import Checkpoints
import Foundation
import Tensors

/// An autoencoder ready to convert latents to pictures and back: its weights packed once, and a program for every shape
/// used so far.
@Compute
package final class Autoencoder {
  private struct ProgramKey: Hashable {
    let batch: Int
    let height: Int
    let width: Int
    let decodes: Bool
    let threads: Int
  }

  /// The maximum number of programs to keep.
  private static let mostPrograms = 4

  package nonisolated let configuration: AutoencoderConfiguration
  private let source: any ParameterSource
  private let type: NumberFormat
  private let weights = WeightCache()
  private var programs: [ProgramKey: Program] = [:]
  /// The side, in positions of the latent, of the tiles in which larger pictures are decoded and encoded; if `nil`,
  /// tiles are used only if the whole picture would not fit in the free memory.
  package var tileSide: Int?

  package nonisolated init(
    _ configuration: AutoencoderConfiguration, source: any ParameterSource, type: NumberFormat
  ) {
    (self.configuration, self.source, self.type) = (configuration, source, type)
  }

  /// Pictures of latents.
  ///
  /// - Parameters:
  ///   - latents: `(N, h, w, C)`, in the denoiser's scale.
  /// - Returns: `(N, h * downscale, w * downscale, 3)`, about -1 to 1.
  /// - Throws: `CheckpointError` when the weights cannot be read; `CancellationError`.
  package func decode(_ latents: [Float], batch: Int, height: Int, width: Int) throws -> [Float] {
    try decode(latents, batch: batch, height: height, width: width, consumingWeights: false)
  }

  private func decode(
    _ latents: [Float], batch: Int, height: Int, width: Int, consumingWeights: Bool
  ) throws -> [Float] {
    let program = try program(
      key(batch: batch, height: height, width: width, decodes: true))
    let (scale, shift) = (1 / configuration.scalingFactor, configuration.shiftFactor)
    program.set(
      "latent",
      latents.map { value in
        let own = value * scale + shift
        guard case .tiny = configuration.kind else { return own }
        // Extreme values are compressed, not clipped, as they were in its distillation.
        return tanh(own / 3) * 3
      })
    try program.run(consumingWeights: consumingWeights)
    let pixels = program.output("picture")
    guard case .tiny = configuration.kind else { return pixels }
    return pixels.map { $0 * 2 - 1 }
  }

  /// A compiled program, for measurements.
  package var lastProgram: Program? { programs.values.first }

  /// Decodes one latent `(h, w, C)` and then releases all memory. Weights are released as soon as they have been
  /// used, before the picture grows large.
  ///
  /// - Throws: Like ``decode(_:batch:height:width:)``.
  package func decodeAndRest(_ latent: [Float], height: Int, width: Int) throws -> [Float] {
    defer {
      programs = [:]
      weights.removeAll()
    }
    func whole() throws -> [Float] {
      try decode(latent, batch: 1, height: height, width: width, consumingWeights: true)
    }
    guard let tiles = tiling(height: height, width: width, decodes: true) else {
      return try whole()
    }
    return try tiles.result(latent, height: height, width: width) { part, height, width in
      // Tiles at the edges have other sizes and need their own programs.
      defer { for program in programs.values { program.discard() } }
      return try decode(part, batch: 1, height: height, width: width)
    }
  }

  /// The tiling for converting a latent of this size to a picture or back; `nil` to convert the whole at once.
  private func tiling(height: Int, width: Int, decodes: Bool) -> Tiling? {
    guard let side = tileSide ?? neededTileSide(height: height, width: width) else { return nil }
    let latent = Tiling.Layout(scale: 1, channels: configuration.latentChannels)
    let picture = Tiling.Layout(
      scale: configuration.downscale, channels: configuration.pictureChannels)
    let tiles = Tiling(
      side: side, input: decodes ? latent : picture, output: decodes ? picture : latent)
    return tiles.isNeeded(height: height, width: width) ? tiles : nil
  }

  /// The largest tile that fits in the free memory, if the whole picture does not fit.
  private func neededTileSide(height: Int, width: Int) -> Int? {
    guard case .kl = configuration.kind, let free = FreeMemory.bytes else { return nil }
    func fits(_ places: Int) -> Bool {
      MemoryEstimate.decoding(configuration, places: places, type: type) <= free
    }
    guard !fits(height * width) else { return nil }
    return [128, 96, 64, 48, 32].first { fits($0 * $0) } ?? 32
  }

  /// Releases all memory except that of the weights.
  package func rest() { programs = [:] }

  /// Prepares to decode latents of this size.
  ///
  /// - Throws: `CheckpointError` when the weights cannot be read.
  package func prepareToDecode(height: Int, width: Int) throws {
    _ = try program(
      key(batch: 1, height: height, width: width, decodes: true))
  }

  /// Encodes pictures as latents, using the mean of the encoder's distribution.
  ///
  /// - Parameters:
  ///   - pixels: `(N, H, W, 3)`, -1 to 1; height and width must be multiples of the downscale.
  /// - Returns: `(N, H / downscale, W / downscale, C)`, in the denoiser's scale.
  /// - Throws: `CheckpointError` when the weights cannot be read; `CancellationError`.
  package func encode(_ pixels: [Float], batch: Int, height: Int, width: Int) throws -> [Float] {
    let program = try program(
      key(batch: batch, height: height, width: width, decodes: false))
    var input = pixels
    if case .tiny = configuration.kind { input = pixels.map { ($0 + 1) / 2 } }
    program.set("picture", input)
    try program.run()
    let moments = program.output("moments")
    let (scale, shift) = (configuration.scalingFactor, configuration.shiftFactor)
    guard case .kl = configuration.kind else { return moments.map { ($0 - shift) * scale } }
    // Each position has its means first, followed by the logarithms of its variances.
    let channels = configuration.latentChannels
    return (0..<(moments.count / 2)).map { index in
      let place = index / channels * 2 * channels + index % channels
      return (moments[place] - shift) * scale
    }
  }

  /// Encodes one picture `(H, W, 3)` and then releases all memory.
  ///
  /// - Throws: Like ``encode(_:batch:height:width:)``.
  package func encodeAndRest(_ pixels: [Float], height: Int, width: Int) throws -> [Float] {
    defer {
      programs = [:]
      weights.removeAll()
    }
    let scale = configuration.downscale
    let (rows, columns) = (height / scale, width / scale)
    guard let tiles = tiling(height: rows, width: columns, decodes: false) else {
      return try encode(pixels, batch: 1, height: height, width: width)
    }
    return try tiles.result(pixels, height: rows, width: columns) { part, rows, columns in
      defer { for program in programs.values { program.discard() } }
      return try encode(part, batch: 1, height: rows * scale, width: columns * scale)
    }
  }

  private func key(batch: Int, height: Int, width: Int, decodes: Bool) -> ProgramKey {
    ProgramKey(
      batch: batch, height: height, width: width, decodes: decodes,
      threads: ProcessorShare.shared.threads())
  }

  private func program(_ key: ProgramKey) throws -> Program {
    if let known = programs[key] { return known }
    // Without a limit, programs for pictures of many sizes would accumulate. Usually only two alternate: for the whole
    // size and half of it.
    if programs.count >= Self.mostPrograms { programs = [:] }
    let graph = Graph(type: type, weights: weights, threads: key.threads)
    let channels = key.decodes ? configuration.latentChannels : configuration.pictureChannels
    let input = graph.input(
      key.decodes ? "latent" : "picture", Shape(key.batch, key.height, key.width, channels), .step)
    let network = AutoencoderGraph(configuration: configuration, source: source, graph: graph)
    let x = graph.narrowed(input)
    let output = key.decodes ? try network.decoded(x) : try network.encoded(x)
    let program = try graph.compile(outputs: [key.decodes ? "picture" : "moments": output])
    programs[key] = program
    return program
  }
}

extension Autoencoder {
  /// Opens the autoencoder in a folder of diffusers.
  ///
  /// - Throws: `CheckpointError` when its configuration or weights are missing or invalid.
  package nonisolated convenience init(folder: URL, type: NumberFormat) throws {
    self.init(
      try AutoencoderConfiguration(contentsOf: folder.appendingPathComponent("config.json")),
      source: CheckpointParameters(store: try WeightStore(folder: folder)), type: type)
  }
}

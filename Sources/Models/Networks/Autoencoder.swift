import Checkpoints
import Foundation
import Tensors

/// An autoencoder ready to turn latents into pictures and back: its weights packed once, and a program for every shape
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

  /// Programs that are kept at once.
  private static let mostPrograms = 4

  package nonisolated let configuration: AutoencoderConfiguration
  private let source: any ParameterSource
  private let type: NumberFormat
  private let weights = WeightCache()
  private var programs: [ProgramKey: Program] = [:]
  /// The side in places of the tiles that larger pictures are decoded and encoded in; `nil` for tiles only where the
  /// whole would not fit into the memory there is.
  package var tileSide: Int?

  package nonisolated init(
    _ configuration: AutoencoderConfiguration, source: any ParameterSource, type: NumberFormat
  ) {
    (self.configuration, self.source, self.type) = (configuration, source, type)
  }

  /// Pictures of latents.
  ///
  /// - Parameters:
  ///   - latents: `(N, h, w, C)`, in the scale of the denoiser.
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
        // What it was distilled with: extreme values are bent, not cut.
        return tanh(own / 3) * 3
      })
    try program.run(consumingWeights: consumingWeights)
    let pixels = program.output("picture")
    guard case .tiny = configuration.kind else { return pixels }
    return pixels.map { $0 * 2 - 1 }
  }

  /// The program of some shape, to be measured.
  package var lastProgram: Program? { programs.values.first }

  /// A picture of one latent `(h, w, C)`, after which no memory is kept. Weights go as soon as they were used, before the
  /// picture grows large.
  ///
  /// - Throws: As ``decode(_:batch:height:width:)``.
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
      // Tiles at the edges have other sizes, and programs of their own.
      defer { for program in programs.values { program.discard() } }
      return try decode(part, batch: 1, height: height, width: width)
    }
  }

  /// The tiles that a latent of this size is made to a picture in, or a picture to it; `nil` for the whole at once.
  private func tiling(height: Int, width: Int, decodes: Bool) -> Tiling? {
    guard let side = tileSide ?? neededTileSide(height: height, width: width) else { return nil }
    let latent = Tiling.Layout(scale: 1, channels: configuration.latentChannels)
    let picture = Tiling.Layout(
      scale: configuration.downscale, channels: configuration.pictureChannels)
    let tiles = Tiling(
      side: side, input: decodes ? latent : picture, output: decodes ? picture : latent)
    return tiles.isNeeded(height: height, width: width) ? tiles : nil
  }

  /// The largest tile that fits into the memory there is, where the whole does not.
  private func neededTileSide(height: Int, width: Int) -> Int? {
    guard case .kl = configuration.kind, let free = FreeMemory.bytes else { return nil }
    func fits(_ places: Int) -> Bool {
      MemoryEstimate.decoding(configuration, places: places, type: type) <= free
    }
    guard !fits(height * width) else { return nil }
    return [128, 96, 64, 48, 32].first { fits($0 * $0) } ?? 32
  }

  /// Gives back all memory but that of the weights.
  package func rest() { programs = [:] }

  /// Prepares decoding latents of this size.
  ///
  /// - Throws: `CheckpointError` when the weights cannot be read.
  package func prepareToDecode(height: Int, width: Int) throws {
    _ = try program(
      key(batch: 1, height: height, width: width, decodes: true))
  }

  /// Latents of pictures: the mean of the distribution that the encoder gives.
  ///
  /// - Parameters:
  ///   - pixels: `(N, H, W, 3)`, -1 to 1; height and width must be multiples of the downscale.
  /// - Returns: `(N, H / downscale, W / downscale, C)`, in the scale of the denoiser.
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
    // Each place has its means first and the logarithms of its variances behind them.
    let channels = configuration.latentChannels
    return (0..<(moments.count / 2)).map { index in
      let place = index / channels * 2 * channels + index % channels
      return (moments[place] - shift) * scale
    }
  }

  /// Latents of one picture `(H, W, 3)`, after which no memory is kept.
  ///
  /// - Throws: As ``encode(_:batch:height:width:)``.
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
    // Pictures of many sizes would add up; a whole one and its half take turns.
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
  /// The autoencoder in a folder of diffusers.
  ///
  /// - Throws: `CheckpointError` when its configuration or weights are missing or unsound.
  package nonisolated convenience init(folder: URL, type: NumberFormat) throws {
    self.init(
      try AutoencoderConfiguration(contentsOf: folder.appendingPathComponent("config.json")),
      source: CheckpointParameters(store: try WeightStore(folder: folder)), type: type)
  }
}

import Checkpoints
import Diffusion
import Files
import Foundation
import Models
import Tensors
import TrainingData

/// What training starts from: a network, its noise schedule, and the text encoder that steers it.
public struct TrainingStart: Sendable {
  /// The model whose text encoder is used, and also its weights if no other network is given.
  public let model: ModelFolder
  /// The network's `config.json`, unchanged.
  let configurationFile: Data
  /// The network.
  public let configuration: UNetConfiguration
  /// The initial weights.
  let source: any ParameterSource
  /// The noise levels.
  public let schedule: NoiseSchedule
  /// What the network predicts.
  public let prediction: Prediction
  /// The `scheduler_config.json`.
  let schedulerFile: Data
  /// The side of the blocks of pixels that are folded into channels.
  public let fold: Int

  /// The side of the pictures in pixels.
  public var pictureSize: Int { configuration.sampleWidth * fold }

  /// Starts from a model's weights.
  ///
  /// - Throws: `CheckpointError` when a part is missing or invalid, `FileError`.
  public init(model url: URL) throws {
    let model = try ModelFolder(url: url)
    try self.init(model, source: CheckpointParameters(store: try WeightStore(folder: model.unet)))
  }

  /// Continues the run in a folder, with the weights of its checkpoint.
  ///
  /// - Throws: `CheckpointError` when a part is missing or invalid, `FileError`.
  public init(resuming folder: URL) throws {
    let file = Trainer.checkpoint(in: folder)
    _ = try TrainingCheckpoint(contentsOf: file)
    try self.init(try ModelFolder(url: folder), source: SavedParameters(file: file))
  }

  private init(_ model: ModelFolder, source: any ParameterSource) throws {
    (self.model, self.source) = (model, source)
    configuration = try UNetConfiguration(contentsOf: model.unetConfiguration)
    configurationFile = try SafeFile.read(model.unetConfiguration)
    let scheduler = try SchedulerConfiguration(contentsOf: model.schedulerConfiguration)
    prediction = try Prediction(scheduler, in: model.schedulerConfiguration)
    schedule = NoiseSchedule(scheduler)
    schedulerFile = try SafeFile.read(model.schedulerConfiguration)
    fold = model.pixelFold
    try check(model.unetConfiguration)
  }

  /// Starts with an untrained network.
  ///
  /// - Parameters:
  ///   - configuration: The network's diffusers `config.json`. Its `in_channels` determine the fold: 3 for none, 12 for
  ///     blocks of 2x2, 48 for 4x4.
  ///   - text: The model whose text encoder steers it.
  ///   - prediction: What it predicts.
  ///   - seed: Determines the weights.
  /// - Throws: `CheckpointError` when a part is missing or invalid, `FileError`.
  public init(configuration file: URL, text: URL, prediction: Prediction, seed: UInt64) throws {
    model = try ModelFolder(url: text)
    configuration = try UNetConfiguration(contentsOf: file)
    configurationFile = try SafeFile.read(file)
    source = FreshParameters(seed: seed)
    self.prediction = prediction
    schedule = prediction == .flow ? .flow() : .linear()
    schedulerFile = try ModelExport.schedulerFile(prediction)
    let blocks = Double(configuration.inChannels) / 3
    fold = Int(blocks.squareRoot().rounded())
    guard 3 * fold * fold == configuration.inChannels else {
      throw CheckpointError(
        .unsupported, file: file.path, key: "in_channels",
        expected: "3, 12, 27 or 48: the three colours of blocks of 1, 4, 9 or 16 pixels",
        found: "\(configuration.inChannels)", advice: "Change it and out_channels together")
    }
    try check(file)
  }

  /// Throws unless this network is trained in the same way as another: a run must continue as it started.
  ///
  /// - Throws: `CheckpointError` that names `folder`, which contains the run.
  public func requireSame(as other: TrainingStart, in folder: URL) throws {
    func require(_ key: String, _ same: Bool, _ own: String, _ others: String) throws {
      guard !same else { return }
      throw CheckpointError(
        .mismatched, file: folder.path, key: key, expected: own, found: others,
        advice:
          "Leave out --init and --config to continue what is there, or choose another --output")
    }
    try require(
      "unet", configuration == other.configuration && fold == other.fold,
      "the network that training started with", "a different one")
    try require(
      "prediction", prediction == other.prediction, prediction.rawValue, other.prediction.rawValue)
    try require(
      "scheduler", schedule == other.schedule, "the noise that training started with", "another")
  }

  private func check(_ file: URL) throws {
    func require(
      _ key: String, _ holds: Bool, expected: String, found: Int,
      advice: String = "Change the configuration of the network"
    ) throws {
      guard !holds else { return }
      throw CheckpointError(
        .mismatched, file: file.path, key: key, expected: expected, found: "\(found)",
        advice: advice)
    }
    func require(_ key: String, _ expected: Int, _ found: Int) throws {
      try require(key, expected == found, expected: "\(expected)", found: found)
    }
    try UNetLearner.check(configuration, file: file.path)
    let text = try TextEncoderConfiguration(contentsOf: model.textEncoderConfiguration)
    let channels = 3 * fold * fold
    try require(
      "in_channels", configuration.inChannels == channels,
      expected: "\(channels), which is three colours with a pixel_fold of \(fold)",
      found: configuration.inChannels,
      advice: "The parts of a model must come from the same training")
    try require("out_channels", configuration.inChannels, configuration.outChannels)
    try require(
      "sample_size", configuration.sampleHeight == configuration.sampleWidth,
      expected: "a square, \(configuration.sampleHeight) by \(configuration.sampleHeight)",
      found: configuration.sampleWidth)
    for size in configuration.crossAttentionDim {
      try require("cross_attention_dim", text.hiddenSize, size)
    }
    if let size = configuration.classProjectionDim {
      try require("projection_class_embeddings_input_dim", text.hiddenSize, size)
    }
    let side = configuration.sampleWidth
    try require(
      "sample_size", (TrainingSet.smallestSide...Self.largestPicture).contains(pictureSize),
      expected: "pictures of \(TrainingSet.smallestSide) to \(Self.largestPicture) pixels a side",
      found: pictureSize)
    try require(
      "sample_size", side >> (configuration.levels - 1) >= 1,
      expected: "at least \(1 << (configuration.levels - 1)), since each later level halves it",
      found: side)
  }

  /// The maximum side of training pictures in pixels.
  private static let largestPicture = 4096
}

/// The weights of a checkpoint, which is opened and closed for each of them: an open file would keep its disk space
/// after the run has replaced it.
private struct SavedParameters: ParameterSource {
  let file: URL

  func values(_ name: String, shape: [Int]) throws -> [Float] {
    try TrainingCheckpoint(contentsOf: file).source(.value).values(name, shape: shape)
  }
}

/// Untrained weights, drawn as in PyTorch: uniform within `±1 / sqrt(inputs)`, normalisations at 1 and 0, and the last
/// convolution at 0, so that an untrained network outputs zero (Ho et al. 2020).
package struct FreshParameters: ParameterSource {
  let seed: UInt64

  package init(seed: UInt64) { self.seed = seed }

  package func values(_ name: String, shape: [Int]) -> [Float] {
    let count = shape.reduce(1, *)
    if name.hasPrefix("conv_out.") { return Array(repeating: 0, count: count) }
    if shape.count == 1 {
      let isScale = name.hasSuffix(".weight")
      return Array(repeating: isScale ? 1 : 0, count: count)
    }
    let bound = 1 / Float(shape.dropFirst().reduce(1, *)).squareRoot()
    let own = name.utf8.reduce(seed ^ 0xcbf2_9ce4_8422_2325) {
      ($0 ^ UInt64($1)) &* 0x100_0000_01b3
    }
    var generator = SplitMix64(state: own)
    return (0..<count).map { _ in Float(generator.unit() * 2 - 1) * bound }
  }
}

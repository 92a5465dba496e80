import DefaultModel
import Diffusion
import Foundation
import Models
import Session
import Tensors
import Training
import TrainingData

/// The options of `train` as plain values. ``TrainCommand`` builds it from its arguments; the job uses nothing else.
struct TrainRequest: Sendable {
  /// What training starts from, unless the output folder contains a run to continue.
  enum Beginning: Sendable {
    /// The embedded model.
    case embedded
    /// The model in this folder.
    case model(URL)
    /// An untrained network, described by a diffusers `config.json`, and what it predicts.
    case untrained(configuration: URL, prediction: Prediction)
  }

  /// The folder of pictures.
  var data: URL
  /// The folder for the model.
  var output: URL
  var beginning = Beginning.embedded
  /// How long to train.
  var length: TrainingPlan.Length
  /// The number of pictures in a batch; `nil` to choose by the size of the set.
  var batch: Int?
  /// The learning rate.
  var rate: Float
  /// The final fraction of the training over which the rate falls to zero.
  var cooldown: Double
  /// The fraction of cut-outs placed on a background that their caption names, if given.
  var backgrounds: Double?
  /// The seed of everything random.
  var seed: UInt64 = 0
  var precision = Precision.auto
  /// The number of threads; `nil` for one per core.
  var threads: Int?
  /// The prompts of the samples; names from the set if there are none.
  var samples: [String] = []
  /// The seconds between saves.
  var saveEvery: Double
  /// Whether progress is printed as JSON.
  var json = false
  /// The command that continues this run.
  var command: String

  /// The run in the output folder, a new network, or a model, to start from.
  ///
  /// - Throws: ``MissingDefaultModel``; `CheckpointError` if a part is missing or invalid, or if the folder contains a
  ///   run of another network; `FileError`.
  func start() throws -> TrainingStart {
    guard let embedded = DefaultModel.folder else { throw MissingDefaultModel() }
    let resumes = FileManager.default.fileExists(atPath: Trainer.checkpoint(in: output).path)
    let asked: TrainingStart? =
      switch beginning {
      case .embedded: nil
      case .model(let folder): try TrainingStart(model: folder)
      case .untrained(let configuration, let prediction):
        try TrainingStart(
          configuration: configuration, text: embedded, prediction: prediction, seed: seed)
      }
    guard resumes else { return try asked ?? TrainingStart(model: embedded) }
    let own = try TrainingStart(resuming: output)
    if let asked { try own.requireSame(as: asked, in: output) }
    return own
  }

  /// The given options that have no effect with these pictures, one sentence each.
  func idleOptions(_ set: TrainingSet) -> [String] {
    guard let backgrounds, backgrounds > 0, set.items.allSatisfy(\.isOpaque) else { return [] }
    return ["--backgrounds has no effect: no picture has a transparent background"]
  }

  /// The recipe for a network and a set of pictures.
  ///
  /// A small set is learned faster in many small steps than in a few large ones.
  func recipe(_ prediction: Prediction, pictures: Int) -> TrainingRecipe {
    var recipe = TrainingRecipe(prediction: prediction)
    recipe.batch = batch ?? [8, 16, 32, 64].last { $0 <= pictures } ?? 8
    recipe.rate = rate
    recipe.cooldown = cooldown
    if let backgrounds { recipe.namedBackgrounds = backgrounds }
    recipe.seed = seed
    return recipe
  }
}

import ArgumentParser
import Checkpoints
import DefaultModel
import Diffusion
import Files
import Foundation
import Models
import Session
import Tensors
import Training
import TrainingData

extension Prediction: ExpressibleByArgument {}

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Teach a model with your own pictures.",
    discussion: """
      The folder holds pictures (PNG, JPEG, WebP, GIF, BMP) with captions: a captions.jsonl with lines like \
      {"file": "cat.png", "caption": "a cat"}, or cat.txt (or cat.caption) beside cat.png, or the file names themselves.

      Learning begins from the embedded model, from --init, or with --config from nothing. The model is kept in --output, \
      where halflight --model finds it. Ctrl-C saves; the same command goes on where it stopped, also after a crash.
      """)

  @Option(name: [.short, .long], help: "The folder of pictures.")
  var data: String

  @Option(
    name: [.short, .long],
    help: "The folder that the model is kept in: new, empty, or of an earlier run.")
  var output: String

  @Option(help: "The model folder to begin from; the embedded model by default.")
  var `init`: String?

  @Option(help: "Begin from nothing, with the network of this config.json of diffusers.")
  var config: String?

  @Option(
    help:
      "What a network that begins from nothing predicts: sample, v, epsilon or flow; sample by default."
  )
  var prediction: Prediction?

  @Option(help: "How long to learn; 30 unless --steps is given.")
  var minutes: Double?

  @Option(help: "How many batches to learn from.")
  var steps: Int?

  @Option(help: "Pictures in a batch; 64, and fewer for a set of fewer pictures.")
  var batch: Int?

  @Option(help: "The learning rate.")
  var rate: Float = 0.0003

  @Option(help: "The share of the time, at its end, over which the rate falls to nothing.")
  var cooldown: Double = 0.25

  @Option(
    help: """
      The share of the cut-outs that are placed on a colour which their caption names; 0.3 by default.
      """)
  var backgrounds: Double?

  @Option(help: "Decides what is drawn.")
  var seed: UInt64 = 0

  @Option(help: "auto, f32 or bf16.")
  var precision: Precision = .auto

  @Option(name: [.short, .long], help: "Threads to compute on; one for each core by default.")
  var threads: Int?

  @Option(
    name: .customLong("sample"), help: "A prompt to show while it learns; give it up to 8 times.")
  var samples: [String] = []

  @Option(help: "Seconds between two times that the model is saved and samples are shown.")
  var saveEvery: Double = 60

  @Flag(help: "Print a line of JSON at each of these times instead.")
  var json = false

  func validate() throws {
    if let problem { throw ValidationError(problem) }
  }

  private var problem: String? {
    if minutes != nil, steps != nil { return "give --minutes or --steps, not both" }
    if let minutes, !(minutes > 0 && minutes <= 100_000) {
      return "--minutes must be above 0 and at most 100000"
    }
    if let steps, !(1...100_000_000).contains(steps) { return "--steps must be 1 to 100000000" }
    if config != nil, self.`init` != nil { return "give --init or --config, not both" }
    if prediction != nil, config == nil {
      return "--prediction goes with --config: what a model predicts is part of it"
    }
    if let batch, !(1...1024).contains(batch) { return "--batch must be 1 to 1024" }
    if !(rate > 0 && rate <= 1) { return "--rate must be above 0 and at most 1" }
    if let backgrounds, !(0...1).contains(backgrounds) { return "--backgrounds must be 0 to 1" }
    if !(0...1).contains(cooldown) { return "--cooldown must be 0 to 1" }
    if let problem = ThreadCount.problem(threads) { return problem }
    if samples.count > 8 { return "give at most 8 --sample" }
    if !(1...1_000_000).contains(saveEvery) { return "--save-every must be 1 to 1000000" }
    if data.isEmpty || output.isEmpty { return "--data and --output are names of folders" }
    return nil
  }

  func run() async throws {
    Processor.shareCores()
    let job = TrainJob(command: self)
    try await Interruption.cancelling { try await job.run() }
  }

  /// How long to learn.
  var length: TrainingPlan.Length {
    if let steps { .steps(steps) } else { .minutes(minutes ?? 30) }
  }

  /// The folders that were named, `~` understood.
  var folders: (data: URL, output: URL) { (UserFolders.url(data), UserFolders.url(output)) }

  /// What to begin from: the run in the output folder, a new network, or a model.
  func start() throws -> TrainingStart {
    guard let embedded = DefaultModel.folder else { throw MissingDefaultModel() }
    let output = folders.output
    let resumes = FileManager.default.fileExists(atPath: Trainer.checkpoint(in: output).path)
    let asked: TrainingStart? =
      if let config {
        try TrainingStart(
          configuration: UserFolders.url(config), text: embedded, prediction: prediction ?? .sample,
          seed: seed)
      } else {
        try self.`init`.map { try TrainingStart(model: UserFolders.url($0)) }
      }
    guard resumes else { return try asked ?? TrainingStart(model: embedded) }
    let own = try TrainingStart(resuming: output)
    if let asked { try own.requireSame(as: asked, in: output) }
    return own
  }

  /// What was given and changes nothing with these pictures: a sentence each.
  func idleOptions(_ set: TrainingSet) -> [String] {
    guard let backgrounds, backgrounds > 0, set.items.allSatisfy(\.isOpaque) else { return [] }
    return ["--backgrounds has no effect: no picture has a transparent background"]
  }

  /// The recipe for what is begun from and so many pictures.
  ///
  /// A few pictures are learnt sooner in many small steps than in a few large ones.
  func recipe(_ start: TrainingStart, pictures: Int) -> TrainingRecipe {
    var recipe = TrainingRecipe(prediction: start.prediction)
    recipe.batch = batch ?? [8, 16, 32, 64].last { $0 <= pictures } ?? 8
    recipe.rate = rate
    recipe.cooldown = cooldown
    recipe.namedBackgrounds = backgrounds ?? 0.3
    recipe.seed = seed
    return recipe
  }
}

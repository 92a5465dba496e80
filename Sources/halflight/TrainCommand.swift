import ArgumentParser
import Diffusion
import Foundation
import Models
import Session
import Tensors
import Training

extension Prediction: ExpressibleByArgument {}

struct TrainCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "train",
    abstract: "Train a model on your own pictures.",
    discussion: """
      The folder holds pictures (PNG, JPEG, WebP, GIF, BMP) with captions: a captions.jsonl with lines like \
      {"file": "cat.png", "caption": "a cat"}, or cat.txt (or cat.caption) beside cat.png, or the file names themselves.

      Training starts from the embedded model, from --init, or with --config from an untrained network. The model is \
      saved in --output, for use with halflight --model. Ctrl-C saves; the same command continues where it stopped, \
      even after a crash.
      """)

  @Option(name: [.short, .long], help: "The folder of pictures.", completion: .directory)
  var data: String

  @Option(
    name: [.short, .long],
    help: "The folder for the model: a new or empty one, or that of an earlier run.",
    completion: .directory)
  var output: String

  @Option(
    help: "The model folder to start from; the embedded model by default.", completion: .directory)
  var `init`: String?

  @Option(
    help: .rare(
      "Start from an untrained network with the configuration in this config.json of diffusers."),
    completion: .file())
  var config: String?

  @Option(
    help: .rare("What a new network predicts; sample by default."))
  var prediction: Prediction?

  @Option(help: "How many minutes to train; 30 unless --steps is given.")
  var minutes: Double?

  @Option(help: "How many steps to train, one batch each.")
  var steps: Int?

  @Option(help: .rare("The number of pictures in a batch; 64, or fewer for a small set."))
  var batch: Int?

  @Option(help: .rare("The learning rate."))
  var rate: Float = 0.0003

  @Option(
    help: .rare("The final fraction of the training over which the learning rate falls to zero."))
  var cooldown: Double = 0.25

  @Option(
    help: .rare(
      "The fraction of cut-outs that are placed on a colour named in their caption; 0.3 by default."
    ))
  var backgrounds: Double?

  @Option(help: .rare("The seed of everything random."))
  var seed: UInt64 = 0

  @Option(help: .rare("The number format to compute in."))
  var precision: Precision = .auto

  @Option(
    name: [.short, .long], help: .rare("The number of threads; one for each core by default."))
  var threads: Int?

  @Option(
    name: .customLong("sample"), help: "A prompt to paint during training; up to 8 may be given.")
  var samples: [String] = []

  @Option(
    help: .rare("The seconds between saves, when samples are also shown."))
  var saveEvery: Double = 60

  @Flag(help: .rare("Print a line of JSON each time the model is saved, instead of samples."))
  var json = false

  @OptionGroup var fullHelp: FullHelp

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
      return "--prediction needs --config: an existing model has its own"
    }
    if let batch, !(1...1024).contains(batch) { return "--batch must be 1 to 1024" }
    if !(rate > 0 && rate <= 1) { return "--rate must be above 0 and at most 1" }
    if let backgrounds, !(0...1).contains(backgrounds) { return "--backgrounds must be 0 to 1" }
    if !(0...1).contains(cooldown) { return "--cooldown must be 0 to 1" }
    if let problem = ThreadCount.problem(threads) { return problem }
    if samples.count > 8 { return "--sample may be given at most 8 times" }
    if !(1...1_000_000).contains(saveEvery) { return "--save-every must be 1 to 1000000" }
    if data.isEmpty || output.isEmpty { return "--data and --output must be names of folders" }
    return nil
  }

  func run() async throws {
    Processor.shareCores()
    let job = TrainJob(request: request)
    try await Interruption.cancelling { try await job.run() }
  }

  /// The arguments as plain values, with `~` in folder names expanded.
  var request: TrainRequest {
    let words = ["halflight"] + ProcessInfo.processInfo.arguments.dropFirst().map(ShellWord.quoted)
    var request = TrainRequest(
      data: UserFolders.url(data), output: UserFolders.url(output),
      length: steps.map { .steps($0) } ?? .minutes(minutes ?? 30), rate: rate, cooldown: cooldown,
      saveEvery: saveEvery, command: words.joined(separator: " "))
    if let config {
      request.beginning = .untrained(
        configuration: UserFolders.url(config), prediction: prediction ?? .sample)
    } else if let model = self.`init` {
      request.beginning = .model(UserFolders.url(model))
    }
    (request.batch, request.backgrounds) = (batch, backgrounds)
    (request.seed, request.precision) = (seed, precision)
    (request.threads, request.samples, request.json) = (threads, samples, json)
    return request
  }
}

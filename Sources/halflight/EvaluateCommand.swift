import ArgumentParser
import DefaultModel
import Foundation
import Models
import Session
import Tensors
import Training
import TrainingData

struct EvaluateCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "evaluate",
    abstract: "Measure whether a model uses its captions.",
    discussion: """
      Prints the loss on pictures with their own captions, with those of other pictures and with none, at several noise \
      levels. The same pictures and the same noise are used for all three. If the right captions do not give the \
      smallest loss, the model ignores the text.
      """)

  @Option(
    name: [.short, .long], help: "The folder of pictures, as for train.", completion: .directory)
  var data: String

  @Option(
    name: [.short, .long], help: "A model folder; the embedded model by default.",
    completion: .directory)
  var model: String?

  @Option(help: "The number of pictures to evaluate at each noise level.")
  var pictures: Int = 256

  @Option(help: "The number format to compute in.")
  var precision: Precision = .auto

  func validate() throws {
    guard (2...100_000).contains(pictures) else {
      throw ValidationError("--pictures must be 2 to 100000")
    }
  }

  func run() async throws {
    try await Interruption.cancelling {
      guard let embedded = DefaultModel.folder else { throw MissingDefaultModel() }
      let start = try TrainingStart(model: model.map(UserFolders.url) ?? embedded)
      let set = try TrainingSet(folder: UserFolders.url(data), size: start.pictureSize) { _, _ in
        try Task.checkCancellation()
      }
      for line in set.report { StandardError.line(line) }
      let check = try await CaptionCheck.measure(
        set, start, pictures: pictures, precision: precision)
      StandardOutput.line(" noise    right captions    of others      none    others / right")
      for level in check.levels {
        StandardOutput.line(
          String(
            format: "%6.4f  %16.4f  %11.4f  %8.4f  %15.3f", level.sigma, level.right,
            level.shuffled, level.empty, level.shuffled / max(1e-9, level.right)))
      }
      StandardOutput.line("\(check.pictures) pictures for each; \(check.verdict)")
    }
  }
}

import Cells
import Diffusion
import Files
import Foundation
import Models
import Pictures
import Tensors
import Training
import TrainingData

/// A run of `train`: reads the pictures, learns, saves now and then, and tells how it goes.
struct TrainJob {
  let command: TrainCommand

  func run() async throws {
    let start = try command.start()
    let set = try TrainingSet(folder: command.folders.data, size: start.pictureSize) { _, _ in
      try Task.checkCancellation()
    }
    report(set)
    let trainer = try await Trainer(
      set, from: start, recipe: command.recipe(start, pictures: set.items.count),
      length: command.length,
      folder: command.folders.output, precision: command.precision,
      threads: command.threads ?? Processor.threads)
    let prompts = command.samples.isEmpty ? names(of: set) : command.samples
    let display = TrainingDisplay(json: command.json, prompts: prompts)
    if await trainer.isResumed {
      display.say("going on after \(await trainer.progress.pictures) pictures")
    }
    do {
      try await learn(trainer, display)
    } catch is CancellationError {
      // Saving must not be cancelled too.
      try await Task { try await trainer.save() }.value
      display.say(await trainer.progress)
      throw TrainingInterrupted(command: again)
    }
    try await trainer.save()
    try await display.show(await trainer.progress, model: trainer.folder)
    display.say("done: halflight --model \(trainer.folder.relativePath)")
  }

  private func learn(_ trainer: Trainer, _ display: TrainingDisplay) async throws {
    let clock = ContinuousClock()
    var saved = clock.now
    while true {
      try Task.checkCancellation()
      let progress = await trainer.progress
      if progress.plan.isFinished { return }
      try await trainer.step()
      display.update(await trainer.progress)
      guard clock.now - saved > .seconds(command.saveEvery) else { continue }
      saved = clock.now
      do {
        try await trainer.save()
      } catch let error as FileError {
        // What has been learnt is still in memory, and the disk may have room again the next time.
        display.say("not saved, but learning goes on: \(error)")
        continue
      }
      try await display.show(await trainer.progress, model: trainer.folder)
    }
  }

  private func report(_ set: TrainingSet) {
    let captions = set.items.reduce(0) { $0 + $1.captions.count }
    say("\(set.items.count) pictures with \(captions) captions")
    for warning in set.warnings.prefix(10) { say("warning: \(warning)") }
    if set.warnings.count > 10 { say("and \(set.warnings.count - 10) more warnings like these") }
  }

  private func say(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// A few names from the set, the same each time.
  private func names(of set: TrainingSet) -> [String] {
    let count = min(4, set.items.count)
    return (0..<count).compactMap {
      set.items[(2 * $0 + 1) * set.items.count / (2 * count)].captions.first
    }
  }

  /// The command that goes on.
  private var again: String {
    ProcessInfo.processInfo.arguments.enumerated().map { index, word in
      if index == 0 { return "halflight" }
      return word.allSatisfy { $0.isLetter || $0.isNumber || "-_./=".contains($0) }
        ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }.joined(separator: " ")
  }
}

/// Learning was ended from outside, after it was saved.
struct TrainingInterrupted: Error, CustomStringConvertible {
  /// What goes on.
  let command: String

  var description: String { "saved; to go on: \(command)" }
}

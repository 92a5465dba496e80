import Cells
import Diffusion
import Files
import Foundation
import Models
import Pictures
import Tensors
import Training
import TrainingData

/// A run of `train`: reads the pictures, trains, saves regularly, and reports progress.
struct TrainJob: Sendable {
  let request: TrainRequest

  func run() async throws {
    let output = request.output
    try OutputFolder.check(output)
    let start = try request.start()
    let set = try TrainingSet(folder: request.data, size: start.pictureSize) { _, _ in
      try Task.checkCancellation()
    }
    let prompts = request.samples.isEmpty ? names(of: set) : request.samples
    let display = TrainingDisplay(json: request.json, prompts: prompts)
    for line in set.report { display.say(line) }
    for note in request.idleOptions(set) { display.say("note: \(note)") }
    if let threads = request.threads { await ProcessorShare.shared.limit(to: threads) }
    let trainer = try await Trainer(
      set, from: start, recipe: request.recipe(start.prediction, pictures: set.items.count),
      length: request.length, folder: output, precision: request.precision,
      threads: request.threads ?? Processor.threads)
    if await trainer.isResumed {
      display.say("continuing after \(await trainer.progress.pictures) pictures")
    }
    do {
      try await display.begin(
        await trainer.progress, model: trainer.folder, every: request.saveEvery)
      try await learn(trainer, display)
    } catch is CancellationError {
      try await end(trainer, display)
    }
    do {
      // Everything is done; Ctrl-C can only skip the wait for the last samples.
      try await Task { try await trainer.save() }.value
      try await show(trainer, display)
    } catch is CancellationError {
    } catch let error as FileError {
      throw UnsavedTraining(error: error, command: request.command)
    }
    display.say("done: halflight --model \(ShellWord.quoted(output.relativePath))")
  }

  /// Saves after an interruption, and says how to continue.
  private func end(_ trainer: Trainer, _ display: TrainingDisplay) async throws -> Never {
    display.doing("saving")
    do {
      // Saving must not be cancelled too.
      try await Task { try await trainer.save() }.value
    } catch let error as FileError {
      throw UnsavedTraining(error: error, command: request.command)
    }
    display.say(await trainer.progress)
    throw TrainingInterrupted(command: request.command)
  }

  private func learn(_ trainer: Trainer, _ display: TrainingDisplay) async throws {
    let clock = ContinuousClock()
    var (saved, told) = (clock.now, clock.now)
    while true {
      try Task.checkCancellation()
      try await trainer.step()
      let progress = await trainer.progress
      if progress.plan.isFinished { return }
      if clock.now - told > .milliseconds(100) {
        told = clock.now
        display.update(progress)
      }
      guard clock.now - saved > .seconds(request.saveEvery) else { continue }
      saved = clock.now
      do {
        display.doing("saving")
        try await trainer.save()
      } catch let error as FileError {
        // The training so far is still in memory, and the disk may have space again next time.
        display.say("could not save, but training continues: \(error)")
        continue
      }
      try await show(trainer, display)
    }
  }

  /// Shows what the model paints now; training does not depend on whether this succeeds.
  private func show(_ trainer: Trainer, _ display: TrainingDisplay) async throws {
    do {
      try await display.show(await trainer.progress, model: trainer.folder)
    } catch let error where !(error is CancellationError) {
      display.say("could not paint the samples: \(error)")
    }
  }

  /// A few names from the set, always the same.
  private func names(of set: TrainingSet) -> [String] {
    let count = min(4, set.items.count)
    return (0..<count).compactMap {
      set.items[(2 * $0 + 1) * set.items.count / (2 * count)].captions.first
    }
  }
}

extension TrainingSet {
  /// How much was read, and what is wrong with the rest.
  var report: [String] {
    func count(_ number: Int, _ noun: String) -> String {
      "\(number) \(noun)\(number == 1 ? "" : "s")"
    }
    let captions = items.reduce(0) { $0 + $1.captions.count }
    let others = warnings.count - 10
    return ["\(count(items.count, "picture")) with \(count(captions, "caption"))"]
      + warnings.prefix(10).map { "warning: \($0)" }
      + (others > 0 ? ["and \(count(others, "more warning"))"] : [])
  }
}

/// Training was interrupted after it was saved.
struct TrainingInterrupted: Error, CustomStringConvertible {
  /// The command that continues.
  let command: String

  var description: String { "saved; to continue: \(command)" }
}

/// Training ended, but its latest state could not be saved.
struct UnsavedTraining: Error, CustomStringConvertible {
  /// The cause.
  let error: FileError
  /// The command that continues from the last save.
  let command: String

  var description: String {
    "\(error). The last saved model is unchanged; free some disk space and continue from it: \(command)"
  }
}

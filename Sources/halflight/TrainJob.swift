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
    let (data, output) = command.folders
    try OutputFolder.check(output)
    let start = try command.start()
    let set = try TrainingSet(folder: data, size: start.pictureSize) { _, _ in
      try Task.checkCancellation()
    }
    let prompts = command.samples.isEmpty ? names(of: set) : command.samples
    let display = TrainingDisplay(json: command.json, prompts: prompts)
    for line in set.report { display.say(line) }
    for note in command.idleOptions(set) { display.say("note: \(note)") }
    if let threads = command.threads { await ProcessorShare.shared.limit(to: threads) }
    let trainer = try await Trainer(
      set, from: start, recipe: command.recipe(start, pictures: set.items.count),
      length: command.length, folder: output, precision: command.precision,
      threads: command.threads ?? Processor.threads)
    if await trainer.isResumed {
      display.say("continuing after \(await trainer.progress.pictures) pictures")
    }
    do {
      try await display.begin(
        await trainer.progress, model: trainer.folder, every: command.saveEvery)
      try await learn(trainer, display)
    } catch is CancellationError {
      try await end(trainer, display)
    }
    do {
      // All is done; Ctrl-C can only save the waiting for the last samples.
      try await Task { try await trainer.save() }.value
      try await show(trainer, display)
    } catch is CancellationError {
    } catch let error as FileError {
      throw UnsavedTraining(error: error, command: again)
    }
    display.say("done: halflight --model \(ShellWord.quoted(command.output))")
  }

  /// Saves what was interrupted, and says how to go on.
  private func end(_ trainer: Trainer, _ display: TrainingDisplay) async throws -> Never {
    display.doing("saving")
    do {
      // Saving must not be cancelled too.
      try await Task { try await trainer.save() }.value
    } catch let error as FileError {
      throw UnsavedTraining(error: error, command: again)
    }
    display.say(await trainer.progress)
    throw TrainingInterrupted(command: again)
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
      guard clock.now - saved > .seconds(command.saveEvery) else { continue }
      saved = clock.now
      do {
        display.doing("saving")
        try await trainer.save()
      } catch let error as FileError {
        // What has been learnt is still in memory, and the disk may have room again the next time.
        display.say("could not save, but training continues: \(error)")
        continue
      }
      try await show(trainer, display)
    }
  }

  /// Shows what the model paints now; what is learnt does not depend on whether it can be shown.
  private func show(_ trainer: Trainer, _ display: TrainingDisplay) async throws {
    do {
      try await display.show(await trainer.progress, model: trainer.folder)
    } catch let error where !(error is CancellationError) {
      display.say("could not paint the samples: \(error)")
    }
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
    (["halflight"] + ProcessInfo.processInfo.arguments.dropFirst().map(ShellWord.quoted)).joined(
      separator: " ")
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

/// Learning was ended from outside, after it was saved.
struct TrainingInterrupted: Error, CustomStringConvertible {
  /// What goes on.
  let command: String

  var description: String { "saved; to continue: \(command)" }
}

/// Learning has ended, and what was learnt last could not be kept.
struct UnsavedTraining: Error, CustomStringConvertible {
  /// Why.
  let error: FileError
  /// What goes on from what was saved before.
  let command: String

  var description: String {
    "\(error). The last saved model is unchanged; make room and continue from it: \(command)"
  }
}

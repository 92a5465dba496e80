import Cells
import Diffusion
import Foundation
import Models
import Pictures
import Training

/// Tells on standard error how learning goes: a line that changes in place, and samples as half-blocks now and then; a
/// line at a time where that is no terminal.
struct TrainingDisplay {
  private let json: Bool
  private let prompts: [String]
  private let isTerminal = isatty(STDERR_FILENO) == 1

  init(json: Bool, prompts: [String]) {
    self.json = json
    self.prompts = prompts
  }

  /// A line of its own.
  func say(_ text: String) { write(clearing + text + "\n") }

  /// The line that changes in place.
  func update(_ progress: Trainer.Progress) {
    guard isTerminal, !json else { return }
    let width = 20
    let filled = Int(progress.plan.share * Double(width))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    write("\r\(bar) \(line(progress))\u{1b}[K")
  }

  /// How things stand, as a line of its own.
  func say(_ progress: Trainer.Progress) {
    if !json { say(line(progress)) }
  }

  /// What has been learnt so far: pictures from the saved model, the same seeds each time.
  func show(_ progress: Trainer.Progress, model folder: URL) async throws {
    if json {
      // Not held back: whoever reads it wants to know now.
      FileHandle.standardOutput.write(Data((try facts(progress) + "\n").utf8))
      return
    }
    guard isTerminal else { return say(progress) }
    let pipeline = try Pipeline(folder: folder)
    var pictures: [Picture] = []
    for (index, prompt) in prompts.enumerated() {
      var sampling = pipeline.defaults
      sampling.seed = UInt64(index) + 1
      let recipe = Recipe(
        prompt: prompt, sampling: sampling, width: pipeline.width, height: pipeline.height,
        model: pipeline.name)
      var last: Step?
      for try await step in try await pipeline.trajectory(recipe) { last = step }
      if let last { pictures.append(pipeline.picture(of: last.sample)) }
    }
    write(clearing + sheet(pictures) + "\n" + line(progress) + "\n")
  }

  /// Pictures side by side with their prompts below, as wide as the terminal.
  private func sheet(_ pictures: [Picture]) -> String {
    guard !pictures.isEmpty else { return "" }
    let columns = TerminalSize.columns() ?? 80
    let width = max(8, min(32, columns / pictures.count - 1))
    let art = CellArt(.halves, colors: TerminalSize.colors())
    var buffer = CellBuffer(width: (width + 1) * pictures.count, height: (width + 1) / 2)
    for (index, picture) in pictures.enumerated() {
      let place = Rect(x: index * (width + 1), y: 0, width: width, height: (width + 1) / 2)
      art.draw(picture, in: place, into: &buffer)
    }
    let labels = prompts.map { prompt in
      let text = String(prompt.filter { !$0.isNewline }.prefix(width))
      return text.padding(toLength: width + 1, withPad: " ", startingAt: 0)
    }
    return ANSIText.render(buffer, colors: TerminalSize.colors()) + "\n" + labels.joined()
  }

  private func line(_ progress: Trainer.Progress) -> String {
    var parts = [
      "loss \(String(format: "%.4f", progress.loss))",
      "\(Int(progress.picturesPerSecond)) pictures/s", "\(progress.pictures) seen",
    ]
    if let left = progress.plan.secondsLeft, left >= 1 { parts.append("\(Self.time(left)) left") }
    return parts.joined(separator: " · ")
  }

  private static func time(_ seconds: Double) -> String {
    let whole = Int(seconds)
    if whole < 100 { return "\(whole) s" }
    if whole < 6000 { return "\(whole / 60) min" }
    return "\(whole / 3600) h \(whole / 60 % 60) min"
  }

  private var clearing: String { isTerminal ? "\r\u{1b}[K" : "" }

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }

  private struct Facts: Encodable {
    let steps: Int
    let pictures: Int
    let seconds: Double
    let loss: Double
    let rate: Float
    let picturesPerSecond: Double
    let share: Double
  }

  private func facts(_ progress: Trainer.Progress) throws -> String {
    let encoder = JSONEncoder()
    encoder.keyEncodingStrategy = .convertToSnakeCase
    encoder.outputFormatting = [.sortedKeys]
    let facts = Facts(
      steps: progress.steps, pictures: progress.pictures, seconds: progress.seconds,
      loss: progress.loss, rate: progress.rate, picturesPerSecond: progress.picturesPerSecond,
      share: progress.plan.share)
    return String(decoding: try encoder.encode(facts), as: UTF8.self)
  }
}

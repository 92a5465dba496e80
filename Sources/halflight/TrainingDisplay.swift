import Cells
import Diffusion
import Foundation
import Models
import Pictures
import Recipes
import Training

/// Shows training progress on standard error: on a terminal, a single line updated in place, with samples drawn in half
/// blocks from time to time; otherwise, a new line for each update.
struct TrainingDisplay {
  private let json: Bool
  private let prompts: [String]
  private let isTerminal =
    isatty(STDERR_FILENO) == 1 && ProcessInfo.processInfo.environment["TERM"] != "dumb"

  init(json: Bool, prompts: [String]) {
    self.json = json
    self.prompts = prompts
  }

  /// Prints a separate line.
  func say(_ text: String) { StandardError.write(clearing + PlainText.of(text) + "\n") }

  /// Prints the progress as a separate line.
  func say(_ progress: Trainer.Progress) {
    if !json { say(parts(progress).joined(separator: " · ")) }
  }

  /// Updates the line in place.
  func update(_ progress: Trainer.Progress) {
    let width = max(4, min(20, window.columns / 4))
    let filled = Int(progress.plan.share * Double(width))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    inPlace(bar + " ", parts(progress))
  }

  /// Shows why training is waiting, in place of that line.
  func doing(_ what: String) { inPlace("", ["\(what)…"]) }

  /// Shows the available keys, and what the model paints before training.
  ///
  /// - Parameter seconds: The interval between saves and samples.
  func begin(_ progress: Trainer.Progress, model folder: URL, every seconds: Double) async throws {
    guard isTerminal, !json else { return }
    say("samples now and every \(Self.time(seconds)) · Ctrl-C saves and stops")
    try await paint(folder)
    update(progress)
  }

  /// Shows what has been learned so far: pictures by the saved model, always with the same seeds.
  func show(_ progress: Trainer.Progress, model folder: URL) async throws {
    if json { return try StandardOutput.json(facts(progress)) }
    if isTerminal { try await paint(folder) }
    say(progress)
  }

  // MARK: Samples

  private func paint(_ folder: URL) async throws {
    guard !prompts.isEmpty else { return }
    let pipeline = try Pipeline(folder: folder)
    var pictures: [Picture] = []
    for (index, prompt) in prompts.enumerated() {
      doing("painting \(index + 1) of \(prompts.count)")
      var sampling = pipeline.defaults
      sampling.seed = UInt64(index) + 1
      let recipe = Recipe(
        prompt: prompt, sampling: sampling, width: pipeline.width, height: pipeline.height,
        model: pipeline.name)
      var last: Step?
      for try await step in try await pipeline.trajectory(recipe) { last = step }
      if let last { pictures.append(pipeline.picture(of: last.next)) }
    }
    StandardError.write(clearing + sheet(pictures) + "\n")
  }

  /// Pictures with their prompts below, as large as the window allows, in several rows if it is narrow.
  private func sheet(_ pictures: [Picture]) -> String {
    let (columns, rows) = window
    // One column stays empty, because some terminals would wrap a line as wide as the window.
    let across = max(1, min(pictures.count, columns / 17))
    let down = (pictures.count + across - 1) / across
    let room = max(8, (rows - 2) / down - 1)
    // Two pixels in a cell: with an even width, a square needs no half row.
    let width = max(2, min(64, columns / across - 1, max(16, 2 * room)) & ~1)
    let height = width / 2
    let colors = TerminalSize.colors(of: STDERR_FILENO)
    let art = CellArt(.halves, colors: colors)
    var buffer = CellBuffer(width: (width + 1) * across - 1, height: (height + 1) * down)
    for (index, picture) in pictures.enumerated() {
      let (row, column) = index.quotientAndRemainder(dividingBy: across)
      let place = Rect(
        x: column * (width + 1), y: row * (height + 1), width: width, height: height)
      art.draw(picture, in: place, into: &buffer)
      let label = prompts[index].isEmpty ? "(no words)" : PlainText.of(prompts[index])
      buffer.print(Self.cut(label, to: width), x: place.x, y: place.y + height)
    }
    return ANSIText.render(buffer, colors: colors)
  }

  /// As much of a text as fits.
  private static func cut(_ text: String, to columns: Int) -> String {
    CellWidth.of(text) <= columns ? text : CellWidth.prefix(text, columns: columns - 1) + "…"
  }

  // MARK: Lines

  /// The most important part comes first: the end is left out in a narrow window.
  private func parts(_ progress: Trainer.Progress) -> [String] {
    let speed = progress.picturesPerSecond
    var parts: [String] = []
    guard speed > 0 else { return ["\(progress.pictures) seen"] }
    if let left = progress.plan.secondsLeft, left >= 1 { parts.append("\(Self.time(left)) left") }
    return parts + [
      "loss \(String(format: "%.4f", progress.loss))",
      String(format: speed < 9.95 ? "%.1f pictures/s" : "%.0f pictures/s", speed),
      "\(progress.pictures) seen",
    ]
  }

  private static func time(_ seconds: Double) -> String {
    let whole = Int(min(seconds, 1e9))
    if whole < 100 { return "\(whole) s" }
    if whole < 6000 { return "\(whole / 60) min" }
    return "\(whole / 3600) h \(whole / 60 % 60) min"
  }

  /// Replaces the line that changes in place, with as many parts as fit.
  private func inPlace(_ head: String, _ parts: [String]) {
    guard isTerminal, !json else { return }
    let room = window.columns - 1
    var line = head
    for (index, part) in parts.enumerated() {
      let next = line + (index > 0 ? " · " : "") + part
      guard CellWidth.of(next) <= room else { break }
      line = next
    }
    StandardError.write(clearing + Self.cut(line, to: room))
  }

  private var window: (columns: Int, rows: Int) {
    TerminalSize.cells(of: STDERR_FILENO) ?? (80, 24)
  }

  private var clearing: String { isTerminal ? "\r\u{1b}[K" : "" }

  private struct Facts: Encodable {
    let steps: Int
    let pictures: Int
    let seconds: Double
    let loss: Double
    let rate: Float
    let picturesPerSecond: Double
    let share: Double
  }

  private func facts(_ progress: Trainer.Progress) -> Facts {
    Facts(
      steps: progress.steps, pictures: progress.pictures, seconds: progress.seconds,
      loss: progress.loss, rate: progress.rate, picturesPerSecond: progress.picturesPerSecond,
      share: progress.plan.share)
  }
}

import Cells
import Foundation
import Models
import Synchronization
import Terminal

/// One line on standard error that shows a run's progress; nothing if it is not a terminal.
final class ProgressBar: Sendable {
  private struct State {
    var (done, total) = (0, 0)
    /// When the first step began, after everything was read.
    var began = ContinuousClock.now
    /// When the most recent step ended, measured from that moment.
    var elapsed = Duration.zero
    /// When progress inside a step was last shown.
    var said = ContinuousClock.now
  }

  private let isShown = isatty(STDERR_FILENO) == 1
  private let state = Mutex(State())

  /// The shortest time between two updates inside a step.
  private static let interval = Duration.milliseconds(100)

  /// Shows how many of the steps are done: 0 when the first begins.
  func show(_ done: Int, of total: Int) {
    let state = state.withLock { state in
      let now = ContinuousClock.now
      if done == 0 { state.began = now }
      (state.done, state.total, state.elapsed) = (done, total, now - state.began)
      return state
    }
    draw(state, share: 0)
  }

  /// Shows progress inside a step if the step takes long.
  func show(_ moment: RunProgress.Moment) {
    let state: State? = state.withLock { state in
      let now = ContinuousClock.now
      if case .loading = moment, state.done == 0 { state.began = now }
      guard now - state.said >= Self.interval else { return nil }
      state.said = now
      return state
    }
    guard let state else { return }
    switch moment {
    case .loading(let weights):
      let amount = String(
        format: "%.1f of %.1f GB", Double(weights.bytes) / 1e9, Double(weights.total) / 1e9)
      write("reading the \(weights.part.rawValue): \(amount)")
    case .evaluating(let share): if state.total > 0 { draw(state, share: share) }
    }
  }

  func clear() { write("") }

  private func draw(_ state: State, share: Double) {
    let width = 30
    let filled = Int((Double(state.done) + share) * Double(width) / Double(max(1, state.total)))
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    var line = "\(bar) \(state.done)/\(state.total)"
    if state.done > 0 {
      let each = state.elapsed.milliseconds / Double(state.done)
      line += "  \(String(format: "%.1f", each)) ms per step"
    }
    write(line)
  }

  private func write(_ line: String) {
    if isShown { StandardError.write("\r\(line)\u{1b}[K") }
  }
}

/// The terminal window of a stream, standard output by default.
enum TerminalSize {
  /// The number of colours; all colours for a file or a pipe, whose reader is unknown.
  static func colors(of stream: Int32 = STDOUT_FILENO) -> ColorDepth {
    let environment = ProcessInfo.processInfo.environment
    if environment["NO_COLOR"]?.isEmpty == false { return .none }
    guard isatty(stream) == 1 else { return .trueColor }
    return ColorChoice.auto.depth(environment: environment)
  }

  static func columns() -> Int? {
    cells(of: STDOUT_FILENO)?.columns
      ?? ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.flatMap {
        $0 > 0 ? $0 : nil
      }
  }

  /// Columns and rows; `nil` if the stream is not a terminal.
  static func cells(of stream: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }
}

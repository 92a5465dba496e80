import Cells
import Foundation
import Models
import Terminal

/// One line on standard error that says how far a run is; nothing where that is no terminal.
struct ProgressBar: Sendable {
  private let total: Int
  private let isShown: Bool

  init(total: Int) {
    self.total = total
    isShown = isatty(STDERR_FILENO) == 1
  }

  func show(_ done: Int, elapsed: Duration) {
    guard isShown else { return }
    let width = 30
    let filled = done * width / max(1, total)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: width - filled)
    let each = elapsed.milliseconds / Double(max(1, done))
    write("\r\(bar) \(done)/\(total)  \(String(format: "%.1f", each)) ms a step\u{1b}[K")
  }

  func clear() {
    if isShown { write("\r\u{1b}[K") }
  }

  private func write(_ text: String) { StandardError.write(text) }
}

/// The window that a stream is shown in: standard output, where nothing else is said.
enum TerminalSize {
  /// How many colours it has; all of them for a file or a pipe, since nothing is known of who reads it.
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

  /// Columns and rows; `nil` where the stream is no terminal.
  static func cells(of stream: Int32) -> (columns: Int, rows: Int)? {
    var size = winsize()
    guard ioctl(stream, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 else { return nil }
    return (Int(size.ws_col), Int(size.ws_row))
  }
}

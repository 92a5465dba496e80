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

  private func write(_ text: String) { FileHandle.standardError.write(Data(text.utf8)) }
}

/// The window that standard output is shown in.
enum TerminalSize {
  /// How many colours it has; all of them for a file or a pipe, since nothing is known of who reads it.
  static func colors() -> ColorDepth {
    let environment = ProcessInfo.processInfo.environment
    if environment["NO_COLOR"]?.isEmpty == false { return .none }
    guard isatty(STDOUT_FILENO) == 1 else { return .trueColor }
    return ColorChoice.auto.depth(environment: environment)
  }

  static func columns() -> Int? {
    var size = winsize()
    if ioctl(STDOUT_FILENO, UInt(TIOCGWINSZ), &size) == 0, size.ws_col > 0 {
      return Int(size.ws_col)
    }
    return ProcessInfo.processInfo.environment["COLUMNS"].flatMap { Int($0) }.flatMap {
      $0 > 0 ? $0 : nil
    }
  }
}

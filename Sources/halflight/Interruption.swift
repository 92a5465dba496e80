import Dispatch
import Foundation
import Terminal

/// Turns Ctrl-C, a termination request and the loss of the terminal into cancellation, so that work stops inside the
/// network and cleans up.
enum Interruption {
  static func cancelling(_ work: @escaping @Sendable () async throws -> Void) async throws {
    let task = Task { try await work() }
    // Under nohup, work continues after the terminal goes away.
    let hangUp = InheritedSignals.ignore(SIGHUP) ? [] : [SIGHUP]
    let sources = ([SIGINT, SIGTERM] + hangUp).map { source($0, cancelling: task) }
    defer { for source in sources { source.cancel() } }
    try await task.value
  }

  private static func source(
    _ number: Int32, cancelling task: Task<Void, any Error>
  ) -> any DispatchSourceSignal {
    signal(number, SIG_IGN)
    let source = DispatchSource.makeSignalSource(signal: number)
    source.setEventHandler { task.cancel() }
    source.resume()
    return source
  }
}

import Explorer
import Foundation
import Pictures

@testable import Session

/// The events that come of some work, for a test to wait for. Nothing is looked at before there is news, and a test's time
/// limit ends the waiting.
@MainActor
final class Events {
  /// A run that came to nothing, and why.
  struct FailedRun: Error {
    let message: String
  }

  /// All events so far.
  private(set) var all: [ExplorerEvent] = []

  private let news: AsyncStream<Void>
  private let wake: @Sendable () -> Void
  private var take: @MainActor () -> [ExplorerEvent] = { [] }

  init() {
    // Several wakings before a look are as good as one.
    let (stream, continuation) = AsyncStream<Void>.makeStream(bufferingPolicy: .bufferingNewest(1))
    news = stream
    wake = { continuation.yield() }
  }

  /// A mailbox that collects into these events.
  func mailbox() -> Mailbox {
    let mailbox = Mailbox(wake: wake)
    take = { mailbox.drain() }
    return mailbox
  }

  /// A session that posts these events.
  func session(_ model: ModelRequest, folder: URL) -> ExploreSession {
    let session = ExploreSession(
      model: model, folder: folder, colors: .trueColor, version: "1.2.3", wake: wake)
    take = {
      var new: [ExplorerEvent] = []
      session.deliver { new.append($0) }
      return new
    }
    return session
  }

  /// Reads the events so far.
  func look() { all += take() }

  /// The first event that `read` accepts, waiting for it if necessary.
  @discardableResult
  func first<Value>(_ read: (ExplorerEvent) throws -> Value?) async throws -> Value {
    while true {
      look()
      for event in all {
        if let value = try read(event) { return value }
      }
      for await _ in news { break }
      try Task.checkCancellation()
    }
  }

  /// The frames of a run so far.
  func frames(of run: Int) -> [Frame] {
    all.compactMap { event -> Frame? in
      guard case .frame(run, let frame) = event else { return nil }
      return frame
    }
  }

  /// Waits until a run has its first frame.
  func begun(_ run: Int) async throws {
    try await first { event -> Bool? in
      if case .runFailed(run, let message) = event { throw FailedRun(message: message) }
      guard case .frame(run, _) = event else { return nil }
      return true
    }
  }

  /// Waits until a run has finished its picture.
  func finished(_ run: Int) async throws -> Picture {
    try await first { event -> Picture? in
      if case .runFailed(run, let message) = event { throw FailedRun(message: message) }
      guard case .frame(run, let frame) = event else { return nil }
      return frame.finished
    }
  }

  /// Waits for the last answer to a study.
  func answer(to study: Study) async throws -> Finding {
    try await first { event -> Finding? in
      guard case .studied(study, let finding) = event, finding.isWhole else { return nil }
      return finding
    }
  }
}

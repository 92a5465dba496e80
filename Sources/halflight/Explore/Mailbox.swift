import Explorer
import Synchronization

/// What waits for the interface: events of runs, in their order.
final class Mailbox: Sendable {
  private let events = Mutex<[ExplorerEvent]>([])
  private let wake: @Sendable () -> Void

  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func post(_ event: ExplorerEvent) {
    events.withLock { $0.append(event) }
    wake()
  }

  func drain() -> [ExplorerEvent] {
    events.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}

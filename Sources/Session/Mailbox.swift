import Explorer
import Synchronization

/// Events waiting for the interface, in the order in which they were posted. Any task may post one.
final class Mailbox: Sendable {
  private let events = Mutex<[ExplorerEvent]>([])
  private let wake: @Sendable () -> Void

  /// An empty mailbox.
  ///
  /// - Parameter wake: Called after each event on the task that posted it.
  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func post(_ event: ExplorerEvent) {
    events.withLock { $0.append(event) }
    wake()
  }

  /// Removes and returns all waiting events.
  func drain() -> [ExplorerEvent] {
    events.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}

/// One job's access to the mailbox. Once it is closed, the job can post nothing more.
///
/// Cancelling the task would not be enough: it could still post something between its last check for cancellation and
/// its end.
final class Outbox: Sendable {
  private let mailbox: Mailbox
  private let isOpen = Mutex(true)

  init(_ mailbox: Mailbox) { self.mailbox = mailbox }

  func post(_ event: ExplorerEvent) {
    isOpen.withLock { isOpen in
      if isOpen { mailbox.post(event) }
    }
  }

  func close() { isOpen.withLock { $0 = false } }
}

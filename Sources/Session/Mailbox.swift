import Explorer
import Synchronization

/// Events that wait for the interface, in the order in which they were posted. Any task may post one.
final class Mailbox: Sendable {
  private let events = Mutex<[ExplorerEvent]>([])
  private let wake: @Sendable () -> Void

  /// An empty mailbox.
  ///
  /// - Parameter wake: Called after each event, on the task that posted it.
  init(wake: @escaping @Sendable () -> Void) { self.wake = wake }

  func post(_ event: ExplorerEvent) {
    events.withLock { $0.append(event) }
    wake()
  }

  /// Takes out all events that wait.
  func drain() -> [ExplorerEvent] {
    events.withLock { waiting in
      defer { waiting = [] }
      return waiting
    }
  }
}

/// One job's access to the mailbox: once it is closed, the job can post nothing more.
///
/// Cancelling a task alone would leave a gap, between the moment when it last looks whether it is cancelled and the one
/// when it posts.
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

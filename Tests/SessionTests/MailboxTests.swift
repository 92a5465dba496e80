import Explorer
import Synchronization
import Testing

@testable import Session

@Suite struct MailboxTests {
  @Test func eventsKeepTheirOrderAndComeOnce() {
    let calls = Mutex(0)
    let mailbox = Mailbox(wake: { calls.withLock { $0 += 1 } })
    #expect(mailbox.drain().isEmpty)
    for number in 0..<3 { mailbox.post(.noticed("\(number)")) }
    #expect(calls.withLock { $0 } == 3)
    #expect(mailbox.drain() == [.noticed("0"), .noticed("1"), .noticed("2")])
    #expect(mailbox.drain().isEmpty)
  }

  /// At any point of a job, nothing of it arrives once its access is closed, and others are not delayed.
  @Test func nothingComesOutOfAClosedOutbox() {
    let mailbox = Mailbox(wake: {})
    let (one, other) = (Outbox(mailbox), Outbox(mailbox))
    one.post(.noticed("before"))
    one.close()
    one.post(.noticed("after"))
    other.post(.noticed("other"))
    #expect(mailbox.drain() == [.noticed("before"), .noticed("other")])
  }
}

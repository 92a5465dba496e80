import Foundation
import Testing

@testable import Remote

@Suite struct RetryPolicyTests {
  private let policy = RetryPolicy(
    retries: 4, firstDelay: .seconds(1), longestDelay: .seconds(5))

  private func delay(_ number: Int, _ kind: RemoteError.Kind, chance: Double = 0) -> Duration? {
    policy.delay(
      beforeRetry: number, after: RemoteError(kind, server: "host"), chance: chance)
  }

  @Test func delaysDouble() {
    let delays = (1...5).map { delay($0, .notReady) }
    #expect(delays == [.seconds(1), .seconds(2), .seconds(4), .seconds(5), nil])
    #expect(delay(1, .notReady, chance: 1) == .milliseconds(1250))
    #expect(
      RetryPolicy(retries: 0).delay(
        beforeRetry: 1, after: RemoteError(.notReady, server: ""), chance: 0) == nil)
    #expect(
      RetryPolicy(retries: .max).delay(
        beforeRetry: 5000, after: RemoteError(.notReady, server: ""), chance: 0) == .seconds(30))
  }

  @Test func theServersWishComesFirst() {
    #expect(delay(1, .busy(status: 503, retryAfter: .seconds(3))) == .seconds(3))
    #expect(delay(1, .busy(status: 429, retryAfter: .zero)) == .zero)
    #expect(delay(1, .busy(status: 503, retryAfter: .seconds(6))) == nil)
    #expect(delay(2, .busy(status: 503, retryAfter: nil)) == .seconds(2))
  }

  @Test func whatLastsIsNotTriedAgain() {
    for kind: RemoteError.Kind in [
      .forbidden, .unauthorised(hadToken: true), .certificate(reason: ""), .tooLong,
      .noModel("m", others: []), .timedOut(wasConnected: true, limit: .seconds(1)),
      .notFinite(model: "m", output: "o"), .redirected(status: 301),
    ] { #expect(delay(1, kind) == nil) }
    #expect(delay(1, .timedOut(wasConnected: false, limit: .seconds(1))) != nil)
  }

  @Test func retryAfterIsSecondsOrADate() {
    let now = Date(timeIntervalSince1970: 1_445_412_470)
    #expect(RetryPolicy.retryAfter("12", now: now) == .seconds(12))
    #expect(RetryPolicy.retryAfter("Wed, 21 Oct 2015 07:28:00 GMT", now: now) == .seconds(10))
    #expect(RetryPolicy.retryAfter("Wed, 21 Oct 2015 07:27:00 GMT", now: now) == .zero)
    for text in ["", "soon", "-3", "99999999999", "Wed, 99 Oct 2015 07:28:00 GMT"] {
      #expect(RetryPolicy.retryAfter(text, now: now) == nil)
    }
  }
}

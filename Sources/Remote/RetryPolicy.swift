import Foundation

/// When to repeat a failed request.
///
/// The first retry comes after ``firstDelay``, and each later one after twice the previous delay, up to
/// ``longestDelay``. If the server says how long to wait (`Retry-After`), that time is used instead. Each delay is
/// lengthened by up to a quarter at random, so that many clients do not try again at the same moment.
package struct RetryPolicy: Sendable, Hashable {
  /// The maximum number of retries; 0 for none.
  package var retries: Int
  /// The delay before the first one.
  package var firstDelay: Duration
  /// The longest delay between two tries. If a server requires a longer one, there is no retry.
  package var longestDelay: Duration

  package init(
    retries: Int = 5, firstDelay: Duration = .milliseconds(500),
    longestDelay: Duration = .seconds(30)
  ) {
    (self.retries, self.firstDelay, self.longestDelay) = (retries, firstDelay, longestDelay)
  }

  /// How long to wait before a retry; `nil` if there is none.
  ///
  /// - Parameters:
  ///   - number: 1 for the first retry.
  ///   - error: Why the request failed.
  ///   - chance: A random number, 0 to 1.
  package func delay(
    beforeRetry number: Int, after error: RemoteError, chance: Double
  ) -> Duration? {
    guard error.isTemporary, number >= 1, number <= retries else { return nil }
    if case .busy(_, let wanted?) = error.kind {
      return wanted <= longestDelay ? wanted * (1 + chance / 4) : nil
    }
    let growth = Double(sign: .plus, exponent: min(number - 1, 30), significand: 1)
    return min(firstDelay * growth, longestDelay) * (1 + chance / 4)
  }

  /// The delay in a `Retry-After` header (RFC 9110, 10.2.3): seconds, or a date; `nil` if it is neither.
  package static func retryAfter(_ text: String, now: Date = Date()) -> Duration? {
    if let seconds = UInt32(text) { return .seconds(Int64(seconds)) }
    let format = DateFormatter()
    format.locale = Locale(identifier: "en_US_POSIX")
    format.timeZone = TimeZone(identifier: "GMT")
    format.dateFormat = "EEE, dd MMM yyyy HH:mm:ss zzz"
    guard let date = format.date(from: text) else { return nil }
    let seconds = date.timeIntervalSince(now)
    return seconds < 1e9 ? .seconds(max(0, seconds)) : nil
  }
}

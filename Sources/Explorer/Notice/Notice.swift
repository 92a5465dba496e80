/// What has to be said, until the next key.
struct Notice: Sendable, Hashable {
  private(set) var text: String?
  /// Whether it says what went wrong.
  private(set) var isWarning = false

  mutating func say(_ text: String) { (self.text, isWarning) = (text, false) }

  /// Says what went wrong. It may quote a file at length, so it is cut.
  mutating func warn(_ text: String) {
    (self.text, isWarning) = (text.count > 500 ? text.prefix(500) + "…" : text, true)
  }

  mutating func clear() { text = nil }
}

/// The message shown until the next key.
struct Notice: Sendable, Hashable {
  private(set) var text: String?
  /// Whether it reports an error.
  private(set) var isWarning = false

  mutating func say(_ text: String) { (self.text, isWarning) = (text, false) }

  /// Shows an error. It may quote a file at length, so it is cut.
  mutating func warn(_ text: String) {
    (self.text, isWarning) = (text.count > 500 ? text.prefix(500) + "…" : text, true)
  }

  /// Adds a remark after the message that is already shown.
  mutating func add(_ text: String) {
    if let before = self.text { self.text = "\(before); \(text)" } else { say(text) }
  }

  mutating func clear() { text = nil }
}

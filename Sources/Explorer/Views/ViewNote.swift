import Foundation

// Reads a view's note from a saved picture.

extension String {
  /// The number after a word of a note; `nil` if there is none.
  func number(after word: String) -> Double? {
    guard let found = range(of: word + " ") else { return nil }
    return Double(self[found.upperBound...].prefix { $0.isNumber || $0 == "." || $0 == "-" })
  }

  /// The whole number after a word of a note; `nil` if there is none.
  func integer(after word: String) -> Int? {
    number(after: word).flatMap { Int(exactly: $0.rounded()) }
  }

  /// The text between two marks of a note; `nil` if they are missing.
  func text(from start: String, to end: String) -> String? {
    guard let first = range(of: start),
      let last = range(of: end, range: first.upperBound..<endIndex)
    else { return nil }
    return String(self[first.upperBound..<last.lowerBound])
  }
}

/// A number being typed into a field, until it is applied.
struct NumberEntry: Sendable, Hashable {
  /// The typed text; `nil` while nothing is being typed.
  private(set) var text: String?

  /// The effect of a key in a number field.
  enum Key: Sendable, Hashable {
    /// It was typed.
    case typed
    /// A character that cannot be part of a number.
    case other(Character)
  }

  /// Types a key into the number of a field; `nil` for a key that types nothing.
  ///
  /// - Parameter shown: The displayed value while nothing is being typed.
  mutating func type(_ key: ExplorerKey, in focus: Focus, shown: String) -> Key? {
    switch key {
    case .character(let c)
    where c.isASCII && (c.isNumber || (c == "." && (focus == .guidance || focus == .strength))):
      let longer = (text ?? "") + String(c)
      if longer.count <= 20 { text = longer }
    case .character(let c): return .other(c)
    case .backspace, .control("h"): text = String((text ?? shown).dropLast())
    case .control("u"), .control("w"): text = ""
    default: return nil
    }
    return .typed
  }

  mutating func end() { text = nil }

  /// Why the number is invalid.
  func problem(in focus: Focus) -> String? {
    guard let text else { return nil }
    switch focus {
    case .seed: return UInt64(text) == nil ? "the seed must be 0 to 18446744073709551615" : nil
    case .steps:
      return (1...1000).contains(Int(text) ?? 0) ? nil : "the number of steps must be 1 to 1000"
    case .guidance:
      return (0...100).contains(Float(text) ?? -1) ? nil : "guidance must be 0 to 100"
    case .strength:
      let strength = Double(text) ?? 0
      return strength > 0 && strength <= 1 ? nil : "strength must be greater than 0 and at most 1"
    default: return nil
    }
  }

  /// The same, but only if it is worth reporting while the user types: an empty field and the beginning of a fraction
  /// may still become valid numbers.
  func warning(in focus: Focus) -> String? {
    guard let text, let problem = problem(in: focus),
      Float(text) ?? 0 > 0 || focus != .strength && !text.isEmpty && text != "."
    else { return nil }
    return problem
  }
}

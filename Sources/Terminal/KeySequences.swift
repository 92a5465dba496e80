/// The keys of xterm's control sequences and similar ones.
enum KeySequences {
  /// `ESC O letter`: the arrows in application mode, and F1 to F4.
  static let singleShift: [UInt8: Key] = [
    UInt8(ascii: "A"): .up, UInt8(ascii: "B"): .down, UInt8(ascii: "C"): .right,
    UInt8(ascii: "D"): .left, UInt8(ascii: "H"): .home, UInt8(ascii: "F"): .end,
    UInt8(ascii: "M"): .enter, UInt8(ascii: "P"): .function(1), UInt8(ascii: "Q"): .function(2),
    UInt8(ascii: "R"): .function(3), UInt8(ascii: "S"): .function(4),
  ]

  /// Numbers separated by semicolons; a missing or invalid number is 0. Sub-parameters are dropped.
  static func numbers(_ parameters: ArraySlice<UInt8>) -> [Int] {
    parameters.split(separator: UInt8(ascii: ";"), omittingEmptySubsequences: false).map { field in
      field.prefix { $0 != UInt8(ascii: ":") }.reduce(0) { number, byte in
        (0x30...0x39).contains(byte) ? min(number * 10 + Int(byte) - 0x30, 1_000_000) : number
      }
    }
  }

  /// The key of `ESC [ numbers final`.
  static func key(_ numbers: [Int], final: UInt8) -> Key? {
    // The second number is 1 plus a bit set: 1 Shift, 2 Alt, 4 Control.
    let modifiers = max(0, (numbers.count > 1 ? numbers[1] : 1) - 1)
    switch final {
    case UInt8(ascii: "Z"): return .backTab
    case UInt8(ascii: "~"): return numbers.first.flatMap { numbered[$0] }
    case UInt8(ascii: "u"): return unicode(numbers.first ?? 0, modifiers: modifiers)
    // rxvt's Shift with arrows.
    case UInt8(ascii: "a"): return .shiftUp
    case UInt8(ascii: "b"): return .shiftDown
    case UInt8(ascii: "c"): return numbers.allSatisfy { $0 == 0 } ? .shiftRight : nil
    case UInt8(ascii: "d"): return .shiftLeft
    default:
      guard final != UInt8(ascii: "M"), let key = singleShift[final] else { return nil }
      // `ESC [ row ; column R` reports the cursor's position; F3 is `ESC [ 1 ; n R`.
      if final == UInt8(ascii: "R"), numbers.count > 1, numbers[0] != 1 { return nil }
      return modified(key, modifiers)
    }
  }

  private static let numbered: [Int: Key] = [
    1: .home, 2: .insert, 3: .delete, 4: .end, 5: .pageUp, 6: .pageDown, 7: .home, 8: .end,
    11: .function(1), 12: .function(2), 13: .function(3), 14: .function(4), 15: .function(5),
    17: .function(6), 18: .function(7), 19: .function(8), 20: .function(9), 21: .function(10),
    23: .function(11), 24: .function(12),
  ]

  private static func modified(_ key: Key, _ modifiers: Int) -> Key {
    switch (key, modifiers & 7) {
    case (.up, 1): .shiftUp
    case (.down, 1): .shiftDown
    case (.left, 1): .shiftLeft
    case (.right, 1): .shiftRight
    case (.home, 1): .shiftHome
    case (.end, 1): .shiftEnd
    case (.up, 2), (.up, 3): .altUp
    case (.down, 2), (.down, 3): .altDown
    case (.left, 2), (.left, 3): .altLeft
    case (.right, 2), (.right, 3): .altRight
    case (.up, 4...): .controlUp
    case (.down, 4...): .controlDown
    case (.left, 4...): .controlLeft
    case (.right, 4...): .controlRight
    default: key
    }
  }

  /// `ESC [ scalar ; modifiers u`: keys in xterm's modifyOtherKeys and kitty's protocol.
  private static func unicode(_ scalar: Int, modifiers: Int) -> Key? {
    switch scalar {
    case 9: return modifiers & 1 == 1 ? .backTab : .tab
    case 13: return modifiers & 2 == 2 ? .altEnter : .enter
    case 27: return .escape
    case 127: return modifiers & 2 == 2 ? .altBackspace : .backspace
    default: break
    }
    guard scalar >= 32, let value = UnicodeScalar(UInt32(scalar)),
      value.properties.generalCategory != .control
    else { return nil }
    let character = Character(value)
    if modifiers & 4 == 4 { return .control(character) }
    return modifiers & 2 == 2 ? .alt(character) : .character(character)
  }
}

/// The mouse in xterm's mode 1006: `ESC [ < code ; column ; row M`, or `m` for a release.
enum MouseSequence {
  static func event(_ parameters: ArraySlice<UInt8>, final: UInt8) -> TerminalEvent? {
    let numbers = KeySequences.numbers(parameters)
    guard numbers.count == 3, numbers[1] > 0, numbers[2] > 0 else { return nil }
    let isRelease = final == UInt8(ascii: "m")
    guard isRelease || final == UInt8(ascii: "M") else { return nil }
    let (code, x, y) = (numbers[0], numbers[1] - 1, numbers[2] - 1)
    let button = code & 3
    if code & 64 != 0 {
      guard !isRelease, button < 2 else { return nil }
      return .mouse(button == 0 ? .scrollUp : .scrollDown, x: x, y: y)
    }
    guard code & 128 == 0, button < 3 else { return nil }
    if isRelease { return .mouse(.release(button), x: x, y: y) }
    return .mouse(code & 32 != 0 ? .drag(button) : .press(button), x: x, y: y)
  }
}

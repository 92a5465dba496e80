/// A key press.
public enum Key: Sendable, Hashable {
  /// Text.
  case character(Character)
  /// A letter, or one of `@[\]^_`, with Control; letters are in lower case.
  case control(Character)
  /// A character with Alt.
  case alt(Character)
  case up, down, left, right
  case shiftUp, shiftDown, shiftLeft, shiftRight
  case controlUp, controlDown, controlLeft, controlRight
  case altUp, altDown, altLeft, altRight
  case home, end, shiftHome, shiftEnd, pageUp, pageDown
  case enter, tab, backTab, backspace, delete, insert, escape
  /// Alt and the enter key.
  case altEnter
  /// Alt and the backspace key.
  case altBackspace
  /// F1 is `function(1)`.
  case function(Int)
}

/// A mouse event.
public enum MouseKind: Sendable, Hashable {
  /// A button went down: 0 left, 1 middle, 2 right.
  case press(Int)
  /// A button went up.
  case release(Int)
  /// The mouse moved with a button held.
  case drag(Int)
  case scrollUp, scrollDown
}

/// An event from a terminal.
public enum TerminalEvent: Sendable, Hashable {
  /// A key was pressed.
  case key(Key)
  /// Text was pasted; line endings are `\n`.
  case paste(String)
  /// A mouse event at a cell, counted from 0.
  case mouse(MouseKind, x: Int, y: Int)
  /// The terminal has a new size.
  case resize(width: Int, height: Int)
  /// The terminal's background, as requested; 0 to 1.
  case background(red: Double, green: Double, blue: Double)
  /// The terminal can show pictures as pixels.
  case pixelsAvailable
  /// The terminal disappeared: its input has ended.
  case closed
}

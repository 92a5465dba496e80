import Explorer
import Terminal

extension ExplorerEvent {
  /// Converts terminal input into explorer events; `nil` for input without a meaning there.
  init?(_ input: TerminalEvent) {
    switch input {
    case .key(let key):
      guard let key = ExplorerKey(key) else { return nil }
      self = .key(key)
    case .paste(let text): self = .paste(text)
    case .resize(let width, let height): self = .resized(width: width, height: height)
    case .background(let red, let green, let blue):
      self = .background(isLight: 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.5)
    case .pixelsAvailable: self = .pixelsAvailable
    case .mouse(let kind, let x, let y):
      switch kind {
      case .press: self = .mouse(MouseEvent(.press, x: x, y: y))
      case .release: self = .mouse(MouseEvent(.release, x: x, y: y))
      case .drag: self = .mouse(MouseEvent(.drag, x: x, y: y))
      case .scrollUp: self = .mouse(MouseEvent(.wheelUp, x: x, y: y))
      case .scrollDown: self = .mouse(MouseEvent(.wheelDown, x: x, y: y))
      }
    case .closed: return nil
    }
  }
}

extension ExplorerKey {
  init?(_ key: Terminal.Key) {
    switch key {
    case .character(let character): self = .character(character)
    case .control(let character): self = .control(character)
    case .alt(let character): self = .alt(character)
    case .up, .shiftUp: self = .up
    case .down, .shiftDown: self = .down
    case .left: self = .left
    case .right: self = .right
    case .shiftLeft: self = .shiftLeft
    case .shiftRight: self = .shiftRight
    case .controlLeft, .altLeft: self = .alt("b")
    case .controlRight, .altRight: self = .alt("f")
    case .altBackspace: self = .control("w")
    case .home: self = .home
    case .end: self = .end
    case .shiftHome: self = .shiftHome
    case .shiftEnd: self = .shiftEnd
    case .pageUp: self = .pageUp
    case .pageDown: self = .pageDown
    case .enter: self = .enter
    case .altEnter: self = .altEnter
    case .tab: self = .tab
    case .backTab: self = .backTab
    case .backspace: self = .backspace
    case .delete: self = .delete
    case .escape: self = .escape
    case .insert, .function, .controlUp, .controlDown, .altUp, .altDown: return nil
    }
  }
}

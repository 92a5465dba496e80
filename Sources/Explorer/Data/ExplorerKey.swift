/// A key, as the terminal reports it.
public enum ExplorerKey: Sendable, Hashable {
  case character(Character)
  case control(Character)
  case alt(Character)
  case up, down, left, right
  case shiftLeft, shiftRight
  case home, end, shiftHome, shiftEnd, pageUp, pageDown
  case enter, altEnter, tab, backTab, backspace, delete, escape
}

extension ExplorerKey {
  /// The names of the keys that are not characters; the first is the one displayed.
  private static let names: [(key: ExplorerKey, names: [String])] = [
    (.up, ["↑", "up"]), (.down, ["↓", "down"]), (.left, ["←", "left"]), (.right, ["→", "right"]),
    (.shiftLeft, ["shift-←", "shift-left"]), (.shiftRight, ["shift-→", "shift-right"]),
    (.home, ["home"]), (.end, ["end"]), (.shiftHome, ["shift-home"]), (.shiftEnd, ["shift-end"]),
    (.pageUp, ["pgup", "pageup"]), (.pageDown, ["pgdn", "pagedown"]), (.enter, ["enter"]),
    (.altEnter, ["alt-enter"]), (.tab, ["tab"]), (.backTab, ["shift-tab"]),
    (.backspace, ["backspace"]), (.delete, ["del", "delete"]), (.escape, ["esc", "escape"]),
    (.character(" "), ["space"]),
  ]

  /// The key in its usual notation, such as `ctrl-k`, `alt-x`, `space` or `S`.
  public var name: String {
    if let named = ExplorerKey.names.first(where: { $0.key == self }) { return named.names[0] }
    switch self {
    case .character(let character): return String(character)
    case .control(let character): return "ctrl-\(character)"
    case .alt(let character): return "alt-\(character)"
    default: return "?"
    }
  }

  /// The key with a name; `nil` if there is none.
  public init?(name: String) {
    if let named = ExplorerKey.names.first(where: { $0.names.contains(name.lowercased()) }) {
      self = named.key
      return
    }
    func last(after prefix: String) -> Character? {
      guard name.lowercased().hasPrefix(prefix), name.count == prefix.count + 1 else { return nil }
      return name.last
    }
    if let character = last(after: "ctrl-") {
      self = .control(Character(character.lowercased()))
    } else if let character = last(after: "alt-") {
      self = .alt(character)
    } else if name.count == 1, let character = name.first, !character.isWhitespace {
      self = .character(character)
    } else {
      return nil
    }
  }
}

/// A mouse event in a cell.
public struct MouseEvent: Sendable, Hashable {
  /// The kind of event.
  public enum Kind: Sendable, Hashable {
    case press, drag, release, wheelUp, wheelDown
  }

  /// The kind of event.
  public var kind: Kind
  /// The cell's column.
  public var x: Int
  /// The cell's row.
  public var y: Int

  /// A mouse event in a cell.
  public init(_ kind: Kind, x: Int, y: Int) {
    self.kind = kind
    self.x = x
    self.y = y
  }
}

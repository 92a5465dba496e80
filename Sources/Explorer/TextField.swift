import Cells

/// A line of text being edited, with the keys of emacs.
public struct TextField: Sendable, Hashable {
  /// The characters; a grapheme is one.
  public private(set) var characters: [Character]
  /// The character the caret stands before.
  public private(set) var caret: Int
  private var killed: [Character] = []

  /// A field with this text, the caret at its end.
  public init(_ text: String = "") {
    characters = Array(text)
    caret = characters.count
  }

  /// The text.
  public var text: String { String(characters) }

  /// Puts text in at the caret; line breaks become spaces and control characters vanish.
  public mutating func insert(_ text: String) {
    let clean = text.flatMap { character -> [Character] in
      if character.isNewline || character == "\t" { return [" "] }
      let isControl = character.unicodeScalars.contains {
        $0.properties.generalCategory == .control
      }
      return isControl ? [] : [character]
    }
    let joined = String(characters[..<caret]) + String(clean)
    let after = characters[caret...]
    // A combining mark joins the character before it, which may change their number.
    characters = Array(joined)
    caret = characters.count
    characters += after
  }

  /// Handles an editing key.
  ///
  /// - Returns: Whether the key meant anything here.
  public mutating func edit(_ key: ExplorerKey) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    case .left, .control("b"): caret = max(0, caret - 1)
    case .right, .control("f"): caret = min(characters.count, caret + 1)
    case .home, .control("a"): caret = 0
    case .end, .control("e"): caret = characters.count
    case .alt("b"): caret = wordStart()
    case .alt("f"): caret = wordEnd()
    case .backspace, .control("h"): remove(max(0, caret - 1)..<caret)
    case .delete, .control("d"): remove(caret..<min(characters.count, caret + 1))
    case .control("k"): kill(caret..<characters.count)
    case .control("u"): kill(0..<caret)
    case .control("w"): kill(wordStart()..<caret)
    case .alt("d"): kill(caret..<wordEnd())
    case .control("y"): insert(String(killed))
    default: return false
    }
    return true
  }

  private mutating func remove(_ range: Range<Int>) {
    characters.removeSubrange(range)
    caret = range.lowerBound
  }

  private mutating func kill(_ range: Range<Int>) {
    if !range.isEmpty { killed = Array(characters[range]) }
    remove(range)
  }

  private func wordStart() -> Int {
    var place = caret
    while place > 0, characters[place - 1].isWhitespace { place -= 1 }
    while place > 0, !characters[place - 1].isWhitespace { place -= 1 }
    return place
  }

  private func wordEnd() -> Int {
    var place = caret
    while place < characters.count, characters[place].isWhitespace { place += 1 }
    while place < characters.count, !characters[place].isWhitespace { place += 1 }
    return place
  }

  /// The first character to show where `columns` are free, so that the caret is seen.
  func firstShown(columns: Int) -> Int {
    var first = caret
    var used = 1
    while first > 0 {
      used += CellWidth.of(characters[first - 1])
      if used > columns { break }
      first -= 1
    }
    return first
  }
}

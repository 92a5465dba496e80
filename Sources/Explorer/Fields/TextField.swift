import Cells

/// A line of text being edited, with Emacs keys and a selection.
///
/// It contains at most ``limit`` characters, so that every key responds immediately even after a long paste.
public struct TextField: Sendable, Hashable {
  /// The maximum number of characters in a text; no model reads so many.
  public static let limit = 4000

  /// The characters; each is one grapheme.
  public private(set) var characters: [Character]
  /// The index of the character after the caret.
  public private(set) var caret: Int
  /// Where the selection starts; it extends to the caret.
  private var anchor: Int?
  private var killed: [Character] = []
  /// Earlier versions of the text, for undo.
  private var past: [[Character]] = []

  /// A field with this text and the caret at its end.
  public init(_ text: String = "") {
    characters = TextField.clean(text)
    caret = characters.count
  }

  /// The text.
  public var text: String { String(characters) }

  /// The range of the selected characters, if any.
  public var selection: Range<Int>? {
    guard let anchor, anchor != caret else { return nil }
    return min(anchor, caret)..<max(anchor, caret)
  }

  /// Inserts text at the caret, replacing the selection; line breaks become spaces and control characters are removed.
  ///
  /// - Returns: Whether the whole text fitted.
  @discardableResult
  public mutating func insert(_ text: String) -> Bool {
    note()
    if let selection { remove(selection) }
    let added = TextField.clean(text, limit: TextField.limit - characters.count + 1)
    let room = max(0, TextField.limit - characters.count)
    let joined = String(characters[..<caret]) + String(added.prefix(room))
    let after = characters[caret...]
    // A combining mark joins the previous character, which may change the number of characters.
    characters = Array(joined)
    caret = characters.count
    characters += after
    anchor = nil
    return added.count <= room
  }

  /// Replaces the text and moves the caret to its end; the change can be undone.
  public mutating func replace(with text: String) {
    note()
    characters = TextField.clean(text)
    (caret, anchor) = (characters.count, nil)
  }

  /// Moves the caret before a character; with `selecting`, extends the selection to it.
  public mutating func move(to place: Int, selecting: Bool = false) {
    if selecting { anchor = anchor ?? caret } else { anchor = nil }
    caret = max(0, min(characters.count, place))
  }

  /// Selects the whole text, so that typing replaces it.
  public mutating func selectAll() { (anchor, caret) = (0, characters.count) }

  /// Whether the text is not empty and is fully selected.
  public var isAllSelected: Bool { selection == 0..<characters.count }

  /// Clears the selection; the caret stays.
  public mutating func deselect() { anchor = nil }

  private static func clean(_ text: String, limit: Int = limit) -> [Character] {
    let shown = text.lazy.compactMap { character -> Character? in
      if character.isNewline || character == "\t" { return " " }
      let isControl = character.unicodeScalars.contains {
        $0.properties.generalCategory == .control
      }
      if isControl { return nil }
      // A letter with an endless series of marks is not text.
      let scalars = character.unicodeScalars
      return scalars.count <= 16 ? character : Character(scalars.first ?? " ")
    }
    return Array(shown.prefix(max(0, limit)))
  }

  /// Handles an editing key.
  ///
  /// - Returns: Whether the key has a meaning here.
  public mutating func edit(_ key: ExplorerKey) -> Bool {
    switch key {
    case .character(let character): insert(String(character))
    case .left, .control("b"): move(to: selection?.lowerBound ?? caret - 1)
    case .right, .control("f"): move(to: selection?.upperBound ?? caret + 1)
    case .home, .control("a"): move(to: 0)
    case .end, .control("e"): move(to: characters.count)
    case .shiftLeft: move(to: caret - 1, selecting: true)
    case .shiftRight: move(to: caret + 1, selecting: true)
    case .shiftHome: move(to: 0, selecting: true)
    case .shiftEnd: move(to: characters.count, selecting: true)
    case .alt("a"):
      move(to: 0)
      move(to: characters.count, selecting: true)
    case .alt("b"): move(to: wordStart())
    case .alt("f"): move(to: wordEnd())
    case .backspace, .control("h"): cut(selection ?? max(0, caret - 1)..<caret)
    case .delete, .control("d"): cut(selection ?? caret..<min(characters.count, caret + 1))
    case .control("k"): kill(selection ?? caret..<characters.count)
    case .control("u"): kill(selection ?? 0..<caret)
    case .control("w"): kill(selection ?? wordStart()..<caret)
    case .alt("d"): kill(caret..<wordEnd())
    case .alt("w"): if let selection { killed = Array(characters[selection]) }
    case .control("y"): if !killed.isEmpty { insert(String(killed)) }
    case .control("_"): undo()
    default: return false
    }
    return true
  }

  private mutating func cut(_ range: Range<Int>) {
    // Without a change there is nothing to undo.
    guard !range.isEmpty else { return }
    note()
    remove(range)
  }

  private mutating func kill(_ range: Range<Int>) {
    if !range.isEmpty { killed = Array(characters[range]) }
    cut(range)
  }

  private mutating func remove(_ range: Range<Int>) {
    characters.removeSubrange(range)
    (caret, anchor) = (range.lowerBound, nil)
  }

  /// Records the current text for undo.
  private mutating func note() {
    guard past.last != characters else { return }
    past.append(characters)
    if past.count > 100 { past.removeFirst() }
  }

  private mutating func undo() {
    guard let text = past.popLast() else { return }
    characters = text
    (caret, anchor) = (characters.count, nil)
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

  /// The first character to show in `columns` columns, so that the caret is visible.
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

  /// The character at a column, counted from 0, of the `columns` shown; the text's end for a column after the text.
  func place(atColumn column: Int, of columns: Int) -> Int {
    var x = 0
    for index in firstShown(columns: columns)..<characters.count {
      x += CellWidth.of(characters[index])
      if column < x { return index }
    }
    return characters.count
  }
}

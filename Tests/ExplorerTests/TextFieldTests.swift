import Explorer
import Testing

/// Editing a line of text.
@Suite struct TextFieldTests {
  @Test func emacsKeys() {
    var field = TextField("one two three")
    func press(_ keys: ExplorerKey...) { for key in keys { _ = field.edit(key) } }
    press(.control("w"))
    #expect(field.text == "one two ")
    press(.control("a"), .control("d"), .alt("f"), .control("k"))
    #expect(field.text == "ne")
    press(.control("y"))
    #expect(field.text == "ne two ")
    press(.alt("b"), .backspace, .character("-"))
    #expect(field.text == "ne-two ")
    press(.control("e"), .control("u"))
    #expect(field.text.isEmpty)
    let meantSomething = field.edit(.tab)
    #expect(!meantSomething)
  }

  @Test func whatIsSelectedIsReplacedOrKept() {
    var field = TextField("a red apple")
    func press(_ keys: ExplorerKey...) { for key in keys { _ = field.edit(key) } }
    field.selectAll()
    #expect(field.isAllSelected && field.selection == 0..<11)
    press(.left)
    #expect(field.selection == nil && field.text == "a red apple")
    for key in [ExplorerKey.backspace, .delete, .control("k"), .control("u"), .control("w")] {
      field.replace(with: "a red apple")
      field.selectAll()
      press(key)
      #expect(field.text.isEmpty, "\(key)")
    }
    field.replace(with: "a red apple")
    field.selectAll()
    press(.character("x"))
    #expect(field.text == "x")
    #expect(!TextField().isAllSelected)
  }

  /// Changes are undone one after the other, as far as they are kept.
  @Test func changesAreUndone() {
    var field = TextField("a fish")
    field.selectAll()
    _ = field.edit(.character("b"))
    _ = field.edit(.control("_"))
    #expect(field.text == "a fish" && field.caret == 6)
    for _ in 0..<300 { _ = field.edit(.character("x")) }
    for _ in 0..<400 { _ = field.edit(.control("_")) }
    #expect(field.text == "a fish" + String(repeating: "x", count: 200))
  }

  @Test func graphemesStayWhole() {
    var field = TextField("e")
    field.insert("\u{301}")
    #expect(field.characters.count == 1)
    #expect(field.caret == 1)
    field.insert("👩‍👩‍👧日")
    #expect(field.characters.count == 3)
    _ = field.edit(.backspace)
    _ = field.edit(.backspace)
    #expect(field.text == "e\u{301}")
  }
}

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

import Cells
@testable import Explorer
import Testing

/// Lists that are filtered as one types, the keys, and the history.
@Suite struct PickerTests {
  private func text(_ explorer: Explorer) -> String { explorer.view(width: 100, height: 30).text }

  @Test func anActionsNameRaisesIt() throws {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.control("k")))
    for letter in "play" { _ = explorer.update(.key(.character(letter))) }
    let rows = text(explorer).split(separator: "\n")
    let first = try #require(rows.first { $0.contains("play the steps") || $0.contains("faster") })
    #expect(first.contains("play the steps, or stop"))
  }

  @Test func thePaletteDoesWhatIsChosen() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.control("k")))
    #expect(text(explorer).contains("▸ actions"))
    for letter in "quit" { _ = explorer.update(.key(.character(letter))) }
    let effects = explorer.update(.key(.enter))
    #expect(effects == [.quit])
    #expect(!text(explorer).contains("▸ actions"))
  }

  @Test func aClickChooses() throws {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.control("k")))
    for letter in "quit" { _ = explorer.update(.key(.character(letter))) }
    let rows = text(explorer).split(separator: "\n", omittingEmptySubsequences: false)
    let y = try #require(rows.lastIndex { $0.contains("▸") })
    // A click on the frame of the list is not on a row, and keeps it open; a click outside closes it.
    #expect(explorer.update(.mouse(MouseEvent(.press, x: 10, y: y - 1))) == [])
    #expect(text(explorer).contains("▸ actions"))
    #expect(explorer.update(.mouse(MouseEvent(.press, x: 30, y: y))) == [.quit])
    _ = explorer.update(.key(.control("k")))
    #expect(explorer.update(.mouse(MouseEvent(.press, x: 0, y: 0))) == [])
    #expect(!text(explorer).contains("▸ actions"))
  }

  /// Emacs' Ctrl-K keeps its meaning while the user types.
  @Test func withinThePromptThePaletteIsAltX() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("e")))
    _ = explorer.update(.key(.control("a")))
    _ = explorer.update(.key(.control("k")))
    #expect(!text(explorer).contains("▸ actions"))
    #expect(text(explorer).contains("what to paint"))
    _ = explorer.update(.key(.alt("x")))
    #expect(text(explorer).contains("▸ actions"))
  }

  @Test func theHelpSaysWhereOneIsAndFindsKeys() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("?")))
    #expect(text(explorer).contains("The canvas."))
    for letter in "strip" { _ = explorer.update(.key(.character(letter))) }
    #expect(text(explorer).contains("an animation and a strip"))
    _ = explorer.update(.key(.escape))
    #expect(!text(explorer).contains("▸ help"))
  }

  @Test func everyActionIsFoundByItsNameOnTheSmallestScreen() {
    for name in Keymap.ids {
      var explorer = ExplorerTests.explorer(width: 40, height: 12)
      _ = explorer.update(.key(.character("?")))
      for letter in name.replacing("-", with: " ") {
        _ = explorer.update(.key(.character(letter)))
      }
      let rows = explorer.view(width: 40, height: 12).text
      #expect(!rows.contains("no matching action"), "\(name)")
    }
  }

  @Test func controlCharactersOfFileNamesAreNotShown() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("o")))
    _ = explorer.update(.pictures(["evil\u{1b}[31m.png"], onlySaved: true))
    let cells = explorer.view(width: 100, height: 30).cells
    #expect(
      cells.allSatisfy { cell in
        cell.glyph?.unicodeScalars.allSatisfy { $0.value >= 32 && $0.value != 127 } ?? true
      })
  }

  /// The selected row: its keys and its text.
  private func chosen(_ explorer: Explorer) -> (keys: Substring, text: String) {
    let row = explorer.view(width: 200, height: 60).text.split(separator: "\n").last {
      $0.contains("▸")
    }
    let inside = row?.split(separator: "┃").dropFirst().first ?? ""
    let parts = inside.split(separator: "▸").last?.split(separator: "  ") ?? []
    return parts.count > 1 ? (parts[0].drop { $0 == " " }, parts[1].trimmed) : ("", "")
  }

  /// Every action can be read in full in the help: in its row, or below the list when it is selected.
  @Test(arguments: [(40, 12), (80, 24)])
  func theHelpIsReadInFull(_ size: (Int, Int)) {
    var explorer = ExplorerTests.explorer(width: size.0, height: size.1)
    _ = explorer.update(.key(.character("?")))
    for action in Action.all {
      let screen = explorer.view(width: size.0, height: size.1).text
        .filter { !"┃…".contains($0) }.split(whereSeparator: \.isWhitespace)
      let words = action.help.split(separator: " ")
      #expect(screen.indices.contains { screen[$0...].starts(with: words) }, "\(words)")
      _ = explorer.update(.key(.down))
    }
  }

  @Test(arguments: [("sav", "s"), ("save", "s"), ("pause", "space"), ("quit", "q"), ("b", "b")])
  func whatIsAskedForComesFirst(_ typed: String, _ key: String) {
    var explorer = ExplorerTests.explorer(width: 200, height: 60)
    _ = explorer.update(.key(.control("k")))
    for letter in typed { _ = explorer.update(.key(.character(letter))) }
    #expect(chosen(explorer).keys.split(separator: " ").first.map(String.init) == key)
  }

  @Test func aFileIsOpenedByChoosingOrByTypingItsPath() {
    var explorer = ExplorerTests.explorer()
    let listed = explorer.update(.key(.character("o")))
    #expect(listed == [.listPictures(onlySaved: true)])
    _ = explorer.update(.pictures(["apple.png", "fish.png"], onlySaved: true))
    _ = explorer.update(.key(.character("f")))
    let chosen = explorer.update(.key(.enter))
    #expect(chosen == [.openPicture("fish.png")])
    _ = explorer.update(.key(.character("o")))
    _ = explorer.update(.pictures([], onlySaved: true))
    _ = explorer.update(.paste("~/x.png"))
    let typed = explorer.update(.key(.enter))
    #expect(typed == [.openPicture("~/x.png")])
  }

  @Test func earlierPromptsComeBack() {
    var preferences = Explorer.Preferences()
    preferences.history = ["a cat", "a dog"]
    var explorer = Explorer(preferences, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    _ = explorer.update(.key(.character("e")))
    _ = explorer.update(.key(.up))
    #expect(text(explorer).contains("a dog"))
    _ = explorer.update(.key(.up))
    #expect(text(explorer).contains("a cat"))
    _ = explorer.update(.key(.down))
    _ = explorer.update(.key(.down))
    #expect(text(explorer).contains("a red apple"))
    _ = explorer.update(.key(.control("r")))
    for letter in "ct" { _ = explorer.update(.key(.character(letter))) }
    let effects = explorer.update(.key(.enter))
    #expect(effects == [.measurePrompt("a cat")])
    #expect(text(explorer).contains("a cat"))
  }

  @Test func keysCanBeChanged() throws {
    var preferences = Explorer.Preferences()
    preferences.keymap.bind(
      "quit", to: [try #require(ExplorerKey(name: "ctrl-q")), .character("s")])
    var explorer = Explorer(preferences, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    let old = explorer.update(.key(.character("q")))
    #expect(old.isEmpty)
    // It is taken from saving.
    #expect(explorer.pressAlone("s") == [.quit])
    let new = explorer.update(.key(.control("q")))
    #expect(new == [.quit])
    _ = explorer.update(.key(.character("?")))
    for letter in "quit" { _ = explorer.update(.key(.character(letter))) }
    #expect(text(explorer).contains("ctrl-q s"))
  }

  @Test func keyNamesAreReadAndWritten() {
    let keys: [ExplorerKey] = [
      .character("w"), .character("S"), .character(" "), .control("k"), .alt("x"), .shiftLeft,
      .pageUp, .altEnter, .escape, .delete,
    ]
    for key in keys { #expect(ExplorerKey(name: key.name) == key, "\(key)") }
    for name in ["", "ctrl-", "ctrl-kk", "hyper-x", "ab", "\t"] {
      #expect(ExplorerKey(name: name) == nil, "\(name)")
    }
  }
}

extension Substring {
  fileprivate var trimmed: String {
    String(drop { $0 == " " }.reversed().drop { $0 == " " }.reversed())
  }
}

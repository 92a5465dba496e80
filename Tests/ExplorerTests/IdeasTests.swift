import Cells
import Pictures
import Testing

@testable import Explorer

/// Ideas for prompts, favourites, and messages about prompts that the model cannot follow.
@Suite struct IdeasTests {
  private let ideas = [
    Idea(prompt: "a cat", kind: "animals"), Idea(prompt: "an owl", kind: "animals"),
    Idea(prompt: "a lemon", kind: "fruit"),
  ]

  private func text(_ explorer: Explorer) -> String { explorer.view(width: 100, height: 30).text }

  private func press(_ explorer: inout Explorer, _ keys: ExplorerKey...) -> [Effect] {
    keys.reduce(into: []) { $0 = explorer.update(.key($1)) }
  }

  @Test func anIdeaIsFoundByItsKindAndRunAtOnce() {
    var explorer = ExplorerTests.explorer()
    #expect(press(&explorer, .character("!")) == [.listIdeas])
    _ = explorer.update(.ideas(ideas))
    #expect(text(explorer).contains("what it can paint") && text(explorer).contains("an owl"))
    for letter in "fruit" { _ = press(&explorer, .character(letter)) }
    #expect(!text(explorer).contains("an owl"))
    let effects = press(&explorer, .enter)
    let starts = effects.contains {
      if case .start(_, let recipe, _) = $0 { recipe.prompt == "a lemon" } else { false }
    }
    #expect(starts && explorer.picker == nil && explorer.fields.focus == .canvas)
  }

  @Test func whatIsNoIdeaIsRunAllTheSame() {
    var explorer = ExplorerTests.explorer()
    _ = press(&explorer, .character("!"))
    _ = explorer.update(.ideas(ideas))
    for letter in "zz top" { _ = press(&explorer, .character(letter)) }
    _ = press(&explorer, .enter)
    #expect(explorer.fields.prompt.text == "zz top")
  }

  @Test func ideasAreReachedFromThePrompt() {
    var explorer = ExplorerTests.explorer()
    _ = press(&explorer, .character("e"))
    #expect(press(&explorer, .alt("i")) == [.listIdeas])
  }

  // MARK: Pictures beside them

  /// Half blocks of a colour on the screen.
  private func cells(_ explorer: Explorer, red: UInt8) -> Int {
    explorer.view(width: 120, height: 40).cells.count {
      $0.glyph == "▀" && $0.style.foreground?.red == red
    }
  }

  private func picture(_ name: String, red: UInt8) -> IdeaPicture {
    IdeaPicture(
      name: name,
      picture: Picture(width: 32, height: 32, pixels: Array(repeating: red, count: 32 * 32 * 3)))
  }

  @Test func theSelectedIdeaHasItsPictureBesideIt() {
    var explorer = ExplorerTests.explorer(width: 120, height: 40)
    #expect(press(&explorer, .character("!")) == [.listIdeas])
    #expect(explorer.update(.ideas(ideas)) == [.findIdeaPicture("a cat")])
    #expect(explorer.update(.ideaPicture(of: "a cat", picture("cat", red: 231))).isEmpty)
    // Every pixel has a column, and two have a row.
    #expect(cells(explorer, red: 231) == 32 * 16)
    let screen = explorer.view(width: 120, height: 40).text
    #expect(screen.contains("training picture: cat") && screen.contains("animals"))
    // It stays until the next one is found, and one that comes late is not shown.
    #expect(press(&explorer, .down) == [.findIdeaPicture("an owl")])
    #expect(cells(explorer, red: 231) == 32 * 16)
    _ = explorer.update(.ideaPicture(of: "a lemon", picture("lemon", red: 17)))
    #expect(cells(explorer, red: 17) == 0)
    _ = explorer.update(.ideaPicture(of: "an owl", nil))
    #expect(cells(explorer, red: 231) == 0)
    // Other events ask for nothing.
    #expect(press(&explorer, .up) == [.findIdeaPicture("a cat")])
    #expect(explorer.update(.tick).isEmpty)
    // A search without a result has no picture.
    _ = explorer.update(.ideaPicture(of: "a cat", picture("cat", red: 231)))
    for letter in "zz top" { _ = press(&explorer, .character(letter)) }
    #expect(cells(explorer, red: 231) == 0)
  }

  @Test func aNarrowScreenAsksForNoPictures() {
    var explorer = ExplorerTests.explorer(width: 119, height: 40)
    _ = press(&explorer, .character("!"))
    #expect(explorer.update(.ideas(ideas)).isEmpty)
    #expect(press(&explorer, .down).isEmpty)
    // Nor does another list.
    explorer = ExplorerTests.explorer(width: 120, height: 40)
    _ = press(&explorer, .character("v"))
    #expect(press(&explorer, .down).isEmpty)
  }

  // MARK: Favourites and prompts

  @Test func aFavouriteIsKeptAndTakenOutAgain() throws {
    var explorer = ExplorerTests.explorer()
    let recipe = try #require(explorer.shown?.recipe)
    #expect(explorer.pressAlone("*") == [.favour(recipe, true)])
    _ = press(&explorer, .character("v"))
    #expect(text(explorer).contains("★"))
    _ = press(&explorer, .escape)
    #expect(explorer.pressAlone("*") == [.favour(recipe, false)])
  }

  @Test func aFavouriteOfAnotherSessionIsMadeAgain() throws {
    var explorer = ExplorerTests.explorer()
    var recipe = try #require(explorer.shown?.recipe)
    (recipe.prompt, recipe.sampling.seed) = ("a blue whale", 41)
    #expect(press(&explorer, .character("O")) == [.listFavourites])
    _ = explorer.update(.favourites([recipe]))
    #expect(text(explorer).contains("★") && text(explorer).contains("a blue whale"))
    let effects = press(&explorer, .enter)
    let starts = effects.contains {
      if case .start(_, let made, _) = $0 { made.sampling.seed == 41 } else { false }
    }
    #expect(starts && explorer.fields.prompt.text == "a blue whale")
  }

  @Test func aFarPromptIsSaidWhileItsRunIsTheNewest() throws {
    var explorer = ExplorerTests.explorer()
    let id = try #require(explorer.runs.activeID)
    _ = explorer.update(.farPrompt(run: id, closest: ["horse", "unicorn"]))
    #expect(text(explorer).contains("closest: horse, unicorn"))
    _ = press(&explorer, .character("r"))
    _ = explorer.update(.farPrompt(run: id, closest: ["anvil"]))
    #expect(!text(explorer).contains("anvil"))
  }

  @Test func aPromptThatIsTooLongIsSaidInWords() {
    var explorer = ExplorerTests.explorer()
    let prompt = "a red apple on a very long table"
    _ = press(&explorer, .character("e"))
    for letter in prompt { _ = press(&explorer, .character(letter)) }
    _ = explorer.update(.promptMeasured(prompt: prompt, tokens: 30, ignoredFrom: 11))
    #expect(text(explorer).contains("the model reads it up to “a red apple”"))
  }

  @Test func themeAndGlyphsAreRememberedWhenTheyAreTurned() {
    var explorer = ExplorerTests.explorer()
    #expect(
      explorer.pressAlone("g") == [.rememberDisplay(theme: "dark", glyphs: .quadrants)])
  }
}

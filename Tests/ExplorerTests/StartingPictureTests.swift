import Cells
import Explorer
import Pictures
import Recipes
import Testing

/// Beginning with a picture instead of noise alone.
@Suite struct StartingPictureTests {
  private let fish = Recipe.StartingPicture(file: "fish.jpg", hash: "0123456789", strength: 0.75)

  private func text(_ explorer: Explorer, width: Int = 100, height: Int = 30) -> String {
    explorer.view(width: width, height: height).text
  }

  /// An explorer in which the fish was chosen and read.
  private func begun(width: Int = 100, height: Int = 30) -> (explorer: Explorer, run: Recipe?) {
    var explorer = ExplorerTests.explorer(width: width, height: height)
    let effects = explorer.update(.startRead(fish))
    return (explorer, ExplorerTests.started(effects)?.recipe)
  }

  @Test func aPictureOfTheFolderOrAPathIsChosen() {
    var explorer = ExplorerTests.explorer()
    let listed = explorer.update(.key(.character("I")))
    #expect(listed == [.listPictures(onlySaved: false)])
    _ = explorer.update(.pictures(["apple.png", "fish.jpg"], onlySaved: false))
    #expect(text(explorer).contains("starting picture"))
    #expect(text(explorer).contains("●  noise alone"))
    for letter in "fis" { _ = explorer.update(.key(.character(letter))) }
    let chosen = explorer.update(.key(.enter))
    #expect(chosen == [.readStart(path: "fish.jpg", strength: 0.75)])
    _ = explorer.update(.key(.character("I")))
    _ = explorer.update(.pictures([], onlySaved: false))
    _ = explorer.update(.paste("~/x.webp"))
    let typed = explorer.update(.key(.enter))
    #expect(typed == [.readStart(path: "~/x.webp", strength: 0.75)])
    // The next list is for opening again.
    _ = explorer.update(.key(.character("o")))
    _ = explorer.update(.pictures(["apple.png"], onlySaved: true))
    #expect(text(explorer).contains("saved pictures"))
  }

  @Test func runsBeginWithItUntilNoiseAloneIsChosen() throws {
    var (explorer, recipe) = begun()
    #expect(recipe?.start == fish)
    #expect(text(explorer).contains("starts from fish.jpg"))
    _ = explorer.update(.key(.character("I")))
    _ = explorer.update(.pictures(["fish.jpg"], onlySaved: false))
    #expect(text(explorer).contains("●  fish.jpg"))
    let effects = explorer.update(.key(.enter))
    #expect(try #require(ExplorerTests.started(effects)).recipe.start == nil)
    #expect(!text(explorer).contains("strength"))
  }

  @Test func strengthIsAFieldWhileThereIsAPicture() throws {
    var (explorer, _) = begun()
    #expect(text(explorer).contains("strength ‹0.75›"))
    for _ in 0..<10 where !text(explorer).contains("▸strength") {
      _ = explorer.update(.key(.tab))
    }
    _ = explorer.update(.key(.character("+")))
    #expect(text(explorer).contains("strength ‹0.80›"))
    for key in "0.4" {
      _ = explorer.update(.key(.character(key)))
      #expect(!text(explorer).contains("strength is more than 0"))
    }
    let run = try #require(ExplorerTests.started(explorer.update(.key(.enter))))
    #expect(run.recipe.start?.strength == 0.4)
    for _ in 0..<10 where !text(explorer).contains("▸strength") {
      _ = explorer.update(.key(.tab))
    }
    for key in "1.5" { _ = explorer.update(.key(.character(key))) }
    #expect(text(explorer).contains("strength must be greater than 0 and at most 1"))
  }

  @Test(arguments: [(40, 12), (60, 20), (76, 24), (80, 24), (118, 40), (134, 40), (200, 60)])
  func everyFieldHasItsPlace(_ width: Int, _ height: Int) {
    let (explorer, _) = begun(width: width, height: height)
    let shown = text(explorer, width: width, height: height)
    #expect(shown.contains("seed ‹7›"))
    #expect(shown.contains("steps ‹") && shown.contains("‹3.0›"))
    #expect(shown.contains("strength ‹0.75›") == (width >= 60))
    if width >= 118 {
      for name in ["sampler", "schedule", "model ‹"] { #expect(shown.contains(name)) }
    }
  }

  @Test func whatIsShownIsSavedBeforeRunsBeginWithIt() {
    var explorer = ExplorerTests.explorer()
    func choose() -> [Effect] {
      _ = explorer.update(.key(.character("I")))
      _ = explorer.update(.pictures([], onlySaved: false))
      _ = explorer.update(.key(.down))
      return explorer.update(.key(.enter))
    }
    guard case .save = choose().first else {
      Issue.record("it is not saved")
      return
    }
    let read = explorer.update(.saved(path: "a-red-apple-7.png"))
    #expect(read == [.readStart(path: "a-red-apple-7.png", strength: 0.75)])
    // Another picture that is saved is only saved, and so is one after a failure.
    let other = explorer.update(.saved(path: "b.png"))
    #expect(other.isEmpty)
    _ = choose()
    _ = explorer.update(.saveFailed("no room"))
    let later = explorer.update(.saved(path: "c.png"))
    #expect(later.isEmpty)
  }

  @Test func aSavedRunBringsItsPictureOrAsksForIt() throws {
    var explorer = ExplorerTests.explorer()
    var recipe = try #require(ExplorerTests.started(explorer.update(.key(.enter)))).recipe
    recipe.start = fish
    recipe.start?.strength = 0.4
    func open() -> Recipe? {
      ExplorerTests.started(
        explorer.update(.opened(path: "x.png", Infotext.Contents(recipe: recipe))))?.recipe
    }
    #expect(try #require(open()).start == nil)
    #expect(text(explorer).contains("made from the picture fish.jpg: press I to choose it"))
    // A picture chosen instead gets its strength.
    _ = explorer.update(.key(.character("I")))
    _ = explorer.update(.pictures(["fish.jpg"], onlySaved: false))
    _ = explorer.update(.key(.end))
    for letter in "fish" { _ = explorer.update(.key(.character(letter))) }
    let chosen = explorer.update(.key(.enter))
    #expect(chosen == [.readStart(path: "fish.jpg", strength: 0.4)])
    // Another file of the same name is not that picture.
    _ = explorer.update(.startRead(.init(file: "fish.jpg", hash: "99", strength: 0.4)))
    #expect(try #require(open()).start == nil)
    recipe.start?.picture = Cutout(width: 1, height: 1, pixels: [1, 2, 3, 255])
    #expect(try #require(open()).start == recipe.start)
    #expect(text(explorer).contains("starts from fish.jpg"))
  }

  @Test func theTourIsAboutNoiseAlone() {
    var (explorer, _) = begun()
    _ = explorer.update(.key(.character("Z")))
    #expect(!text(explorer, width: 120, height: 40).contains("starts from"))
  }

  @Test func aRunThatCannotStartIsNone() throws {
    var (explorer, _) = begun()
    let run = try #require(ExplorerTests.started(explorer.update(.key(.enter))))
    let forgotten = explorer.update(.runFailed(run: run.id, message: "no step is left"))
    #expect(forgotten == [.forget(run: run.id)])
    #expect(text(explorer).contains("! no step is left"))
    _ = explorer.update(.key(.character("v")))
    let rows = text(explorer).split(separator: "\n").filter { $0.contains("· 4 steps") }
    #expect(rows.count == 1)
  }
}

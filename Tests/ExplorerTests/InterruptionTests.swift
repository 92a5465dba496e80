import Cells
@testable import Explorer
import Pictures
import Recipes
import Testing

/// Ctrl-C, and runs without results.
@Suite struct InterruptionTests {
  private func interrupt(_ explorer: inout Explorer) -> [Effect] {
    explorer.update(.key(.control("c")))
  }

  private func text(_ explorer: Explorer) -> String { explorer.view(width: 100, height: 30).text }

  @Test func itCancelsFirstAndQuitsThen() {
    var explorer = ExplorerTests.explorer(frames: 2)
    #expect(interrupt(&explorer) == [.cancel(run: 0)])
    #expect(text(explorer).contains("ctrl-c again quits"))
    #expect(interrupt(&explorer) == [.quit])
  }

  /// A run of half a second may be over before the key comes: the session is not lost for it.
  @Test func itAsksWhereNothingGoesOn() {
    var explorer = ExplorerTests.explorer()
    #expect(interrupt(&explorer).isEmpty)
    _ = explorer.update(.key(.left))
    #expect(interrupt(&explorer).isEmpty)
    #expect(interrupt(&explorer) == [.quit])
  }

  /// A request for one run does not apply to the next.
  @Test func anotherRunIsCancelledFirstAgain() {
    var explorer = ExplorerTests.explorer(frames: 2)
    _ = interrupt(&explorer)
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    #expect(interrupt(&explorer).contains(.cancel(run: 1)))
  }

  @Test func itClosesAListAndStopsStudies() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("?")))
    #expect(interrupt(&explorer).isEmpty && explorer.picker == nil)
    _ = explorer.update(.key(.character("D")))
    #expect(!explorer.views.asked.isEmpty)
    #expect(interrupt(&explorer) == [.study([])])
    #expect(explorer.views.open == nil)
  }

  @Test func aRunWithoutAStepIsForgotten() {
    var explorer = ExplorerTests.explorer(frames: 0)
    #expect(text(explorer).contains("computing the first step"))
    #expect(interrupt(&explorer) == [.cancel(run: 0), .forget(run: 0)])
    #expect(explorer.runs.count == 0)
    #expect(text(explorer).contains("nothing painted yet: press enter to run the prompt"))
  }

  /// The run before is shown until there is more to see, and the one that is computed is spoken of.
  @Test func theRunThatIsWaitedForIsSaid() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("r")))
    #expect(text(explorer).contains("run 2 begins"))
    _ = explorer.update(.progress(run: 1, step: 0, share: 0.12))
    #expect(text(explorer).contains("run 2: step 1, 12%"))
  }

  /// Reading large weights takes a while, and is not part of the step's own work.
  @Test func weightsThatAreReadAreCounted() {
    var explorer = ExplorerTests.explorer(frames: 0)
    func loading(_ bytes: Int) -> ExplorerEvent {
      .loading(run: 0, Loading(part: "network", bytes: bytes, total: 13_440_000_000))
    }
    _ = explorer.update(loading(1_260_000_000))
    #expect(text(explorer).contains("reading the network: 1.3 of 13.4 GB"))
    #expect(!text(explorer).contains("computing"))
    _ = explorer.update(.progress(run: 0, step: 0, share: 0.1))
    #expect(text(explorer).contains("computing the first step"))
    // The message about reading disappears when the run is cancelled.
    _ = explorer.update(loading(-1))
    _ = explorer.update(.key(.control("c")))
    #expect(text(explorer).contains("nothing painted yet"))
  }

  /// While another picture is shown, the timeline reports it.
  @Test func theRunThatIsWaitedForSaysWhatItReads() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("r")))
    let loading = Loading(part: "text encoder", bytes: 200_000_000, total: 500_000_000)
    _ = explorer.update(.loading(run: 1, loading))
    #expect(text(explorer).contains("run 2: text encoder, 0.2 of 0.5 GB"))
  }

  @Test func aRunThatIsPausedBeforeItsFirstStepIsSaidToBe() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("r")))
    _ = explorer.update(.key(.character(" ")))
    #expect(text(explorer).contains("run 2 is paused"))
  }

  /// A run without a step can be shown; when it ends, the previous run is shown again.
  @Test func whatWasShownBeforeComesBack() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("r")))
    _ = explorer.update(.key(.character(".")))
    #expect(explorer.runs.shownID == 1)
    _ = interrupt(&explorer)
    #expect(explorer.runs.shownID == 0 && explorer.runs.beforeID == nil && explorer.frame != nil)
    // The same if it fails.
    _ = explorer.update(.key(.character("r")))
    _ = explorer.update(.key(.character(".")))
    _ = explorer.update(.runFailed(run: 2, message: "no room"))
    #expect(explorer.runs.shownID == 0 && text(explorer).contains("no room"))
  }

  @Test func whatWasSaidOfQuittingGoesWithIt() {
    var explorer = ExplorerTests.explorer()
    _ = interrupt(&explorer)
    _ = explorer.update(.mouse(MouseEvent(.wheelUp, x: 50, y: 15)))
    #expect(!text(explorer).contains("again quits"))
    #expect(interrupt(&explorer).isEmpty)
  }

  /// A picture that is opened with a model that does not fit waits for the same key.
  @Test func aPictureWaitsForAModelThatDoesNotFit() throws {
    var facts = ExplorerTests.facts
    facts.memoryWarning = "it takes 9 GB and 4 GB are free"
    var recipe = Recipe(prompt: "a cat", width: 8, height: 8, model: "mini")
    recipe.sampling.steps = 4
    recipe.changes = [RecipeChange(step: 2, prompt: "a dog")]
    var preferences = Explorer.Preferences()
    preferences.opening = Infotext.Contents(recipe: recipe, frameStep: 3, frameView: nil)
    var explorer = Explorer(preferences, randomSeed: 1)
    _ = explorer.update(.resized(width: 100, height: 30))
    #expect(ExplorerTests.started(explorer.update(.modelLoaded(facts))) == nil)
    #expect(text(explorer).contains("it takes 9 GB"))
    let run = try #require(ExplorerTests.started(explorer.update(.key(.enter))))
    #expect(run.recipe.prompt == "a cat" && run.recipe.changes == recipe.changes)
  }

  @Test func aPictureOpenedWithoutAModelWaitsForOne() throws {
    var explorer = Explorer(randomSeed: 1)
    _ = explorer.update(.resized(width: 100, height: 30))
    _ = explorer.update(.modelFailed("there is no such folder"))
    var recipe = Recipe(prompt: "a cat", width: 8, height: 8, model: "mini")
    recipe.sampling.steps = 4
    recipe.changes = [RecipeChange(step: 2, prompt: "a dog")]
    let contents = Infotext.Contents(recipe: recipe, frameStep: 3, frameView: "x0")
    _ = explorer.update(.opened(path: "cat.png", contents))
    #expect(text(explorer).contains("will open once a model is loaded"))
    let run = try #require(
      ExplorerTests.started(explorer.update(.modelLoaded(ExplorerTests.facts))))
    #expect(run.recipe.changes == recipe.changes && explorer.runs.goal?.position == 2)
  }

  @Test func whatDoesNotFitIsNotBegun() throws {
    var facts = ExplorerTests.facts
    facts.memoryWarning = "it takes 9 GB and 4 GB are free"
    var explorer = Explorer(randomSeed: 1)
    _ = explorer.update(.resized(width: 100, height: 30))
    #expect(ExplorerTests.started(explorer.update(.modelLoaded(facts))) == nil)
    #expect(text(explorer).contains("enter runs it anyway"))
    #expect(ExplorerTests.started(explorer.update(.key(.enter))) != nil)
    // The run of the model before is over: its memory was counted on.
    _ = explorer.update(.frame(run: 0, ExplorerTests.frame(0)))
    #expect(explorer.update(.modelLoaded(facts)).contains(.cancel(run: 0)))
  }

  /// A cancelled run shows at which step it ended.
  @Test func aRunThatWasCutShortSaysWhere() {
    var explorer = ExplorerTests.explorer(frames: 2)
    _ = interrupt(&explorer)
    guard
      case .save(.run(_, last: nil, lastStep: 2, _, view: "sample"), run: 0) = explorer.pressAlone(
        "S"
      )
      .first
    else {
      Issue.record("the run was not saved with its last step")
      return
    }
  }

  @Test func messagesEndWithWhatTheySay() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.character("p")))
    #expect(text(explorer).contains("playing 10 steps per second"))
    for _ in 0..<6 { _ = explorer.update(.tick) }
    #expect(!text(explorer).contains("steps per second"))
  }
}

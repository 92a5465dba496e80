import Cells
import Diffusion
import Pictures
import Recipes
import Testing

@testable import Explorer

/// Runs of a session: branching, steering, comparing, playing, opening, and the limits of what is kept.
@Suite struct RunTests {
  private func text(_ explorer: Explorer) -> String { explorer.view(width: 120, height: 40).text }

  private func explorer(frames: Int = 4) -> Explorer {
    ExplorerTests.explorer(frames: frames, width: 120, height: 40)
  }

  private func type(_ prompt: String, into explorer: inout Explorer) {
    _ = explorer.update(.key(.character("e")))
    _ = explorer.update(.key(.control("u")))
    _ = explorer.update(.paste(prompt))
  }

  @Test func anotherPromptBranchesFromTheStepShown() throws {
    var explorer = explorer()
    _ = explorer.update(.key(.home))
    _ = explorer.update(.key(.right))
    _ = explorer.update(.key(.right))
    #expect(!text(explorer).contains("branch from step 3"))
    type("a green apple", into: &explorer)
    #expect(text(explorer).contains("branch from step 3"))
    let effects = explorer.update(.key(.altEnter))
    let (id, recipe, from) = try #require(ExplorerTests.started(effects))
    #expect(from == BranchPoint(run: 0, step: 2))
    #expect(recipe.prompt == "a red apple")
    #expect(recipe.changes == [RecipeChange(step: 2, prompt: "a green apple")])
    #expect(effects.contains(.remember("a green apple")))
    // The earlier steps exist immediately, and the run continues from them.
    #expect(text(explorer).contains("run 2/2 from 1 at 3"))
    #expect(text(explorer).contains("◆"))
    for index in 2..<4 {
      _ = explorer.update(
        .frame(run: id, ExplorerTests.frame(index, prompt: "a green apple")))
    }
    #expect(text(explorer).contains("the picture after 4 steps"))
    // The earlier run stays.
    _ = explorer.update(.key(.character("[")))
    #expect(text(explorer).contains("run 1/2"))
  }

  @Test func branchingAtTheFirstStepIsAnotherRun() throws {
    var explorer = explorer()
    _ = explorer.update(.key(.home))
    type("a fish", into: &explorer)
    let (_, recipe, from) = try #require(ExplorerTests.started(explorer.update(.key(.altEnter))))
    #expect(recipe.prompt == "a fish")
    #expect(recipe.changes.isEmpty)
    #expect(from?.step == 0)
  }

  @Test func aRunThatIsWatchedIsSteered() {
    var explorer = explorer(frames: 2)
    type("a fish", into: &explorer)
    #expect(text(explorer).contains("from the next step on"))
    let effects = explorer.update(.key(.altEnter))
    #expect(
      effects.first
        == .steer(run: 0, Steering(prompt: "a fish", negativePrompt: "", guidance: 3)))
    _ = explorer.update(.frame(run: 0, ExplorerTests.frame(2, prompt: "a fish")))
    // The step is marked, which is visible when another step is shown.
    _ = explorer.update(.key(.left))
    #expect(text(explorer).contains("◆"))
    _ = explorer.update(.key(.right))
    guard
      case .save(.picture(_, let recipe, 3, _, nil), run: _) = explorer.pressAlone("s").first
    else {
      Issue.record("nothing was saved")
      return
    }
    #expect(recipe.prompt == "a red apple")
    #expect(recipe.changes == [RecipeChange(step: 2, prompt: "a fish")])
  }

  /// While scrubbed back, a running run is not changed.
  @Test func guidanceChangedWhileLookingBackWaitsForABranch() throws {
    var explorer = explorer(frames: 3)
    _ = explorer.update(.key(.home))
    while !text(explorer).contains("▸guidance") { _ = explorer.update(.key(.tab)) }
    let effects = explorer.update(.key(.character("+")))
    #expect(effects.isEmpty)
    #expect(text(explorer).contains("branch from step 1"))
    let branched = explorer.update(.key(.altEnter))
    #expect(branched.first == .cancel(run: 0))
    let (_, recipe, _) = try #require(ExplorerTests.started(branched))
    #expect(recipe.sampling.guidance.scale == 3.5)
  }

  @Test func nothingToBranchIsSaid() {
    var explorer = explorer()
    let atEnd = explorer.update(.key(.character("b")))
    #expect(atEnd.isEmpty)
    #expect(text(explorer).contains("scrub back"))
    _ = explorer.update(.key(.home))
    let unchanged = explorer.update(.key(.character("b")))
    #expect(unchanged.isEmpty)
    #expect(text(explorer).contains("change the prompt or the guidance first"))
  }

  @Test func twoRunsAreCompared() {
    var explorer = explorer()
    _ = explorer.update(.key(.character("c")))
    #expect(text(explorer).contains("there is only one run so far"))
    type("a fish", into: &explorer)
    _ = explorer.update(.key(.enter))
    for index in 0..<4 {
      _ = explorer.update(.frame(run: 1, ExplorerTests.frame(index, prompt: "a fish")))
    }
    _ = explorer.update(.key(.character("c")))
    #expect(text(explorer).contains("1 a red apple"))
    #expect(text(explorer).contains("2 a fish"))
    _ = explorer.update(.key(.character("v")))
    #expect(text(explorer).contains("runs of this session"))
    _ = explorer.update(.key(.down))
    _ = explorer.update(.key(.enter))
    #expect(text(explorer).contains("run 1/2"))
  }

  @Test func playingMovesWithTheTicks() {
    var explorer = explorer()
    #expect(explorer.tickMilliseconds == nil)
    _ = explorer.update(.key(.character("p")))
    #expect(explorer.tickMilliseconds == 100)
    #expect(text(explorer).contains("step 1 of 4"))
    _ = explorer.update(.tick)
    #expect(text(explorer).contains("step 2 of 4"))
    _ = explorer.update(.key(.character(">")))
    #expect(explorer.tickMilliseconds == 50)
    _ = explorer.update(.key(.character("P")))
    _ = explorer.update(.tick)
    #expect(text(explorer).contains("step 1 of 4"))
    #expect(explorer.tickMilliseconds == nil)
    _ = explorer.update(.key(.character(" ")))
    for _ in 0..<9 { _ = explorer.update(.tick) }
    #expect(explorer.tickMilliseconds == nil)
    #expect(text(explorer).contains("the picture after"))
  }

  @Test func theSeedOfTheNextRunFollowsItsMode() throws {
    var explorer = explorer()
    func run() throws -> UInt64 {
      try #require(ExplorerTests.started(explorer.update(.key(.enter)))).recipe.sampling.seed
    }
    #expect(try run() == 7)
    _ = explorer.update(.key(.character("n")))
    #expect(try run() == 8)
    #expect(try run() == 9)
    _ = explorer.update(.key(.character("n")))
    #expect(try run() != 10)
    // A seed that was typed is used.
    while !text(explorer).contains("▸seed") { _ = explorer.update(.key(.tab)) }
    _ = explorer.update(.key(.character("5")))
    #expect(try run() == 5)
  }

  @Test func aSavedPictureGivesItsRunBack() throws {
    var explorer = explorer()
    var recipe = Recipe(
      prompt: "a boat", negativePrompt: "water",
      sampling: SamplingSettings(seed: 99, steps: 4, guidance: Guidance(scale: 5)), width: 8,
      height: 8, model: "mini")
    recipe.changes = [RecipeChange(step: 1, guidance: 2)]
    let effects = explorer.update(
      .opened(
        path: "boat.png", Infotext.Contents(recipe: recipe, frameStep: 2, frameView: "x0")))
    let (id, made, _) = try #require(ExplorerTests.started(effects))
    #expect(made.prompt == "a boat" && made.negativePrompt == "water")
    #expect(made.sampling == recipe.sampling)
    #expect(made.changes == recipe.changes)
    for (index, guidance) in [Float(5), 2, 2, 2].enumerated() {
      var frame = ExplorerTests.frame(index, guidance: guidance, prompt: "a boat")
      frame.steering.negativePrompt = "water"
      _ = explorer.update(.frame(run: id, frame))
    }
    #expect(text(explorer).contains("step 2 of 4"))
    guard
      case .save(.picture(_, let saved, 2, "x0", nil), run: _) = explorer.pressAlone("s")
        .first
    else {
      Issue.record("nothing was saved")
      return
    }
    #expect(saved.changes == recipe.changes)
  }

  @Test func runsBeginWithThePictureGiven() throws {
    let apple = Recipe.StartingPicture(
      file: "apple.png", hash: "01", strength: 0.5,
      picture: Cutout(width: 1, height: 1, pixels: [1, 2, 3, 255]))
    var preferences = Explorer.Preferences()
    preferences.startingPicture = apple
    var explorer = Explorer(preferences, randomSeed: 1)
    _ = explorer.update(.resized(width: 120, height: 40))
    let effects = explorer.update(.modelLoaded(ExplorerTests.facts))
    let (id, recipe, _) = try #require(ExplorerTests.started(effects))
    #expect(recipe.start == apple && recipe.stepsTaken == 2)
    for index in 0..<2 { _ = explorer.update(.frame(run: id, ExplorerTests.frame(index, of: 2))) }
    #expect(text(explorer).contains("the picture after 2 steps"))
    // A saved picture's run has the same starting picture, none, or one that was not found.
    var saved = recipe
    saved.start = .init(file: "copy.png", hash: "01", strength: 0.75)
    func open(_ recipe: Recipe) throws -> Recipe.StartingPicture? {
      try #require(
        ExplorerTests.started(explorer.update(.opened(path: "x.png", .init(recipe: recipe))))
      ).recipe.start
    }
    #expect(try open(saved)?.strength == 0.75)
    saved.start = .init(file: "pear.png", hash: "02", strength: 0.75)
    #expect(try open(saved) == nil)
    #expect(text(explorer).contains("the picture pear.png: press I to choose it"))
    saved.start = nil
    #expect(try open(saved) == nil)
  }

  @Test func aPictureThatNoRunHasIsRefused() {
    var explorer = explorer()
    var recipe = Recipe(prompt: "x", width: 8, height: 8, model: "mini")
    recipe.sampling.steps = 1_000_000_000_000
    let effects = explorer.update(
      .opened(path: "x.png", Infotext.Contents(recipe: recipe)))
    #expect(effects.isEmpty)
    #expect(text(explorer).contains("which is not possible"))
  }

  @Test func aWholeRunIsSaved() {
    var explorer = explorer()
    guard
      case .save(.run(let pictures, let last, nil, let recipe, "sample"), run: _) =
        explorer.pressAlone("S").first
    else {
      Issue.record("the run was not saved")
      return
    }
    #expect(pictures == (0..<4).map { ExplorerTests.picture(UInt8(10 + $0)) })
    #expect(last == ExplorerTests.picture(200))
    #expect(recipe.prompt == "a red apple")
    guard
      case .save(.text(let buffer, _, nil, nil), run: _) = explorer.pressAlone("A")
        .first
    else {
      Issue.record("the text was not saved")
      return
    }
    #expect(buffer.width == 8 && buffer.height == 4)
  }

  /// A step's actual settings replace the planned ones, and nothing else is lost.
  @Test func aPlannedChangeAndANewOneAreBothRecorded() throws {
    var run = Run(
      id: 0, recipe: Recipe(prompt: "a red apple", width: 8, height: 8, model: "mini"), origin: nil)
    run.recipe.sampling.steps = 4
    run.recipe.changes = [
      RecipeChange(step: 1, prompt: "a green apple"), RecipeChange(step: 3, prompt: "a pear"),
    ]
    run.take(ExplorerTests.frame(0))
    // Guidance was changed before the step at which the prompt was to change.
    run.take(ExplorerTests.frame(1, guidance: 5, prompt: "a green apple"))
    #expect(run.recipe.steering(at: 1).prompt == "a green apple")
    #expect(run.recipe.steering(at: 1).guidance == 5)
    #expect(run.recipe.changes.map(\.step) == [1, 3])
  }

  /// A step being computed is fixed, and after the last one there is none.
  @Test func theLastStepIsNotSteered() {
    var explorer = explorer(frames: 3)
    type("a green apple", into: &explorer)
    #expect(explorer.update(.key(.altEnter)).isEmpty)
    #expect(text(explorer).contains("the last step is being computed"))
    #expect(!text(explorer).contains("from the next step on"))
    // Paused while it is computed, and before it is.
    for share in [0.5, 0] {
      var paused = self.explorer(frames: 3)
      _ = paused.update(.progress(run: 0, step: 3, share: share))
      _ = paused.update(.key(.character(" ")))
      type("a green apple", into: &paused)
      #expect(paused.update(.key(.altEnter)).isEmpty == (share > 0))
    }
    var other = self.explorer(frames: 2)
    type("a green apple", into: &other)
    #expect(!other.update(.key(.altEnter)).isEmpty)
  }

  /// Text about a run of another model describes that model, and offers nothing that needs it.
  @Test func aRunOfAnotherModelIsCalledThat() {
    var explorer = explorer()
    var other = ExplorerTests.facts
    (other.name, other.width, other.height) = ("sd", 16, 16)
    (other.blank.model, other.blank.width, other.blank.height) = ("sd", 16, 16)
    _ = explorer.update(.modelLoaded(other))
    _ = explorer.update(.frame(run: 1, ExplorerTests.frame(0)))
    _ = explorer.update(.key(.character("[")))
    #expect(text(explorer).contains("sd · bf16 · shown: 8x8 by mini"))
    _ = explorer.update(.key(.home))
    type("a green apple", into: &explorer)
    #expect(!text(explorer).contains("branch from step"))
    _ = explorer.update(.key(.altEnter))
    _ = explorer.update(.key(.escape))
    _ = explorer.update(.key(.character("y")))
    #expect(text(explorer).contains("except the model"))
  }

  @Test func escapeLeavesTwoRunsSideBySide() {
    var explorer = explorer()
    _ = explorer.update(.key(.character("r")))
    for index in 0..<4 { _ = explorer.update(.frame(run: 1, ExplorerTests.frame(index))) }
    _ = explorer.update(.key(.character("c")))
    #expect(explorer.display.isComparing)
    _ = explorer.update(.key(.escape))
    #expect(!explorer.display.isComparing)
  }

  /// The fields cannot express changes made during the run.
  @Test func theFieldsOfASteeredRunSaySo() {
    var explorer = explorer(frames: 0)
    for index in 0..<4 {
      let prompt = index < 2 ? "a red apple" : "a pear"
      _ = explorer.update(.frame(run: 0, ExplorerTests.frame(index, prompt: prompt)))
    }
    _ = explorer.update(.key(.character("y")))
    #expect(text(explorer).contains("without changes made earlier"))
  }

  @Test func aStepBeingComputedFillsItsMark() {
    var explorer = explorer(frames: 1)
    func filled() -> Int {
      text(explorer).split(separator: "\n").map { $0.filter { $0 == "━" }.count }.max() ?? 0
    }
    let before = filled()
    _ = explorer.update(.progress(run: 0, step: 1, share: 0.5))
    let half = filled()
    #expect(half > before)
    _ = explorer.update(.progress(run: 0, step: 1, share: 0.9))
    #expect(filled() > half)
    // A late event for a finished step is ignored.
    _ = explorer.update(.progress(run: 0, step: 0, share: 0.1))
    #expect(filled() > half)
  }

  @Test func manyRunsAreForgottenOldestFirst() {
    var explorer = explorer()
    var forgotten: [Int] = []
    for run in 1...130 {
      for case .forget(let id) in explorer.update(.key(.character("r"))) { forgotten.append(id) }
      for index in 0..<4 { _ = explorer.update(.frame(run: run, ExplorerTests.frame(index))) }
    }
    #expect(forgotten.count == 31)
    #expect(forgotten == forgotten.sorted())
  }
}

@Suite struct ThinnedLogTests {
  @Test func everyPositionGivesTheNearestThatIsKept() {
    var log = ThinnedLog<Int>()
    for value in 0..<1000 { log.append(value) }
    var rounds = 0
    while log.thin(sparing: 500) {
      rounds += 1
      #expect(log.count == 1000)
      #expect(log.nearest(0)?.element == 0)
      #expect(log.nearest(999)?.element == 999)
      #expect(log.nearest(500)?.element == 500)
      for position in stride(from: 0, to: 1000, by: 7) {
        guard let found = log.nearest(position) else {
          Issue.record("nothing at \(position)")
          return
        }
        #expect(found.position <= position && found.element == found.position)
      }
    }
    #expect(rounds < 15)
    #expect(log.keptCount <= 4)
    let prefix = log.prefix(501)
    #expect(prefix.count == 501)
    #expect(prefix.nearest(900)?.element == 500)
  }

  @Test func settingsPromptAndPathAreCopied() throws {
    var explorer = ExplorerTests.explorer()
    let recipe = try #require(explorer.shown?.recipe)
    #expect(
      explorer.pressAlone("u") == [.copy(.settings(recipe, frameStep: nil, view: nil))])
    _ = explorer.update(.key(.home))
    #expect(
      explorer.pressAlone("u") == [.copy(.settings(recipe, frameStep: 1, view: "sample"))])
    func choose(_ name: String) -> [Effect] {
      _ = explorer.update(.key(.control("k")))
      _ = explorer.update(.paste(name))
      return explorer.update(.key(.enter))
    }
    #expect(choose("copy prompt") == [.copy(.text("a red apple"))])
    #expect(choose("copy path").isEmpty)
    _ = explorer.update(.saved(path: "apple.png"))
    #expect(choose("copy path") == [.copy(.text("apple.png"))])
  }
}

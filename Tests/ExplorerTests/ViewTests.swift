import Cells
import Diffusion
@testable import Explorer
import Pictures
import Recipes
import Testing

/// The views over the canvas: their requests, their contents, and their saved files.
@Suite struct ViewTests {
  static let keys: [Character] = ViewTable.entries.compactMap { entry in
    if case .character(let key) = entry.key { key } else { nil }
  }

  /// An explorer with two finished runs of other prompts.
  func explorer(width: Int = 100, height: Int = 30) -> Explorer {
    var explorer = ExplorerTests.explorer(width: width, height: height)
    press(&explorer, .character("e"), .control("u"))
    _ = explorer.update(.paste("a green apple"))
    press(&explorer, .enter)
    for index in 0..<4 {
      var frame = ExplorerTests.frame(index, prompt: "a green apple")
      if index > 1 { frame.denoised = ExplorerTests.picture(UInt8(100 + index)) }
      frame.magnitudes = Magnitudes(
        sample: 1, noise: 0.9, denoised: 0.5, change: 0.1, guidance: 0.2)
      _ = explorer.update(.frame(run: 1, frame))
    }
    return explorer
  }

  @discardableResult
  func press(_ explorer: inout Explorer, _ keys: ExplorerKey...) -> [Effect] {
    keys.flatMap { explorer.update(.key($0)) + explorer.update(.typingPaused) }
  }

  func studies(_ effects: [Effect]) -> [Study] {
    for case .study(let studies) in effects { return studies }
    return []
  }

  func text(_ explorer: Explorer, width: Int = 100, height: Int = 30) -> String {
    explorer.view(width: width, height: height).text
  }

  @Test(arguments: keys, [(40, 12), (80, 24), (120, 40), (200, 60)])
  func everyViewOpensAndClosesAtEverySize(_ key: Character, _ size: (Int, Int)) {
    var explorer = explorer(width: size.0, height: size.1)
    let before = text(explorer, width: size.0, height: size.1)
    press(&explorer, .character(key))
    #expect(text(explorer, width: size.0, height: size.1) != before)
    press(&explorer, .left, .up, .down, .right, .end)
    _ = text(explorer, width: size.0, height: size.1)
    press(&explorer, .character(key))
    #expect(text(explorer, width: size.0, height: size.1) == before)
    press(&explorer, .character(key), .escape)
    #expect(text(explorer, width: size.0, height: size.1) == before)
  }

  @Test(arguments: keys)
  func beforeThereIsARunAViewSaysSo(_ key: Character) {
    var explorer = Explorer(randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    #expect(studies(press(&explorer, .character(key))).isEmpty)
    // Without a model, nothing is being computed, and the model's problem is visible.
    #expect(text(explorer).contains("loading the model"))
    _ = explorer.update(.modelFailed("there is no such folder"))
    #expect(text(explorer).contains("there is no such folder"))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    // Some need no run, or request what they need.
    #expect("BLKRDJCV".contains(key) || text(explorer).contains("Run a prompt first"))
  }

  @Test func allAreListedWithTheirKeys() {
    var explorer = explorer(width: 120, height: 40)
    press(&explorer, .character("z"))
    for name in [
      "noise bench", "triptych", "guidance", "words", "map", "target area", "seeds", "compare",
      "walk",
    ] {
      #expect(text(explorer, width: 120, height: 40).contains(name))
    }
    press(&explorer, .down, .enter)
    #expect(text(explorer).contains("the noise in it"))
  }

  @Test func aQuestionIsAskedOnceAndFollowsTheStep() throws {
    var explorer = explorer()
    let steering = Steering(prompt: "a green apple", negativePrompt: "", guidance: 3)
    let last = Study.guidance(TakenStep(run: 1, step: 3, steering: steering), scale: 3)
    #expect(studies(press(&explorer, .character("G"))) == [last])
    #expect(press(&explorer, .character("x")).isEmpty)
    #expect(text(explorer).contains("computing"))
    let picture = ExplorerTests.picture(9)
    let finding = GuidanceFinding(
      without: picture, with: picture, difference: picture, guided: picture, size: 0.25,
      guidedSize: 0.75)
    #expect(explorer.update(.studied(last, .guidance(finding))).isEmpty)
    #expect(text(explorer).contains("0.250"))
    #expect(!text(explorer).contains("computing"))
    // After the last step, the last one is shown: one back is the same step, two back is another.
    let before = Study.guidance(TakenStep(run: 1, step: 2, steering: steering), scale: 3)
    #expect(studies(press(&explorer, .left, .left)) == [before])
    #expect(
      studies(press(&explorer, .up)) == [
        .guidance(TakenStep(run: 1, step: 2, steering: steering), scale: 3.5)
      ])
    // Known results are not requested again; requests that nobody needs are cancelled.
    press(&explorer, .down)
    #expect(press(&explorer, .right) == [.study([])])
    _ = explorer.update(.studied(last, .failed("no luck")))
    #expect(text(explorer).contains("no luck"))
  }

  @Test func twoRunsPartWhereTheyDo() {
    var explorer = explorer()
    press(&explorer, .character("C"))
    #expect(text(explorer).contains("part at step 3"))
    var one = ExplorerTests.explorer()
    press(&one, .character("C"))
    #expect(text(one).contains("one run so far"))
  }

  @Test func picturesOfOtherSizesAreNotCalledTheSame() throws {
    var explorer = ExplorerTests.explorer()
    let other = try #require(ExplorerTests.started(press(&explorer, .character("r"))))
    for index in 0..<4 {
      var frame = ExplorerTests.frame(index)
      frame.denoised = frame.denoised.repeated(across: 2, down: 1)
      _ = explorer.update(.frame(run: other.id, frame))
    }
    press(&explorer, .character("C"))
    #expect(text(explorer).contains("have different sizes"))
    #expect(!text(explorer).contains("guesses are the same"))
  }

  /// Quick pictures of latents may be smaller than those that were decoded in full.
  @Test func picturesOfOneShapeAreCompared() throws {
    let (small, large) = (ExplorerTests.picture(100), ExplorerTests.picture(151).enlarged(by: 4))
    #expect(abs(try #require(small.distance(to: large)) - 0.2) < 1e-9)
    #expect(large.difference(from: small, gain: 1) == ExplorerTests.picture(179))
    #expect(large.distance(to: small.repeated(across: 1, down: 2)) == nil)
  }

  /// On a small screen, only the end of the differences is cut, not all of them.
  @Test func whatDiffersIsSaidOnSmallScreensToo() {
    var explorer = ExplorerTests.explorer(width: 80, height: 24)
    press(&explorer, .character("e"), .control("u"))
    let prompt = "a very green apple on a very blue table"
    _ = explorer.update(.paste(prompt))
    press(&explorer, .enter)
    for index in 0..<4 {
      _ = explorer.update(.frame(run: 1, ExplorerTests.frame(index, prompt: prompt)))
    }
    press(&explorer, .character("C"))
    #expect(text(explorer, width: 80, height: 24).contains("a very green apple on"))
    #expect(text(explorer, width: 80, height: 24).contains("…"))
  }

  /// A failed study is requested again when it is needed again.
  @Test func afterAFailureTheSameIsAskedAgain() {
    var explorer = explorer()
    press(&explorer, .character("B"))
    func take() -> [Study] {
      press(&explorer, .character("o"))
      _ = explorer.update(.pictures([], onlySaved: false))
      _ = explorer.update(.paste("/tmp/dog.jpg"))
      return studies(press(&explorer, .enter))
    }
    let asked = take()
    #expect(asked.count == 2)
    for study in asked { _ = explorer.update(.studied(study, .failed("it is not there"))) }
    #expect(text(explorer).contains("it is not there"))
    #expect(take() == asked)
  }

  @Test func guidanceIsRaisedFromWhereverItIs() {
    var explorer = ExplorerTests.explorer(frames: 0)
    for index in 0..<4 {
      _ = explorer.update(.frame(run: 0, ExplorerTests.frame(index, guidance: 50)))
    }
    press(&explorer, .character("G"), .up)
    #expect(text(explorer).contains("guidance ‹50.5›"))
  }

  @Test func theLargerAreaIsNamedWhicheverItIs() throws {
    for (own, other) in [(0.5, 0.25), (0.25, 0.5), (0.5, 0.51)] {
      var explorer = explorer(width: 120, height: 40)
      let asked = studies(press(&explorer, .character("R")))
      try #require(asked.count == 2)
      for (study, spread) in zip(asked, [own, other]) {
        guard case .seeds(let question) = study else { continue }
        #expect(question.seeds == Array(7..<13))
        var finding = SeedsFinding(runs: 6, steps: 4)
        finding.rows = Array(
          repeating: Array(repeating: ExplorerTests.picture(1), count: 4), count: 6)
        finding.spread = [0.1, 0.1, 0.1, spread]
        _ = explorer.update(.studied(study, .seeds(finding)))
      }
      let said = text(explorer, width: 120, height: 40)
      switch (own, other) {
      case (0.5, 0.25):
        #expect(
          said.contains("“a green apple” differ 2.00 times as much as those of “a red apple”"))
      case (0.25, 0.5):
        #expect(
          said.contains("“a red apple” differ 2.00 times as much as those of “a green apple”"))
      default: #expect(said.contains("about the same size"))
      }
    }
  }

  /// Numbers in a file can be anything.
  @Test func hugeNumbersInNotesAreTaken() {
    let huge = String(repeating: "9", count: 30)
    for note in [
      "words: word \(huge)", "seeds: picked \(huge)", "walk: at \(huge)", "guidance: scale \(huge)",
      "noise-bench: level \(huge) of 40, example \(huge)", "words: word -\(huge)",
    ] {
      var explorer = explorer()
      explorer.restoreView(note)
      #expect(!text(explorer).isEmpty)
    }
  }

  /// Choosing from the sheet gives what the sheet shows, whatever the fields contain.
  @Test func aSeedIsOpenedAsItIsOnTheSheet() throws {
    var explorer = explorer()
    press(&explorer, .character("n"))
    explorer.move(to: .guidance)
    press(&explorer, .character("8"))
    explorer.move(to: .canvas)
    press(&explorer, .character("D"))
    let shown = try #require(explorer.shown?.recipe)
    let effects = press(&explorer, .enter)
    let started = try #require(ExplorerTests.started(effects))
    #expect(started.recipe.sampling == shown.sampling)
    #expect(effects.contains(.measurePrompt(shown.prompt)))
  }

  @Test func aSeedOfTheSheetIsOpened() throws {
    var explorer = explorer()
    press(&explorer, .character("D"), .down, .down)
    let started = try #require(ExplorerTests.started(press(&explorer, .enter)))
    #expect(started.recipe.sampling.seed == 9)
    #expect(started.recipe.prompt == "a green apple")
    // The sheet is closed, and the run is seen.
    #expect(!text(explorer).contains("kinds of noise"))
  }

  @Test func theWalkGoesFromThePromptBefore() throws {
    var explorer = explorer()
    guard case .walk(let question) = try #require(studies(press(&explorer, .character("J"))).first)
    else { Issue.record("another effect"); return }
    #expect((question.recipe.prompt, question.prompt) == ("a red apple", "a green apple"))
    #expect(question.seed == question.recipe.sampling.seed)
    guard case .walk(let noise) = try #require(studies(press(&explorer, .up)).first) else {
      Issue.record("another effect"); return
    }
    #expect(noise.recipe.prompt == noise.prompt)
    #expect(noise.seed == noise.recipe.sampling.seed + 1)
  }

  @Test func theMapFollowsWhatIsTyped() {
    var explorer = explorer()
    #expect(
      studies(press(&explorer, .character("L"))) == [
        .places(["a green apple"]), .places(["a"]), .places(["a green"]),
        .places(["a red apple", "a green apple"]),
      ])
    let asked = studies(press(&explorer, .character("e"), .end, .character("s")))
    #expect(asked.first == .places(["a green apples"]))
  }

  @Test func aViewIsSavedWithWhatItTakesToSeeItAgain() throws {
    var explorer = explorer()
    press(&explorer, .character("T"))
    guard
      case .save(.picture(let sheet, let recipe, let step, let view, nil), run: _) = press(
        &explorer, .character("s")
      ).first
    else { Issue.record("another effect"); return }
    // Four pictures of eight pixels, enlarged, and the gaps between them.
    #expect((sheet.width, sheet.height) == (4 * (24 * 8 + 8) + 8, 24 * 8 + 16))
    #expect((recipe.prompt, step, view) == ("a green apple", 4, "triptych"))
    press(&explorer, .character("G"))
    let asked = studies(press(&explorer, .up)).first
    let picture = ExplorerTests.picture(9)
    let finding = GuidanceFinding(
      without: picture, with: picture, difference: picture, guided: picture, size: 0.25,
      guidedSize: 0.75)
    _ = explorer.update(.studied(try #require(asked), .guidance(finding)))
    guard
      case .save(.text(let cells, _, _, let note), run: _) = press(&explorer, .character("A")).first
    else {
      Issue.record("another effect"); return
    }
    #expect(cells.text.contains("Guidance multiplies the difference"))
    #expect(note == "guidance: scale 3.5")
    // And opening it leads back to the view.
    var opened = ExplorerTests.explorer()
    _ = opened.update(
      .opened(path: "x.png", .init(recipe: recipe, frameStep: 2, frameView: "guidance: scale 3.5")))
    #expect(text(opened).contains("Guidance multiplies the difference"))
  }

  /// A view's settings are in its saved picture, and are restored when that is opened.
  @Test(arguments: [
    ("noise-bench: example 4, level 31 of 40", "B"), ("words: word 3, all steps", "W"),
    ("seeds: picked 5, seeds 1 2 3", "D"),
    ("walk: at 7 of 9, between prompts, from “a cat at 3”, seed 7, to “b”, seed 7", "J"),
    ("guidance: scale 4.5", "G"),
  ])
  func aSavedViewIsTakenUp(_ note: String, _ key: String) throws {
    var explorer = explorer()
    let opened = explorer.restoreView(note)
    #expect(opened)
    let view = try #require(explorer.views.open?.view)
    let again = view.note(in: explorer.context)
    for word in ["example", "level", "word", "picked", "at", "scale"] {
      if let number = note.number(after: word) { #expect(again.number(after: word) == number) }
    }
    let isOther = explorer.restoreView("sample")
    #expect(!isOther)
  }

  /// A view's inputs are restored too, even if its prompts and paths look like its numbers.
  @Test func whatASavedViewShowsIsTakenUp() throws {
    var explorer = explorer()
    explorer.restoreView(
      "walk: at 7 of 9, between prompts, from “a cat at 3”, seed 7, to “b”, seed 7")
    #expect((explorer.views.open?.view as? WalkView)?.before == "a cat at 3")
    explorer.restoreView("walk: at 2 of 9, between noises, from “a”, seed 7, to “a”, seed 8")
    let walk = try #require(explorer.views.open?.view as? WalkView)
    #expect(walk.way == .noise && walk.place == 2)
    explorer.restoreView("area: “food” and “a green apple”, 6 seeds")
    #expect((explorer.views.open?.view as? AreaView)?.other == "food")
    explorer.restoreView("noise-bench: level 31 of 40, file /tmp/level 3, example 2.png")
    let bench = try #require(explorer.views.open?.view as? NoiseView)
    #expect(bench.level == 31 && bench.picture == .file("/tmp/level 3, example 2.png"))
    let note = bench.note(in: explorer.context)
    explorer.restoreView("noise-bench: \(note)")
    #expect((explorer.views.open?.view as? NoiseView)?.picture == bench.picture)
    explorer.restoreView("noise-bench: level 12 of 40, result")
    #expect(
      (explorer.views.open?.view as? NoiseView)?.picture
        == explorer.runs.activeID.map { .result(run: $0) })
  }

  /// During a run, the step changes before its study finishes: the previous finding stays.
  @Test func whatWasFoundLastStaysWhileARunGoesOn() {
    var explorer = ExplorerTests.explorer(frames: 2)
    press(&explorer, .character("G"))
    let steering = Steering(prompt: "a red apple", negativePrompt: "", guidance: 3)
    let picture = ExplorerTests.picture(9)
    let finding = GuidanceFinding(
      without: picture, with: picture, difference: picture, guided: picture, size: 0.25,
      guidedSize: 0.75)
    _ = explorer.update(.frame(run: 0, ExplorerTests.frame(2)))
    _ = explorer.update(
      .studied(
        .guidance(TakenStep(run: 0, step: 1, steering: steering), scale: 3), .guidance(finding)))
    let words = text(explorer).split { $0.isWhitespace }.joined(separator: " ")
    #expect(words.contains("Step 2 is shown"))
  }

  /// One model's results do not apply to another.
  @Test func anotherModelIsAskedAnew() {
    var explorer = explorer()
    let asked = studies(press(&explorer, .character("B")))
    _ = explorer.update(.studied(asked[0], .failed("not this one")))
    #expect(text(explorer).contains("not this one"))
    var other = ExplorerTests.facts
    other.name = "another"
    #expect(studies(explorer.update(.modelLoaded(other))).contains(asked[0]))
    #expect(!text(explorer).contains("not this one"))
  }

  @Test func answersStayWithinTheirMemory() {
    var store = Findings()
    func study(_ index: Int) -> Study { .places(["\(index)"]) }
    let picture = Picture(width: 1024, height: 1024, pixels: Array(repeating: 0, count: 3 << 20))
    for index in 0..<60 {
      var finding = WalkFinding(count: 1)
      finding.pictures = [picture]
      store.put(.walk(finding), for: study(index))
    }
    let kept = (0..<60).filter { store[study($0)] != nil }
    #expect(kept == Array(28..<60))
  }
}

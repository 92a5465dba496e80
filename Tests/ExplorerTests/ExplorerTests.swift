import Cells
import Diffusion
import Explorer
import Pictures
import Recipes
import Testing

extension Explorer {
  /// Presses a letter, and waits until it can no longer be the beginning of a sentence.
  mutating func pressAlone(_ letter: Character) -> [Effect] {
    let effects = update(.key(.character(letter)))
    return effects + update(.typingPaused)
  }
}

/// The explorer without a terminal: events in, effects out, and the text on the screen.
@Suite struct ExplorerTests {
  static let facts = ModelFacts(
    name: "mini", width: 8, height: 8, tokenLimit: 24, format: "bf16",
    defaults: SamplingSettings(steps: 4))

  static func picture(_ value: UInt8) -> Picture {
    Picture(width: 8, height: 8, pixels: Array(repeating: value, count: 192))
  }

  static func frame(
    _ index: Int, of count: Int = 4, guidance: Float = 3, prompt: String = "a red apple"
  ) -> Frame {
    Frame(
      index: index, count: count, sigma: 1.83, noiseLevel: 1 - Float(index) / Float(count),
      sample: picture(UInt8(10 + index)), denoised: picture(UInt8(50 + index)),
      noise: picture(UInt8(90 + index)),
      finished: index + 1 == count ? picture(200) : nil, milliseconds: 5.8,
      steering: Steering(prompt: prompt, negativePrompt: "", guidance: guidance))
  }

  /// An explorer whose first run has this many of its four frames, with the picture in focus.
  static func explorer(frames: Int = 4, width: Int = 100, height: Int = 30) -> Explorer {
    var explorer = Explorer(randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: width, height: height))
    _ = explorer.update(.modelLoaded(facts))
    _ = explorer.update(.promptMeasured(prompt: "a red apple", tokens: 5, ignoredFrom: nil))
    for index in 0..<frames { _ = explorer.update(.frame(run: 0, frame(index))) }
    return explorer
  }

  /// The run that effects start.
  static func started(_ effects: [Effect]) -> (id: Int, recipe: Recipe, from: BranchPoint?)? {
    for case .start(let id, let recipe, let from) in effects { return (id, recipe, from) }
    return nil
  }

  private func text(_ explorer: Explorer, width: Int = 100, height: Int = 30) -> String {
    explorer.view(width: width, height: height).text
  }

  /// The brightness of the shown picture, which identifies it.
  private func shown(_ explorer: Explorer) -> Set<UInt8> {
    Set(
      explorer.view(width: 40, height: 24).cells.filter { $0.glyph == "▀" }
        .compactMap { $0.style.foreground?.red })
  }

  /// A saved picture's steps and guidance may be impossible for a run, and the picture is shown anyway.
  @Test func settingsThatNoRunHasAreShown() {
    for (steps, guidance) in [(Int.max, Float(1e20)), (-5, -.infinity), (0, .nan)] {
      var recipe = Recipe(prompt: "a cat", width: 64, height: 64, model: "mini")
      recipe.sampling.steps = steps
      recipe.sampling.guidance.scale = guidance
      var preferences = Explorer.Preferences()
      preferences.opening = Infotext.Contents(recipe: recipe, frameStep: nil, frameView: nil)
      var explorer = Explorer(preferences, randomSeed: 1)
      _ = explorer.update(.resized(width: 100, height: 30))
      _ = explorer.update(.modelLoaded(Self.facts))
      #expect(text(explorer).contains("which is not possible"))
      _ = explorer.update(.key(.enter))
      #expect(text(explorer).contains("guidance"))
    }
  }

  @Test func theFirstPictureStartsByItself() throws {
    var explorer = Explorer(randomSeed: 1)
    #expect(text(explorer).contains("loading the model"))
    let effects = explorer.update(.modelLoaded(Self.facts))
    let recipe = try #require(Self.started(effects)).recipe
    #expect(recipe.prompt == "a red apple")
    #expect(recipe.sampling.seed == 7)
    #expect(recipe.sampling.steps == 4)
  }

  @Test func newStepsAreShownAsTheyCome() {
    var explorer = Self.explorer(frames: 0)
    for index in 0..<4 {
      _ = explorer.update(.frame(run: 0, Self.frame(index)))
      if index < 3 { #expect(text(explorer).contains("step \(index + 1) of 4")) }
    }
    #expect(text(explorer).contains("the picture after 4 steps"))
  }

  /// Before the first step, a slow network reports the step's progress.
  @Test func aSlowFirstStepTellsHowFarItIs() {
    var explorer = Self.explorer(frames: 0)
    _ = explorer.update(
      .planned(run: 0, Array(repeating: PlannedLevel(sigma: 1, noiseLevel: 1), count: 4)))
    #expect(text(explorer).contains("step 1 of 4"))
    _ = explorer.update(.progress(run: 0, step: 0, share: 0.45))
    #expect(text(explorer).contains("computing step 1, 45%"))
    // Its mark, a quarter of the line, is filled as far.
    let marks = text(explorer).split(separator: "\n").first { $0.contains("●") } ?? ""
    #expect((6...10).contains(marks.filter { "━╺".contains($0) }.count))
  }

  /// Each step has a separate mark if there is room.
  @Test func everyStepIsAMark() {
    let marks = text(Self.explorer()).split(separator: "\n").first { $0.contains("●") } ?? ""
    #expect(marks.filter { $0 == "╺" }.count == 4)
  }

  /// Labels are readable on their background at every colour depth.
  @Test(arguments: ColorDepth.allCases, [Theme.dark, .light])
  func labelsAreSeen(_ depth: ColorDepth, _ theme: Theme) {
    var preferences = Explorer.Preferences()
    preferences.themes = [theme]
    var explorer = Explorer(preferences, colors: depth, randomSeed: 1)
    _ = explorer.update(.resized(width: 80, height: 24))
    let ground = theme.background ?? Color(0, 0, 0)
    for (index, cell) in explorer.view(width: 80, height: 24).cells.enumerated() {
      guard let ink = cell.style.foreground, cell.glyph?.isLetter == true else { continue }
      #expect(depth.contrast(ink, on: ground) >= 2, "\(index): \(cell)")
    }
  }

  /// A text longer than anyone types is cut, so that every key responds immediately.
  @Test func aPasteOfMegabytesIsCutAndTold() {
    var explorer = Self.explorer()
    _ = explorer.update(.key(.character("e")))
    let effects = explorer.update(.paste(String(repeating: "lorem e\u{301} ", count: 200_000)))
    #expect(text(explorer).contains("at most 4000 characters"))
    guard case .measurePrompt(let prompt) = effects.first else {
      Issue.record("the prompt was not measured")
      return
    }
    #expect(prompt.count == 4000)
    _ = explorer.update(.key(.character("x")))
    _ = explorer.update(.key(.control("u")))
    _ = explorer.update(.paste("a" + String(repeating: "\u{301}", count: 100_000)))
    #expect(text(explorer).contains("prompt  a "))
  }

  @Test func scrubbingBackStaysThereWhileTheRunGoesOn() {
    var explorer = Self.explorer(frames: 3)
    let effects1 = explorer.update(.key(.left))
    #expect(effects1.isEmpty)
    #expect(text(explorer).contains("step 2 of 4"))
    _ = explorer.update(.frame(run: 0, Self.frame(3)))
    #expect(text(explorer).contains("step 2 of 4"))
    _ = explorer.update(.key(.end))
    #expect(text(explorer).contains("the picture after 4 steps"))
    _ = explorer.update(.key(.home))
    #expect(text(explorer).contains("step 1 of 4"))
    _ = explorer.update(.key(.character("5")))
    #expect(text(explorer).contains("step 3 of 4"))
  }

  @Test func theViewTurns() {
    var explorer = Self.explorer(frames: 2)
    _ = explorer.update(.resized(width: 40, height: 24))
    #expect(shown(explorer).contains(11))
    _ = explorer.update(.key(.character("x")))
    #expect(shown(explorer).contains(51))
    _ = explorer.update(.key(.character("x")))
    #expect(shown(explorer).contains(91))
  }

  @Test func editingThePromptAndRunning() throws {
    var explorer = Self.explorer(frames: 2)
    _ = explorer.update(.key(.tab))
    let effects2 = explorer.update(.key(.character("q")))
    #expect(effects2 == [.measurePrompt("q")])
    _ = explorer.update(.paste("uiet\nsea 日"))
    let effects = explorer.update(.key(.enter))
    #expect(effects.first == .cancel(run: 0))
    let recipe = try #require(Self.started(effects)).recipe
    #expect(recipe.prompt == "quiet sea 日")
    // The old frames stay until the first new one arrives.
    #expect(text(explorer).contains("step 2 of 4"))
    _ = explorer.update(.frame(run: 0, Self.frame(2)))
    #expect(text(explorer).contains("step 2 of 4"))
    _ = explorer.update(.frame(run: 1, Self.frame(0)))
    #expect(text(explorer).contains("step 1 of 4"))
  }

  @Test func numbersAreTypedAndTurned() {
    var explorer = Self.explorer(frames: 1)
    for _ in 0..<2 { _ = explorer.update(.key(.tab)) }
    if !text(explorer).contains("▸seed") { _ = explorer.update(.key(.tab)) }
    for digit in "123" { _ = explorer.update(.key(.character(digit))) }
    #expect(text(explorer).contains("▸seed ‹123›"))
    _ = explorer.update(.key(.character("+")))
    #expect(text(explorer).contains("▸seed ‹124›"))
    _ = explorer.update(.key(.tab))
    _ = explorer.update(.key(.character("-")))
    #expect(text(explorer).contains("▸steps ‹3›"))
    _ = explorer.update(.key(.tab))
    // The current run adopts a change of guidance.
    let guided = explorer.update(.key(.character("+")))
    #expect(
      guided == [
        .steer(
          run: 0, Steering(prompt: "a red apple", negativePrompt: "", guidance: 3.5))
      ])
    _ = explorer.update(.key(.tab))
    _ = explorer.update(.key(.right))
    #expect(text(explorer).contains("sampler ‹DPM++ 2M›"))
  }

  @Test func pausingSteppingAndCancelling() {
    var explorer = Self.explorer(frames: 2)
    let effects3 = explorer.update(.key(.character(" ")))
    #expect(effects3 == [.pause(run: 0)])
    #expect(text(explorer).contains("paused"))
    let effects4 = explorer.update(.key(.character(".")))
    #expect(effects4 == [.stepOnce(run: 0)])
    let effects5 = explorer.update(.key(.character(" ")))
    #expect(effects5 == [.resume(run: 0)])
    let effects6 = explorer.update(.key(.control("c")))
    #expect(effects6 == [.cancel(run: 0)])
    let effects7 = explorer.update(.key(.control("c")))
    #expect(effects7 == [.quit])
  }

  @Test func savingWhatIsShown() {
    var explorer = Self.explorer()
    guard
      case .save(.picture(let picture, let recipe, nil, nil, nil), run: _) = explorer.pressAlone(
        "s"
      )
      .first
    else {
      Issue.record("the finished picture was not saved")
      return
    }
    #expect(picture == Self.picture(200))
    #expect(recipe.sampling.steps == 4)
    _ = explorer.update(.key(.home))
    guard
      case .save(.picture(let frame, _, 1, "sample", nil), run: _) = explorer.pressAlone("s")
        .first
    else {
      Issue.record("the frame was not saved")
      return
    }
    #expect(frame == Self.picture(10))
    _ = explorer.update(.saved(path: "/tmp/x.png"))
    #expect(text(explorer).contains("saved /tmp/x.png"))
  }

  /// A saved file records the guidance that its steps really had.
  @Test func guidanceChangedInTheMiddleIsRecorded() {
    var explorer = Self.explorer(frames: 2)
    _ = explorer.update(.frame(run: 0, Self.frame(2, guidance: 9)))
    _ = explorer.update(.frame(run: 0, Self.frame(3, guidance: 9)))
    guard
      case .save(.picture(_, let recipe, nil, nil, nil), run: _) = explorer.pressAlone("s")
        .first
    else {
      Issue.record("nothing was saved")
      return
    }
    #expect(recipe.sampling.guidance.scale == 3)
    #expect(recipe.changes == [RecipeChange(step: 2, guidance: 9)])
    _ = explorer.update(.key(.home))
    guard
      case .save(.picture(_, let first, 1, _, nil), run: _) = explorer.pressAlone("s")
        .first
    else {
      Issue.record("nothing was saved")
      return
    }
    #expect(first.changes.isEmpty)
  }

  @Test func aModelThatIsNotThereStaysSaid() {
    var explorer = Explorer(randomSeed: 1)
    _ = explorer.update(.resized(width: 60, height: 20))
    _ = explorer.update(.modelFailed("/none: there is no model in this folder; give another"))
    _ = explorer.update(.key(.left))
    #expect(text(explorer, width: 60, height: 20).contains("there is no model"))
    let effects = explorer.update(.key(.enter))
    #expect(effects.isEmpty)
  }

  @Test func numbersThatCannotBeAreSaidAndNotRun() {
    var explorer = Self.explorer()
    while !text(explorer).contains("▸steps") { _ = explorer.update(.key(.tab)) }
    for digit in "2000" { _ = explorer.update(.key(.character(digit))) }
    #expect(text(explorer).contains("1 to 1000"))
    let effects = explorer.update(.key(.enter))
    #expect(effects.isEmpty)
  }

  @Test func choicesMadeWhileTheModelLoadsStay() throws {
    var explorer = Explorer(randomSeed: 1)
    _ = explorer.update(.resized(width: 100, height: 30))
    while !text(explorer).contains("▸steps") { _ = explorer.update(.key(.tab)) }
    _ = explorer.update(.key(.character("9")))
    let recipe = try #require(Self.started(explorer.update(.modelLoaded(Self.facts)))).recipe
    #expect(recipe.sampling.steps == 9)
  }

  @Test func theFocusNeverStaysWhereNothingIsShown() {
    var explorer = Self.explorer()
    while !text(explorer).contains("▸sampler") { _ = explorer.update(.key(.tab)) }
    _ = explorer.update(.resized(width: 40, height: 12))
    #expect(explorer.pressAlone("q") == [.quit])
  }

  /// Without a line of its own, the negative prompt replaces the prompt while the user types it.
  @Test func theNegativePromptIsThereOnSmallScreensToo() {
    var explorer = Self.explorer(width: 80, height: 24)
    #expect(!text(explorer, width: 80, height: 24).contains("leave out "))
    _ = explorer.update(.key(.character("N")))
    _ = explorer.update(.paste("a worm"))
    #expect(text(explorer, width: 80, height: 24).contains("▸leave out  a worm"))
    _ = explorer.update(.key(.escape))
    #expect(text(explorer, width: 80, height: 24).contains("prompt  a red apple"))
  }

  /// In full screen, the picture takes the lines of the fields, which come back with the focus and with esc.
  @Test(arguments: [(40, 12), (80, 24), (200, 60)])
  func thePictureTakesTheWholeScreen(_ size: (Int, Int)) {
    func screen(_ explorer: Explorer) -> String { text(explorer, width: size.0, height: size.1) }
    func rows(_ explorer: Explorer) -> Int {
      screen(explorer).split(separator: "\n").count { $0.contains("▀") }
    }
    var explorer = Self.explorer(frames: 3, width: size.0, height: size.1)
    var last = Self.frame(3)
    last.finished = Picture(
      width: 64, height: 64, pixels: Array(repeating: 200, count: 64 * 64 * 3))
    _ = explorer.update(.frame(run: 0, last))
    let before = (screen: screen(explorer), rows: rows(explorer))
    _ = explorer.pressAlone("f")
    #expect(!screen(explorer).contains("seed ‹") && !screen(explorer).contains("prompt  "))
    #expect(rows(explorer) >= before.rows)
    _ = explorer.update(.key(.escape))
    #expect(screen(explorer) == before.screen)
    for key in [ExplorerKey.tab, .backTab, .character("e")] {
      _ = explorer.pressAlone("f")
      _ = explorer.update(.key(key))
      #expect(screen(explorer).contains("seed ‹") && screen(explorer).contains("▸"))
      _ = explorer.update(.key(.escape))
    }
  }

  @Test func anotherSeedRunsAtOnce() throws {
    var explorer = Self.explorer()
    let recipe = try #require(Self.started(explorer.update(.key(.character("r"))))).recipe
    #expect(recipe.sampling.seed != 7)
    #expect(recipe.sampling.seed <= UInt64(UInt32.max))
  }

  @Test func failuresAreSaidAndLeaveTheRestWorking() {
    var explorer = Self.explorer(frames: 1)
    _ = explorer.update(.runFailed(run: 0, message: "step 2 gave no numbers"))
    #expect(text(explorer).contains("! step 2 gave no numbers"))
    _ = explorer.update(.key(.left))
    #expect(text(explorer).contains("stopped"))
    let effects8 = explorer.update(.key(.enter))
    #expect(!effects8.isEmpty)
  }

  @Test func theMouseScrubsAndFocuses() {
    var explorer = Self.explorer()
    let rows = text(explorer).split(separator: "\n", omittingEmptySubsequences: false)
    let track = rows.firstIndex { $0.contains("●") } ?? 0
    _ = explorer.update(.mouse(MouseEvent(.press, x: 3, y: track)))
    #expect(text(explorer).contains("step 1 of 4"))
    _ = explorer.update(.mouse(MouseEvent(.drag, x: 97, y: track)))
    #expect(text(explorer).contains("the picture after"))
    let steps = rows.firstIndex { $0.contains("steps ‹") } ?? 0
    _ = explorer.update(.mouse(MouseEvent(.wheelUp, x: 34, y: steps)))
    #expect(text(explorer).contains("▸steps ‹5›"))
  }

  /// Any events at any size give a screen of the requested size, and never trap.
  @Test func anythingMayHappen() {
    var state: UInt64 = 3
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    let keys: [ExplorerKey] =
      [
        .up, .down, .left, .right, .home, .end, .enter, .tab, .backTab, .backspace, .delete,
        .escape,
      ]
      + "abc019.+-?qxsr é日🍎SAoPp<>[]vmtgnNM:/ef".map { .character($0) }
      + "aekuwydczr_".map { .control($0) }
      + [.alt("b"), .alt("f"), .alt("d"), .alt("x"), .altEnter, .shiftLeft, .shiftEnd, .pageUp]
    for _ in 0..<60 {
      let depth = ColorDepth.allCases[random(ColorDepth.allCases.count)]
      var explorer = Explorer(colors: depth, randomSeed: UInt64(random(1000)))
      var run = 0
      for _ in 0..<120 {
        let event: ExplorerEvent
        switch random(18) {
        case 0: event = .resized(width: random(150), height: random(60))
        case 1: event = .modelLoaded(Self.facts)
        case 2: event = .frame(run: run, Self.frame(random(4)))
        case 3:
          event = .mouse(
            MouseEvent(
              [.press, .drag, .wheelUp, .wheelDown][random(4)], x: random(150), y: random(60)))
        case 4: event = .paste("x\u{301}\n\u{7}日")
        case 5: event = .tick
        case 6: event = .pictures(["a.png", "b\u{7}.png"], onlySaved: true)
        case 7: event = .models([ModelListing(name: "m", path: "/m", detail: "8x8")])
        case 8: event = .background(isLight: random(2) == 0)
        case 9: event = .progress(run: run, step: random(4), share: Double(random(3)) - 0.5)
        case 10:
          event = .loading(
            run: run, Loading(part: "p", bytes: random(9) * 100_000_000 - 1, total: random(9)))
        case 11: event = .typingPaused
        case 12:
          var recipe = Recipe(prompt: "p", width: 8, height: 8, model: "x")
          recipe.sampling.steps = random(4) - 1
          recipe.changes = [RecipeChange(step: random(9), prompt: "q")]
          event = .opened(
            path: "x.png",
            Infotext.Contents(recipe: recipe, frameStep: random(6) - 2, frameView: "x0"))
        default: event = .key(keys[random(keys.count)])
        }
        for case .start(let id, _, _) in explorer.update(event) { run = id }
        let (width, height) = (random(140), random(50))
        let buffer = explorer.view(width: width, height: height)
        #expect(buffer.width == width && buffer.height == height)
      }
    }
  }
}

import Cells
import Diffusion
@testable import Explorer
import Pictures
import Recipes
import Testing

/// Typing into fields, and its effects.
@Suite struct FieldsTests {
  private func text(_ explorer: Explorer, width: Int = 100, height: Int = 30) -> String {
    explorer.view(width: width, height: height).text
  }

  @discardableResult
  private func press(_ explorer: inout Explorer, _ keys: ExplorerKey...) -> [Effect] {
    keys.flatMap { explorer.update(.key($0)) + explorer.update(.typingPaused) }
  }

  /// A user who types 12 does not want a run to be steered by 1 first.
  @Test func aNumberIsTakenOverWhenItIsTyped() {
    var explorer = ExplorerTests.explorer(frames: 2)
    explorer.move(to: .guidance)
    #expect(press(&explorer, .character("1"), .character("2")).isEmpty)
    #expect(explorer.fields.settings.guidance.scale == 3)
    let effects = press(&explorer, .tab)
    #expect(
      effects == [
        .steer(
          run: 0,
          Steering(prompt: "a red apple", negativePrompt: "", guidance: 12))
      ])
    #expect(explorer.fields.settings.guidance.scale == 12)
  }

  /// A run that starts by itself uses the number so far, and the user continues typing.
  @Test func aNumberIsTypedOnWhileAModelLoads() {
    var explorer = Explorer(randomSeed: 1)
    _ = explorer.update(.resized(width: 100, height: 30))
    explorer.move(to: .steps)
    press(&explorer, .character("1"))
    let started = ExplorerTests.started(explorer.update(.modelLoaded(ExplorerTests.facts)))
    #expect(started?.recipe.sampling.steps == 1)
    press(&explorer, .character("2"), .tab)
    #expect(explorer.fields.settings.steps == 12)
  }

  @Test func aNumberThatCannotBeLeavesTheValue() {
    var explorer = ExplorerTests.explorer()
    explorer.move(to: .steps)
    for digit in "2000" { press(&explorer, .character(digit)) }
    // It stays to be mended.
    #expect(press(&explorer, .enter).isEmpty)
    #expect(text(explorer).contains("steps ‹2000›"))
    press(&explorer, .escape)
    #expect(explorer.fields.settings.steps == 4)
    #expect(text(explorer).contains("1 to 1000"))
  }

  @Test func aPastedNumberStaysInItsField() {
    var explorer = ExplorerTests.explorer()
    explorer.move(to: .seed)
    _ = explorer.update(.paste("965400086\n"))
    press(&explorer, .escape)
    #expect(explorer.fields.settings.seed == 965_400_086)
    #expect(explorer.fields.prompt.text == "a red apple")
  }

  @Test func theNegativePromptIsMeasuredToo() {
    var explorer = ExplorerTests.explorer()
    explorer.move(to: .negative)
    #expect(press(&explorer, .character("x")) == [.measurePrompt("x")])
    _ = explorer.update(.promptMeasured(prompt: "x", tokens: 30, ignoredFrom: 0))
    #expect(text(explorer).contains("30/24"))
  }

  /// The active field is visible, even on a screen that otherwise has no line for it.
  @Test func aNegativePromptIsSeenOnLowScreens() {
    var explorer = ExplorerTests.explorer(width: 80, height: 24)
    #expect(!text(explorer, width: 80, height: 24).contains("leave out "))
    explorer.move(to: .negative)
    for letter in "rust" { press(&explorer, .character(letter)) }
    press(&explorer, .escape)
    #expect(text(explorer, width: 80, height: 24).contains("leave out  rust"))
  }

  @Test func enterRunsFromAFieldWhateverItsKey() {
    var explorer = ExplorerTests.explorer()
    explorer.keymap.bind("run", to: [.character("R")])
    explorer.move(to: .prompt)
    #expect(ExplorerTests.started(press(&explorer, .enter)) != nil)
  }

  /// The newest prompt is already shown: the first up key goes to the one before it.
  @Test func earlierPromptsBeginBehindTheNewest() {
    var preferences = Explorer.Preferences()
    preferences.history = ["a cat", "a red apple"]
    var explorer = Explorer(preferences, randomSeed: 1)
    _ = explorer.update(.resized(width: 100, height: 30))
    explorer.move(to: .prompt)
    press(&explorer, .up)
    #expect(explorer.fields.prompt.text == "a cat")
    press(&explorer, .down)
    #expect(explorer.fields.prompt.text == "a red apple")
  }

  // MARK: Whose settings they are

  @Test func theSettingsOfTheRunShownAreSaidAndTaken() {
    var explorer = ExplorerTests.explorer()
    #expect(!explorer.hasOtherSettings)
    explorer.move(to: .prompt)
    press(&explorer, .control("u"))
    _ = explorer.update(.paste("a fish"))
    press(&explorer, .escape)
    #expect(explorer.hasOtherSettings)
    #expect(text(explorer).contains("seed 7 · a red apple"))
    #expect(text(explorer).contains("y its settings"))
    let effects = press(&explorer, .character("y"))
    #expect(effects.contains(.measurePrompt("a red apple")))
    #expect(explorer.fields.prompt.text == "a red apple" && !explorer.hasOtherSettings)
  }

  @Test func theTourGivesTheFieldsBack() {
    var preferences = Explorer.Preferences()
    (preferences.prompt, preferences.chosen.seed) = ("my own words", 99)
    var explorer = Explorer(preferences, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    let step = Lesson.all.firstIndex { $0.title == "Step by step" } ?? 0
    press(&explorer, .character("Z"))
    for _ in 0..<step { press(&explorer, .character("n")) }
    #expect(explorer.fields.prompt.text == "a red apple")
    press(&explorer, .escape)
    #expect(explorer.fields.prompt.text == "my own words" && explorer.fields.settings.seed == 99)
  }

  @Test func aSizeThatWasAskedForWaitsForAModelThatHasIt() {
    var preferences = Explorer.Preferences()
    preferences.size = PictureSize(width: 768, height: 512)
    var explorer = Explorer(preferences, randomSeed: 1)
    _ = explorer.update(.resized(width: 100, height: 30))
    let first = ExplorerTests.started(explorer.update(.modelLoaded(ExplorerTests.facts)))
    #expect(first?.recipe.width == 8)
    #expect(text(explorer).contains("mini paints 8x8 pixels, not 768x512"))
    let large = ModelFacts(
      name: "sd", width: 512, height: 512, tokenLimit: 77, format: "f32",
      defaults: SamplingSettings(seed: 7), sizes: .multiples(of: 8), decodes: true)
    let second = ExplorerTests.started(explorer.update(.modelLoaded(large)))
    #expect(second?.recipe.width == 768 && second?.recipe.height == 512)
  }

  // MARK: Lists

  @Test func aListOpensAtOnceAndComesToNobodyWhoLeftIt() {
    var explorer = ExplorerTests.explorer()
    #expect(press(&explorer, .character("m")) == [.listModels])
    #expect(text(explorer).contains("looking…"))
    press(&explorer, .escape)
    _ = explorer.update(.models([ModelListing(name: "late", path: "/late", detail: "")]))
    #expect(explorer.picker == nil)
  }

  /// Before the list has arrived, the typed text searches for a name in it.
  @Test func enterWaitsForTheList() {
    var explorer = ExplorerTests.explorer()
    press(&explorer, .character("m"), .character("d"))
    #expect(press(&explorer, .enter).isEmpty)
    _ = explorer.update(.models([ModelListing(name: "dream", path: "/dream", detail: "")]))
    #expect(press(&explorer, .enter) == [.loadModel(path: "/dream")])
  }

  @Test func aModelIsChosenByItsPath() {
    var explorer = ExplorerTests.explorer()
    press(&explorer, .character("m"))
    _ = explorer.update(.models([]))
    _ = explorer.update(.paste("/models/sd15.safetensors"))
    #expect(press(&explorer, .enter) == [.loadModel(path: "/models/sd15.safetensors")])
  }

  /// Each sampler has a schedule of its own with a model, until one is chosen.
  @Test func aSamplerBringsItsSchedule() {
    var facts = ExplorerTests.facts
    facts.spacings = [.ddim: .trailing, .ddpm: .leading]
    var explorer = Explorer(randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    _ = explorer.update(.modelLoaded(facts))
    func turn(_ field: Focus, until isThere: (Explorer) -> Bool) {
      explorer.move(to: field)
      for _ in 0..<20 where !isThere(explorer) { _ = explorer.update(.key(.up)) }
    }
    turn(.sampler) { $0.fields.settings.sampler == .ddpm }
    #expect(explorer.fields.settings.spacing == .leading)
    turn(.spacing) { $0.fields.settings.spacing == .karras }
    turn(.sampler) { $0.fields.settings.sampler == .ddim }
    #expect(explorer.fields.settings.spacing == .karras)
  }
}

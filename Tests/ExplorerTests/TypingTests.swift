import Cells
import Diffusion
import Pictures
import Recipes
import Testing

@testable import Explorer

/// Whoever types a sentence ends up with its picture, wherever the focus is, and no letter of it loses anything.
@Suite struct TypingTests {
  /// An explorer as it opens, its example run in the middle.
  private func opened(
    _ preferences: Explorer.Preferences = .init(), frames: Int = 2, width: Int = 80,
    height: Int = 24
  ) -> Explorer {
    var explorer = Explorer(preferences, randomSeed: 1)
    _ = explorer.update(.resized(width: width, height: height))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    for index in 0..<frames { _ = explorer.update(.frame(run: 0, ExplorerTests.frame(index))) }
    return explorer
  }

  /// Keys one right after the other.
  @discardableResult
  private func type(_ text: String, into explorer: inout Explorer) -> [Effect] {
    text.flatMap { explorer.update(.key(.character($0))) }
  }

  @discardableResult
  private func press(_ explorer: inout Explorer, _ keys: ExplorerKey...) -> [Effect] {
    keys.flatMap { explorer.update(.key($0)) }
  }

  private func text(_ explorer: Explorer, width: Int = 80, height: Int = 24) -> String {
    explorer.view(width: width, height: height).text
  }

  private func bar(_ explorer: Explorer) -> String {
    text(explorer).split(separator: "\n", omittingEmptySubsequences: false).last.map(String.init)
      ?? ""
  }

  private func saves(_ effects: [Effect]) -> Int {
    effects.count { if case .save = $0 { true } else { false } }
  }

  /// An explorer in which a prompt was run to its end, after the example.
  private func withOwnRun() throws -> Explorer {
    var explorer = opened(frames: 4)
    type("a pear", into: &explorer)
    let run = try #require(ExplorerTests.started(press(&explorer, .enter)))
    for index in 0..<4 {
      _ = explorer.update(.frame(run: run.id, ExplorerTests.frame(index, prompt: "a pear")))
    }
    return explorer
  }

  // MARK: At the start

  @Test func whoeverTypesAtTheStartReplacesTheExample() throws {
    var explorer = opened()
    #expect(explorer.fields.focus == .prompt && explorer.fields.prompt.isAllSelected)
    let screen = explorer.view(width: 80, height: 24)
    #expect(screen.cursor != nil)
    let selected = screen.cells.filter { $0.style.attributes.contains(.reverse) }
    #expect(String(selected.compactMap(\.glyph)) == "a red apple")
    type("quit squash", into: &explorer)
    #expect(explorer.fields.prompt.text == "quit squash")
    let run = try #require(ExplorerTests.started(press(&explorer, .enter)))
    #expect(run.recipe.prompt == "quit squash" && explorer.fields.focus == .canvas)
  }

  @Test func aPasteAtTheStartReplacesItToo() {
    var explorer = opened()
    _ = explorer.update(.paste("a blue fish"))
    #expect(explorer.fields.prompt.text == "a blue fish" && explorer.typing.offered == nil)
  }

  @Test(arguments: [ExplorerKey.escape, .tab])
  func leavingForThePictureChangesNothing(_ key: ExplorerKey) {
    var explorer = opened()
    #expect(press(&explorer, key).isEmpty)
    #expect(explorer.fields.focus == .canvas && explorer.fields.prompt.text == "a red apple")
    #expect(explorer.fields.prompt.selection == nil)
    // Later, Tab goes from field to field.
    press(&explorer, .tab)
    #expect(explorer.fields.focus == .prompt && explorer.fields.prompt.isAllSelected)
    press(&explorer, .tab)
    #expect(explorer.fields.focus == .negative)
  }

  @Test func movementKeepsTheTextForEditing() {
    var explorer = opened()
    press(&explorer, .end)
    type("s", into: &explorer)
    #expect(explorer.fields.prompt.text == "a red apples")
    press(&explorer, .escape, .character("e"), .backspace)
    #expect(explorer.fields.prompt.text.isEmpty)
    // The change before the last one as well.
    press(&explorer, .control("_"))
    #expect(explorer.fields.prompt.text == "a red apples")
    press(&explorer, .control("_"))
    #expect(explorer.fields.prompt.text == "a red apple")
  }

  @Test func whatIsOpenedOrToldIsLookedAtFirst() {
    var preferences = Explorer.Preferences()
    preferences.opening = .init(
      recipe: Recipe(prompt: "a cat", width: 8, height: 8, model: "mini"))
    #expect(Explorer(preferences, randomSeed: 1).fields.focus == .canvas)
    preferences = .init()
    preferences.beginsTour = true
    #expect(Explorer(preferences, randomSeed: 1).fields.focus == .canvas)
    preferences = .init()
    preferences.prompt = "a dog"
    let explorer = Explorer(preferences, randomSeed: 1)
    #expect(explorer.fields.focus == .prompt && explorer.fields.prompt.isAllSelected)
  }

  /// A model that reads no prompt has nothing to type.
  @Test func withoutAPromptToReadThePictureHasTheFocus() {
    var explorer = Explorer(randomSeed: 1)
    _ = explorer.update(.resized(width: 80, height: 24))
    var facts = ExplorerTests.facts
    facts.tokenLimit = 0
    #expect(ExplorerTests.started(explorer.update(.modelLoaded(facts))) != nil)
    #expect(explorer.fields.focus == .canvas)
  }

  /// Half a prompt is not run, and one that was entered is, as soon as it can be.
  @Test(arguments: [false, true])
  func whatIsTypedWhileTheModelLoads(_ isEntered: Bool) {
    var explorer = Explorer(randomSeed: 1)
    _ = explorer.update(.resized(width: 80, height: 24))
    type("a blue", into: &explorer)
    if isEntered {
      press(&explorer, .enter)
      #expect(text(explorer).contains("will run as soon as the model is loaded"))
    }
    let run = ExplorerTests.started(explorer.update(.modelLoaded(ExplorerTests.facts)))
    #expect(run?.recipe.prompt == (isEntered ? "a blue" : nil))
    guard !isEntered else { return }
    type(" fish", into: &explorer)
    let later = ExplorerTests.started(press(&explorer, .enter))
    #expect(later?.recipe.prompt == "a blue fish")
  }

  // MARK: On the picture

  @Test func aPasteOnThePictureIsOffered() throws {
    var explorer = ExplorerTests.explorer(width: 80, height: 24)
    _ = explorer.update(.paste("\n a red\nfox \n"))
    #expect(bar(explorer).contains("Use “a red fox"))
    #expect(bar(explorer).contains("as the prompt? enter yes, esc no"))
    press(&explorer, .escape)
    #expect(explorer.typing.offered == nil && explorer.fields.prompt.text == "a red apple")
    _ = explorer.update(.paste("a red fox\n"))
    let run = try #require(ExplorerTests.started(press(&explorer, .enter)))
    #expect(run.recipe.prompt == "a red fox" && explorer.fields.focus == .canvas)
    // White space is not a prompt.
    _ = explorer.update(.paste(" \n"))
    #expect(explorer.typing.offered == nil)
  }

  /// However long the text is, the answers are seen.
  @Test(arguments: [(40, 12), (80, 24)])
  func aLongPasteIsCutAndItsAnswersAreSeen(_ size: (Int, Int)) {
    var explorer = ExplorerTests.explorer(width: size.0, height: size.1)
    _ = explorer.update(.paste(String(repeating: "word ", count: 100_000)))
    let words = text(explorer, width: size.0, height: size.1).split(whereSeparator: \.isWhitespace)
    #expect(words.suffix(5).joined(separator: " ").contains("enter yes, esc no"))
    #expect(explorer.typing.offered?.characters.count == TextField.limit)
    #expect(press(&explorer, .control("c")).isEmpty && explorer.typing.offered == nil)
  }

  @Test func keysThatCameTogetherAreASentence() {
    func keys(_ text: String) -> [ExplorerEvent] { text.map { .key(.character($0)) } }
    #expect(ExplorerEvent.gathered(keys("a red fox")) == [.paste("a red fox")])
    #expect(
      ExplorerEvent.gathered(keys("e") + [.key(.control("u"))] + keys("squash") + [.key(.enter)])
        == [.key(.character("e")), .key(.control("u")), .paste("squash"), .key(.enter)])
    // A few commands, a repeating key, a search and a number are not sentences.
    for text in ["r", "sS", "llllllll", "hlhlhlhl", "/cat", "?", "2000", "++++"] {
      #expect(ExplorerEvent.gathered(keys(text)) == keys(text))
    }
  }

  /// The letters of “spaces” save, play and open a list; typed quickly, they are a sentence, and nothing is saved.
  @Test func lettersThatFollowAtOnceAreOffered() {
    var explorer = ExplorerTests.explorer()
    #expect(type("spx", into: &explorer).isEmpty)
    #expect(explorer.typing.held.isEmpty && explorer.typing.offered == nil)
    type("y", into: &explorer)
    #expect(explorer.typing.offered?.text == "spxy")
    type(" glass", into: &explorer)
    let effects = press(&explorer, .enter)
    #expect(ExplorerTests.started(effects)?.recipe.prompt == "spxy glass")
    #expect(saves(effects) == 0 && saves(explorer.update(.typingPaused)) == 0)
  }

  /// If a sentence arrives in two parts, the earlier letters belong to it.
  @Test func theFirstLettersBelongToTheRest() {
    var explorer = ExplorerTests.explorer()
    type("sp", into: &explorer)
    _ = explorer.update(.paste("arrows"))
    #expect(explorer.typing.offered?.text == "sparrows")
    #expect(saves(explorer.update(.typingPaused)) == 0)
  }

  @Test func lettersAPauseApartAreCommands() {
    var explorer = ExplorerTests.explorer()
    for letter in "xgtxgt" { _ = explorer.pressAlone(letter) }
    #expect(explorer.typing.offered == nil)
    // The same applies to a repeating key.
    type("hhhhhhhhllllllll", into: &explorer)
    #expect(explorer.typing.offered == nil)
  }

  /// Saving responds immediately and happens a moment later, or with any key that is not a letter.
  @Test func aSaveWaitsForNoFurtherLetter() {
    var explorer = ExplorerTests.explorer()
    #expect(saves(explorer.update(.key(.character("s")))) == 0)
    #expect(text(explorer).contains("saving") && explorer.awaitsPause && explorer.holdsSave)
    #expect(saves(explorer.update(.typingPaused)) == 1)
    #expect(!explorer.awaitsPause)
    _ = explorer.update(.key(.character("S")))
    #expect(saves(explorer.update(.key(.left))) == 1)
    // A repeating key saves once, and a key followed by another letter does not save.
    #expect(saves(type("sss", into: &explorer)) == 0)
    #expect(saves(explorer.update(.typingPaused)) == 1)
    type("sx", into: &explorer)
    #expect(text(explorer).contains("nothing was saved") || text(explorer).contains("x0"))
    #expect(saves(explorer.update(.typingPaused)) == 0)
  }

  /// The first letter of most prompts opens the list of LoRAs; the sentence is not lost there.
  @Test func aSentenceThatOpenedAListIsOffered() throws {
    var explorer = ExplorerTests.explorer()
    _ = explorer.pressAlone("a")
    _ = explorer.update(.loras(["/loras/zorb.safetensors"]))
    for letter in " red fox" { _ = explorer.pressAlone(letter) }
    press(&explorer, .enter)
    #expect(explorer.typing.offered?.text == "a red fox")
    #expect(ExplorerTests.started(press(&explorer, .enter))?.recipe.prompt == "a red fox")
    // A path stays a path.
    _ = explorer.pressAlone("a")
    _ = explorer.update(.loras([]))
    _ = explorer.update(.paste("/loras/my zorb.safetensors"))
    #expect(
      press(&explorer, .enter) == [.findLoRA(path: "/loras/my zorb.safetensors", weight: nil)])
  }

  /// Letters that briefly act as commands end nothing, and their changes are undone.
  @Test(arguments: ["quiet sea", "dunes at dusk", "xylophone", "tents", "gnu under trees"])
  func noFirstLetterLosesAnything(_ sentence: String) throws {
    var explorer = ExplorerTests.explorer()
    let before = explorer
    let effects = type(sentence, into: &explorer)
    let isHarmless = effects.allSatisfy {
      switch $0 {
      case .quit, .save, .copy, .forget: false
      default: true
      }
    }
    #expect(isHarmless, "\(effects)")
    let run = try #require(ExplorerTests.started(press(&explorer, .enter)))
    #expect(run.recipe.prompt == sentence)
    #expect(run.recipe.sampling.seed == 7 && explorer.fields.seedMode == .fixed)
    #expect(explorer.display == before.display)
    #expect(explorer.runs.all.first?.frames.count == 4)
    #expect(explorer.update(.typingPaused).isEmpty)
  }

  /// If a letter moved the focus to the prompt, the earlier letters belong to the sentence, unless they were pressed on
  /// purpose.
  @Test func lettersThatLedToThePromptBelongToIt() throws {
    var explorer = ExplorerTests.explorer()
    type("tiger", into: &explorer)
    #expect(explorer.fields.focus == .prompt && explorer.fields.prompt.text == "tiger")
    #expect(explorer.display.theme == .dark)
    #expect(ExplorerTests.started(press(&explorer, .enter))?.recipe.prompt == "tiger")
    explorer = ExplorerTests.explorer()
    _ = explorer.pressAlone("h")
    type("ea dog", into: &explorer)
    #expect(explorer.fields.prompt.text == "a dog")
    explorer = ExplorerTests.explorer()
    type("he", into: &explorer)
    _ = explorer.update(.typingPaused)
    type("a dog", into: &explorer)
    #expect(explorer.fields.prompt.text == "a dog")
  }

  /// Typed slowly, the first letters are commands, the last of which opens the prompt or the negative prompt. They
  /// belong to the word that only they complete, and what they changed is undone.
  @Test(arguments: [
    "elephant", "egg on toast", "ice cream", "Night sky", "red fox", "tiger", "needle in hay",
    "eagle, flying",
  ])
  func noLetterOfASlowlyTypedWordIsLost(_ sentence: String) throws {
    var explorer = ExplorerTests.explorer()
    explorer.fields.replaceNegative(with: "stars")
    let before = explorer
    for letter in sentence { _ = explorer.pressAlone(letter) }
    #expect(explorer.fields.focus == .prompt)
    let run = try #require(ExplorerTests.started(press(&explorer, .enter)))
    #expect(run.recipe.prompt.lowercased() == sentence.lowercased())
    #expect(run.recipe.negativePrompt == "stars" && explorer.fields.negative.text == "stars")
    #expect(explorer.display == before.display && explorer.fields.seedMode == .fixed)
  }

  /// The rest of a sentence that arrives at once gets its first letter too, and undo removes it again.
  @Test func theRestOfAWordMayArriveAtOnce() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.pressAlone("e")
    _ = explorer.update(.paste("lephant in a bath"))
    #expect(explorer.fields.prompt.text == "elephant in a bath")
    press(&explorer, .control("_"))
    #expect(explorer.fields.prompt.text == "lephant in a bath")
    let run = ExplorerTests.started(press(&explorer, .enter))
    #expect(run?.recipe.prompt == "lephant in a bath")
  }

  /// A word that is complete stays as it is, however the prompt was opened.
  @Test(arguments: ["a dog", "rose", "at dusk", "pear", "mage"])
  func aCompleteWordGetsNoLetters(_ sentence: String) throws {
    for opener in ["e", "i", "he", "xe", "te"] {
      var explorer = ExplorerTests.explorer()
      for letter in opener + sentence { _ = explorer.pressAlone(letter) }
      let run = ExplorerTests.started(press(&explorer, .enter))
      #expect(run?.recipe.prompt == sentence)
    }
    // Neither do letters that came after another way to the field.
    var explorer = ExplorerTests.explorer()
    for key in [ExplorerKey.character("e"), .escape, .alt("e")] { press(&explorer, key) }
    for letter in "lephant" { _ = explorer.pressAlone(letter) }
    #expect(ExplorerTests.started(press(&explorer, .enter))?.recipe.prompt == "lephant")
  }

  /// Commands in quick succession stay done if they turn out not to be a sentence.
  @Test func whatIsNoSentenceStaysDone() {
    var explorer = ExplorerTests.explorer()
    type("xnpx", into: &explorer)
    #expect(explorer.typing.offered?.text == "xnpx")
    press(&explorer, .escape)
    #expect(explorer.fields.seedMode == .counting && explorer.display.pictureKind == .denoised)
  }

  /// A list without a match offers a sentence as the prompt, and says so.
  @Test(arguments: ["?", ":", "v", "z", "E", "/"])
  func aSentenceTypedInAListIsOffered(_ key: Character) throws {
    var explorer = ExplorerTests.explorer(width: 100, height: 30)
    _ = explorer.pressAlone(key)
    #expect(explorer.picker != nil)
    _ = explorer.update(.paste("a zebra by the quay, foggy"))
    #expect(text(explorer, width: 100, height: 30).contains("enter offers it as the prompt"))
    press(&explorer, .enter)
    #expect(explorer.typing.offered?.text == "a zebra by the quay, foggy")
    let run = try #require(ExplorerTests.started(press(&explorer, .enter)))
    #expect(run.recipe.prompt == "a zebra by the quay, foggy")
  }

  /// A view that shows nothing about a run closes for the run of a new prompt; one that explains the run stays.
  @Test(arguments: ["game", "learning", "noise-bench", "triptych"])
  func theRunOfANewPromptIsSeen(_ view: String) throws {
    var explorer = ExplorerTests.explorer()
    explorer.restoreView(view)
    #expect(explorer.views.open?.id == view)
    _ = explorer.update(.paste("a blue heron"))
    #expect(ExplorerTests.started(press(&explorer, .enter))?.recipe.prompt == "a blue heron")
    #expect(explorer.views.open?.id == (view == "triptych" ? view : nil))
    explorer.restoreView(view)
    press(&explorer, .alt("e"))
    _ = explorer.update(.paste("a grey heron"))
    #expect(ExplorerTests.started(press(&explorer, .enter))?.recipe.prompt == "a grey heron")
    #expect(explorer.views.open?.id == (view == "triptych" ? view : nil))
  }

  // MARK: Quitting

  @Test func quittingAsksWhereRunsAreNotSaved() throws {
    var explorer = opened(frames: 4)
    press(&explorer, .escape)
    // The loss of the example does not matter.
    #expect(explorer.pressAlone("q") == [.quit])
    explorer = try withOwnRun()
    #expect(press(&explorer, .character("q")).isEmpty)
    #expect(bar(explorer).contains("press q again to quit; 1 run is not saved"))
    // Any other key cancels it.
    press(&explorer, .left)
    _ = explorer.update(.typingPaused)
    #expect(press(&explorer, .character("q")).isEmpty)
    #expect(press(&explorer, .character("q")) == [.quit])
  }

  @Test func whatIsSavedIsNotAskedFor() throws {
    var explorer = try withOwnRun()
    #expect(saves(explorer.pressAlone("s")) == 1)
    // It is written before the program ends.
    #expect(explorer.pressAlone("q") == [.quit])
    _ = explorer.update(.saveFailed("no room"))
    _ = explorer.update(.typingPaused)
    #expect(press(&explorer, .character("q")).isEmpty)
    _ = explorer.pressAlone("s")
    _ = explorer.update(.saved(path: "a-pear-7.png"))
    #expect(explorer.pressAlone("q") == [.quit])
  }

  /// Who presses both keys quickly wants both.
  @Test func savingAndQuittingAtOnceDoesBoth() throws {
    var explorer = ExplorerTests.explorer()
    type("sq", into: &explorer)
    #expect(text(explorer).contains("press q again to quit"))
    let effects = press(&explorer, .character("q"))
    #expect(saves(effects) == 1 && effects.last == .quit)
  }

  @Test func anExampleThatWasSteeredIsNotSaved() {
    var explorer = ExplorerTests.explorer(frames: 2)
    explorer.move(to: .guidance)
    press(&explorer, .character("+"), .escape)
    #expect(press(&explorer, .character("q")).isEmpty)
    #expect(explorer.unsavedRuns == 1)
  }

  @Test func controlCSaysWhatIsNotSaved() throws {
    var explorer = try withOwnRun()
    #expect(press(&explorer, .control("c")).isEmpty)
    #expect(bar(explorer).contains("ctrl-c again quits; 1 run is not saved"))
    #expect(press(&explorer, .control("c")) == [.quit])
  }

  // MARK: Fields of numbers

  @Test func fieldsOfNumbersTakeNoCommands() {
    for field in [Focus.seed, .steps, .guidance] {
      var explorer = ExplorerTests.explorer()
      explorer.move(to: field)
      let before = explorer.fields.settings
      // If they are not a sentence, letters only lead to a hint.
      #expect(type("qsq", into: &explorer).isEmpty)
      #expect(text(explorer).contains("this field takes numbers"))
      press(&explorer, .control("u"))
      #expect(type("a quick brown fox jumps, over SAZ: [q] /s", into: &explorer).isEmpty)
      #expect(explorer.typing.offered?.text == "a quick brown fox jumps, over SAZ: [q] /s")
      press(&explorer, .escape)
      #expect(
        explorer.fields.focus == field && explorer.picker == nil
          && explorer.fields.settings == before)
      #expect(explorer.tour.lesson == nil && explorer.runs.count == 1)
      // Numbers, signs and editing keys work, and so does the help.
      type("12", into: &explorer)
      press(&explorer, .backspace, .character("+"))
      #expect(explorer.fields.number(field).hasPrefix(field == .guidance ? "1.5" : "2"))
      type("99", into: &explorer)
      press(&explorer, .control("u"), .character("3"), .tab)
      #expect(explorer.fields.number(field).hasPrefix("3"))
      explorer.move(to: field)
      press(&explorer, .character("?"))
      #expect(explorer.picker?.kind == .help)
    }
  }

  @Test func aSentencePastedIntoANumberIsOffered() {
    var explorer = ExplorerTests.explorer()
    explorer.move(to: .steps)
    _ = explorer.update(.paste("3 red foxes"))
    #expect(explorer.typing.offered?.text == "3 red foxes" && explorer.fields.typed == nil)
    #expect(ExplorerTests.started(press(&explorer, .enter))?.recipe.prompt == "3 red foxes")
  }

  /// Typed letter by letter, a sentence with a number in it is offered too, and the number is not taken over.
  @Test func aSentenceTypedIntoANumberIsOffered() throws {
    var explorer = ExplorerTests.explorer()
    explorer.move(to: .steps)
    for letter in "3 red foxes" { _ = explorer.pressAlone(letter) }
    #expect(explorer.typing.offered?.text == "3 red foxes")
    let run = try #require(ExplorerTests.started(press(&explorer, .enter)))
    #expect(run.recipe.prompt == "3 red foxes" && run.recipe.sampling.steps == 4)
  }

  // MARK: The last line

  /// The keys to the prompt and to the tour are shown everywhere, and they work.
  @Test(arguments: Focus.allCases)
  func theLastLineLeadsToThePromptAndTheTour(_ focus: Focus) throws {
    var explorer = ExplorerTests.explorer(width: 80, height: 24)
    explorer.move(to: focus)
    let isTyping = focus.isText || focus.isNumber
    #expect(bar(explorer).contains(isTyping ? "alt-t tour" : "Z tour"))
    if focus != .prompt {
      #expect(bar(explorer).contains(isTyping ? "alt-e prompt" : "e prompt"))
      var other = explorer
      press(&other, isTyping ? .alt("e") : .character("e"))
      #expect(other.fields.focus == .prompt && other.fields.prompt.isAllSelected)
    }
    press(&explorer, isTyping ? .alt("t") : .character("Z"))
    #expect(explorer.tour.lesson == 0)
  }

  @Test func aListAndAViewLeadThereToo() {
    var explorer = ExplorerTests.explorer(width: 80, height: 24)
    press(&explorer, .control("k"))
    #expect(bar(explorer).contains("alt-e prompt") && bar(explorer).contains("alt-t tour"))
    press(&explorer, .alt("e"))
    #expect(explorer.picker == nil && explorer.fields.focus == .prompt)
    press(&explorer, .escape)
    explorer.restoreView("triptych")
    #expect(bar(explorer).contains("e prompt") && bar(explorer).contains("Z tour"))
    #expect(bar(explorer).contains("esc back"))
  }

  @Test func theLastLineSaysHowToBegin() {
    let explorer = opened()
    #expect(bar(explorer).contains("type to replace it"))
    #expect(bar(explorer).contains("enter run") && bar(explorer).contains("alt-t tour"))
  }
}

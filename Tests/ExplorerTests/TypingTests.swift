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
    // Later Tab goes from field to field.
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
      #expect(text(explorer).contains("runs as soon as the model is loaded"))
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
    // White space is no prompt.
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
    // A few commands, a key that is held down, a search and a number are none.
    for text in ["r", "sS", "llllllll", "hlhlhlhl", "/cat", "?", "2000", "++++"] {
      #expect(ExplorerEvent.gathered(keys(text)) == keys(text))
    }
  }

  /// The letters of “spaces” save, play and open a list; typed at once they are a sentence, and nothing is saved.
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

  /// Where a sentence comes in two parts, the letters before it belong to it.
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
    // So is a key that is held down.
    type("hhhhhhhhllllllll", into: &explorer)
    #expect(explorer.typing.offered == nil)
  }

  /// Saving answers at once and is done a moment later, or by any key that is no letter.
  @Test func aSaveWaitsForNoFurtherLetter() {
    var explorer = ExplorerTests.explorer()
    #expect(saves(explorer.update(.key(.character("s")))) == 0)
    #expect(text(explorer).contains("saving") && explorer.awaitsPause && explorer.holdsSave)
    #expect(saves(explorer.update(.typingPaused)) == 1)
    #expect(!explorer.awaitsPause)
    _ = explorer.update(.key(.character("S")))
    #expect(saves(explorer.update(.key(.left))) == 1)
    // A key that is held down saves once, and one that another letter follows does not.
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

  // MARK: Quitting

  @Test func quittingAsksWhereRunsAreNotSaved() throws {
    var explorer = opened(frames: 4)
    press(&explorer, .escape)
    // Nobody would miss the example.
    #expect(press(&explorer, .character("q")) == [.quit])
    explorer = try withOwnRun()
    #expect(press(&explorer, .character("q")).isEmpty)
    #expect(bar(explorer).contains("press q again to quit; 1 run is not saved"))
    // Any other key takes it back.
    press(&explorer, .left)
    _ = explorer.update(.typingPaused)
    #expect(press(&explorer, .character("q")).isEmpty)
    #expect(press(&explorer, .character("q")) == [.quit])
  }

  @Test func whatIsSavedIsNotAskedFor() throws {
    var explorer = try withOwnRun()
    #expect(saves(explorer.pressAlone("s")) == 1)
    // It is written before the program ends.
    #expect(press(&explorer, .character("q")) == [.quit])
    _ = explorer.update(.saveFailed("no room"))
    _ = explorer.update(.typingPaused)
    #expect(press(&explorer, .character("q")).isEmpty)
    _ = explorer.pressAlone("s")
    _ = explorer.update(.saved(path: "a-pear-7.png"))
    #expect(press(&explorer, .character("q")) == [.quit])
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
      #expect(type("a quick brown fox jumps, over SAZ: [q] /s", into: &explorer).isEmpty)
      #expect(
        explorer.fields.focus == field && explorer.picker == nil
          && explorer.fields.settings == before)
      #expect(explorer.tour.lesson == nil && explorer.runs.count == 1)
      #expect(text(explorer).contains("this field takes numbers"))
      // Numbers, signs and what edits them work, and so does the help.
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

  // MARK: The last line

  /// Wherever one is, the way to the prompt and to the tour is there, and it is the one that works.
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

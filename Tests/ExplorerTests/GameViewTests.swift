import Cells
import Testing

@testable import Explorer

/// The word game as a view: it can be played with and without the tour, and continues as its sentences are encoded.
@Suite struct GameViewTests {
  private func explorer(width: Int = 80, height: Int = 24) -> Explorer {
    var explorer = ExplorerTests.explorer(width: width, height: height)
    press(&explorer, .character("V"))
    return explorer
  }

  @discardableResult
  private func press(_ explorer: inout Explorer, _ keys: ExplorerKey...) -> [Effect] {
    keys.flatMap { explorer.update(.key($0)) + explorer.update(.typingPaused) }
  }

  private func text(_ explorer: Explorer) -> String {
    explorer.view(width: explorer.display.columns, height: explorer.display.rows).text
  }

  private func words(_ text: String) -> [Substring] {
    text.filter { !"│┃▸✓✗◆".contains($0) }.split(whereSeparator: \.isWhitespace)
  }

  /// The sentences that effects ask for.
  private func sentences(_ effects: [Effect]) -> [String]? {
    for case .study(let studies) in effects {
      for case .sentences(let sentences) in studies { return sentences }
    }
    return nil
  }

  /// A text encoder that counts words, so that two sentences are the nearer the more words they share.
  private func embeddings(_ sentences: [String]) -> [[Float]] {
    sentences.map { sentence in
      var counts = [Float](repeating: 0, count: 4096)
      for word in sentence.split(separator: " ") {
        // The game writes “an” for “a” before a vowel.
        let bytes = (word == "an" ? "a" : word).utf8
        counts[bytes.reduce(7) { ($0 * 31 + Int($1)) % 4096 }] += 1
      }
      return counts
    }
  }

  /// Answers the game's requests until there are no more.
  ///
  /// - Returns: The number of requests.
  private func encodeAll(_ effects: [Effect], for explorer: inout Explorer) -> Int {
    var (wanted, count) = (sentences(effects), 0)
    while let asked = wanted, count < 100 {
      count += 1
      let finding = Finding.sentences(embeddings(asked))
      wanted = sentences(explorer.update(.studied(.sentences(asked), finding)))
    }
    return count
  }

  // MARK: Playing

  @Test(arguments: [(40, 12), (80, 24), (120, 40)])
  func theSentenceIsReadInFull(_ size: (Int, Int)) {
    var explorer = explorer(width: size.0, height: size.1)
    let sentence = words("The queen gave the girl a red strong with poison.")
    let screen = words(text(explorer))
    #expect(screen.indices.contains { screen[$0...].starts(with: sentence) })
    #expect(text(explorer).contains("One wrong word"))
    // In the tour, a lesson is shown above it.
    press(&explorer, .character("Z"))
    let own = words("The witch lived in a small house of bread and moon.")
    let lesson = words(text(explorer))
    #expect(lesson.indices.contains { lesson[$0...].starts(with: own) })
  }

  /// If there is room, the letters are large enough for a class, with marks below the words.
  @Test func onALargeScreenItIsWrittenLarge() {
    var explorer = explorer(width: 200, height: 60)
    #expect(text(explorer).contains("One wrong word") && !text(explorer).contains("strong"))
    let queen = LargeText("queen")?.columns ?? 0
    press(&explorer, .right)
    #expect(text(explorer).contains(" ▸" + String(repeating: "━", count: queen - 1) + " "))
    let letters = explorer.view(width: 200, height: 60).cells.count {
      "▀▄█".contains($0.glyph ?? " ")
    }
    #expect(letters > 200)
    press(&explorer, .enter)
    #expect(text(explorer).contains("✓") && text(explorer).contains("“queen” is right."))
    // A sentence with letters that the font lacks is written as elsewhere.
    press(&explorer, .character("o"))
    _ = explorer.update(.paste("日本 の 海"))
    press(&explorer, .enter)
    #expect(text(explorer).contains("▸"))
    #expect(text(explorer).contains("の") || text(explorer).contains("海"))
  }

  /// The kind of a word is shown as a mark beside it, with and without colours.
  @Test(arguments: [ColorDepth.trueColor, .none])
  func marksSayWhatColoursSay(_ colors: ColorDepth) {
    var explorer = Explorer(colors: colors, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 80, height: 24))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    press(&explorer, .character("V"))
    #expect(text(explorer).contains("▸The "))
    press(&explorer, .enter)
    #expect(text(explorer).contains("▸The✓") && text(explorer).contains("“the” is right."))
    for _ in 0..<7 { press(&explorer, .right) }
    press(&explorer, .enter)
    #expect(text(explorer).contains("▸strong✗"))
    #expect(text(explorer).contains("Which word belongs here?"))
    // The five choices; those that were tried are marked too, until the right one is found.
    for _ in 0..<5 where text(explorer).contains("Which word belongs here?") {
      press(&explorer, .enter)
      if text(explorer).contains("does not belong here") { press(&explorer, .down) }
    }
    #expect(text(explorer).contains("You have repaired it.") && text(explorer).contains("◆"))
  }

  @Test func escLeavesTheChoiceBeforeTheView() {
    var explorer = explorer()
    for _ in 0..<7 { press(&explorer, .right) }
    press(&explorer, .enter, .escape)
    #expect(explorer.views.open?.id == "game" && text(explorer).contains("Which?"))
    press(&explorer, .escape)
    #expect(explorer.views.open == nil)
  }

  /// While a sentence is typed, no letter of it is a command.
  @Test func aSentenceIsTypedInIt() {
    var explorer = explorer()
    let (runs, prompt) = (explorer.runs.count, explorer.fields.prompt.text)
    let position = explorer.runs.position
    press(&explorer, .character("o"))
    #expect(explorer.views.isTyping && text(explorer).contains("enter done"))
    #expect(!text(explorer).contains("? help"))
    for letter in "rq ZN? " {
      let effects = explorer.update(.key(.character(letter)))
      #expect(effects.isEmpty)
    }
    press(&explorer, .backspace, .left, .up)
    #expect(explorer.update(.paste("the cat\nsat")).isEmpty)
    #expect(text(explorer).contains("▸ rq ZN?the cat sat"))
    #expect(explorer.view(width: 80, height: 24).cursor != nil)
    press(&explorer, .enter)
    #expect(!explorer.views.isTyping && explorer.views.open?.id == "game")
    #expect(text(explorer).contains("One wrong word"))
    #expect(explorer.runs.count == runs && explorer.fields.prompt.text == prompt)
    #expect(
      !explorer.tour.isOn && explorer.typing.offered == nil && explorer.runs.position == position)
  }

  @Test func aVeryLongPasteIsCut() {
    var explorer = explorer()
    press(&explorer, .character("o"))
    _ = explorer.update(.paste(String(repeating: "lorem e\u{301} ", count: 100_000)))
    #expect(text(explorer).contains("The text is full."))
    press(&explorer, .escape)
    #expect(!explorer.views.isTyping && explorer.views.open?.id == "game")
  }

  // MARK: Watching

  @Test(arguments: [(40, 12), (80, 24), (120, 40), (200, 60)])
  func theProgramRepairsIt(_ size: (Int, Int)) {
    var explorer = explorer(width: size.0, height: size.1)
    let effects = press(&explorer, .character("w"))
    #expect(sentences(effects)?.count == 2)
    let count = encodeAll(effects, for: &explorer)
    // The goal and the start, then the change that helps, and the goal is reached.
    #expect(count == 2)
    #expect(words(text(explorer)).contains("goal."))
    if size.0 >= 80 {
      let screen = text(explorer)
      #expect(screen.contains("Distance to the goal: 0.00"))
      #expect(screen.contains("It has reached the goal.") && screen.contains("◆"))
      #expect(screen.contains("▲") && screen.contains("distance"))
    }
    // One step back is the start, which has a larger distance.
    press(&explorer, .left)
    #expect(!text(explorer).contains("0.00") && !text(explorer).contains("◆"))
  }

  /// From noise alone it ends as the lessons go on.
  @Test func itEndsWithPictures() {
    var explorer = explorer()
    press(&explorer, .up, .up, .up)
    #expect(text(explorer).contains("Only wrong words") && text(explorer).contains("Hint: "))
    let count = encodeAll(press(&explorer, .character("w")), for: &explorer)
    #expect(count > 5)
    #expect(text(explorer).contains("Pictures are made the same way."))
    #expect(text(explorer).contains("The noise is coloured dots."))
  }

  @Test func whyItCannotGoOnIsSaid() throws {
    var explorer = explorer()
    let asked = try #require(sentences(press(&explorer, .character("w"))))
    #expect(explorer.update(.studied(.sentences(asked), .failed("no encoder here"))).isEmpty)
    #expect(text(explorer).contains("no encoder here") && text(explorer).contains("It stops here."))
    // It can be played all the same.
    press(&explorer, .up)
    #expect(text(explorer).contains("Two wrong words") && !text(explorer).contains("no encoder"))
  }

  // MARK: The tour

  @Test func inTheTourItsKeysComeFirstAndTheToursStay() {
    var explorer = ExplorerTests.explorer(width: 80, height: 24)
    press(&explorer, .character("Z"), .character("o"), .character("n"), .character("N"))
    #expect(explorer.tour.lesson == 0 && explorer.views.isTyping)
    #expect(text(explorer).contains("esc, then n next"))
    press(&explorer, .escape, .end, .enter)
    #expect(text(explorer).contains("Which word belongs here?"))
    press(&explorer, .escape)
    #expect(explorer.tour.isOn)
    press(&explorer, .character("n"))
    #expect(explorer.tour.lesson == 1)
    press(&explorer, .backspace)
    #expect(explorer.tour.lesson == 0)
    press(&explorer, .tab)
    #expect(explorer.tour.lesson == 1)
    press(&explorer, .character("N"), .escape)
    #expect(!explorer.tour.isOn)
  }

  /// Any keys at any size: a screen of that size, and no trap.
  @Test func anyKeysAtAnySize() {
    var state: UInt64 = 5
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    let keys: [ExplorerKey] =
      [.left, .right, .up, .down, .home, .end, .enter, .enter, .enter, .escape, .backspace]
      + "ogrwx日".map { .character($0) }
    for _ in 0..<20 {
      var explorer = explorer(width: 40 + random(100), height: 12 + random(50))
      for _ in 0..<60 {
        let effects = explorer.update(.key(keys[random(keys.count)]))
        if let asked = sentences(effects), random(3) > 0 {
          _ = explorer.update(.studied(.sentences(asked), .sentences(embeddings(asked))))
        }
        if explorer.views.open?.id != "game" { press(&explorer, .escape, .character("V")) }
        let screen = explorer.view(width: explorer.display.columns, height: explorer.display.rows)
        #expect(screen.height == explorer.display.rows)
      }
    }
  }
}

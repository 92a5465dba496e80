import Testing

@testable import WordGame

/// The game as a player meets it: keys in, scenes out.
@Suite struct WordGameTests {
  /// The whole game: each round is repaired with keys alone, then watched.
  @Test(arguments: [UInt64(0), 1, 2])
  func everyRoundCanBeSolvedAndWatched(_ seed: UInt64) {
    var game = WordGame(seed: seed)
    for round in Round.allCases {
      #expect(game.round == round)
      game.checkScene()
      game.solve()
      #expect(game.phase == .solved(byPlayer: true))
      #expect(game.scene.lines.first == "You have repaired it.")
      #expect(game.request == nil)
      let noised = game.puzzle.noised
      game.press(.enter)
      game.watchToTheEnd()
      #expect(game.denoising?.steps.first?.words == noised)
      let ending = ["Pictures are made the same way.", "The noise is coloured dots."]
      #expect((Array(game.scene.lines.suffix(2)) == ending) == (round == .everyWord))
      game.press(.enter)
    }
    // The last round continues with other tales.
    #expect(game.round == .everyWord && game.phase == .finding)
    #expect(game.scene.hint?.hasPrefix("Hint: a ") == true)
  }

  @Test func theSeedAndTheKeysDecide() {
    func played(_ seed: UInt64) -> WordGame {
      var game = WordGame(seed: seed)
      game.press([.up, .up, .up, .character("r"), .character("w")])
      game.watchToTheEnd()
      return game
    }
    #expect(played(11) == played(11))
    #expect(played(11).scene != played(12).scene)
  }

  @Test func aWrongChoiceLosesNothing() throws {
    var game = WordGame(seed: 5)
    let place = try #require(game.puzzle.places.firstIndex { $0.noised != $0.original })
    game.press([.home] + Array(repeating: .right, count: place) + [.enter])
    #expect(game.scene.words[place].mark == .wrong && game.scene.words[place].isSelected)
    let (words, choices) = (game.words, game.puzzle.places[place].choices)
    let wrong = try #require(choices.firstIndex { $0 != game.puzzle.places[place].original })
    game.press(Array(repeating: .down, count: wrong) + [.enter])
    #expect(game.words == words)
    #expect(game.scene.lines.last == "“\(choices[wrong])” does not belong here. Try another one.")
    #expect(game.scene.choices.filter(\.isRejected).map(\.text) == [choices[wrong]])
    game.press(.escape)
    #expect(game.phase == .finding)
    game.solve()
    #expect(game.phase == .solved(byPlayer: true))
  }

  @Test func aRightWordIsCalledRight() throws {
    var game = WordGame(seed: 5)
    let place = try #require(game.puzzle.places.firstIndex { $0.noised == $0.original })
    game.press([.home] + Array(repeating: .right, count: place) + [.enter])
    #expect(game.phase == .finding)
    #expect(game.scene.words[place].mark == .right)
    #expect(game.scene.lines == ["“\(game.words[place])” is right. Try another word."])
  }

  @Test func givingUpShowsTheAnswer() {
    var game = WordGame(seed: 8)
    game.press([.up, .up, .character("g")])
    #expect(game.words == game.puzzle.original)
    #expect(game.scene.lines.first == "This is the answer.")
    #expect(game.scene.words.contains { $0.mark == .changed })
    #expect(game.scene.words.contains { $0.mark == .right })
    game.checkScene()
  }

  @Test func moreNoiseAndLess() {
    var game = WordGame(seed: 3)
    let sentence = game.puzzle.original
    var noise = [game.puzzle.noise]
    for _ in 0..<4 {
      game.press(.up)
      noise.append(game.puzzle.noise)
      #expect(game.puzzle.original == sentence)
    }
    #expect(noise == noise.sorted() && noise.last == 100 && game.round == .everyWord)
    game.press([.down, .down, .down, .down])
    #expect(game.round == .oneWord)
  }

  @Test func aRunCanBeScrubbed() throws {
    var game = WordGame(seed: 4)
    game.press([.up, .up, .character("w"), .left, .home])
    game.checkScene()
    #expect(game.scene.lines.last == "The text encoder is computing.")
    game.watchToTheEnd()
    let steps = try #require(game.denoising?.steps)
    func shown() -> [String] { game.scene.words.map { $0.text.lowercased() } }
    func drawn(_ step: Int) -> [String] {
      var words = Sentence.written(steps[step].words)
      words[words.count - 1] += "."
      return words
    }
    #expect(steps.count > 3 && shown() == drawn(steps.count - 1))
    game.press(.home)
    #expect(shown() == drawn(0) && game.scene.bars[0].isShown)
    game.press(.left)
    #expect(shown() == drawn(0))
    game.press(.right)
    #expect(shown() == drawn(1))
    let changed = game.scene.words.firstIndex { $0.mark == .changed }
    #expect(changed == steps[1].changedPlace)
    #expect(game.scene.lines.contains { $0.hasPrefix("Step 1: “") })
    game.press([.end, .right])
    #expect(shown() == drawn(steps.count - 1))
    #expect(game.scene.bars.count == steps.count)
    #expect(game.scene.bars.first?.share == 1)
  }

  /// Keys come at any time: answers to outdated requests change nothing.
  @Test func lateAnswersAreIgnored() throws {
    var (game, encoder) = (WordGame(seed: 6), BagOfWords())
    game.press(.character("w"))
    let first = try #require(game.request)
    game.press([.character("r"), .character("w")])
    let second = try #require(game.request)
    #expect(first.id != second.id)
    var late = game
    late.receive(encoder(first.sentences), for: first.id)
    #expect(late == game)
    game.receive(encoder(second.sentences), for: second.id)
    #expect(game.denoising?.steps.count == 1)
    // The same answer twice.
    let before = game
    game.receive(encoder(second.sentences), for: second.id)
    #expect(game == before)
    let third = try #require(game.request)
    game.receive(nil, for: third.id)
    #expect(game.scene.lines.last == "The text encoder gave no usable answer. It stops here.")
    #expect(game.request == nil)
    game.checkScene()
    // No answer at all.
    game.press([.character("r"), .character("w")])
    let fourth = try #require(game.request)
    game.receive(nil, for: fourth.id)
    #expect(game.scene.lines.last == "The text encoder gave no usable answer. It stops here.")
    #expect(!game.scene.lines.contains("The text encoder is computing."))
    game.checkScene()
  }

  @Test func otherKeysAreLeftToOthers() {
    var game = WordGame(seed: 6)
    let before = game
    for key in [WordGame.Key.escape, .backspace, .character("x"), .character("n")] {
      let isUsed = game.press(key)
      #expect(!isUsed, "\(key)")
    }
    #expect(game == before)
  }
}

/// Sentences typed by the player, with any contents.
@Suite struct OwnSentenceTests {
  @Test func anOwnSentenceIsNoisedAndFoundAgain() {
    var game = WordGame(seed: 1)
    game.press([.up, .up])
    game.typeOwn("My sister paints a blue door, in London!")
    #expect(
      game.puzzle.original == ["my", "sister", "paints", "a", "blue", "door", "in", "london"])
    #expect(game.round == .mostWords && game.puzzle.noise == 62)
    game.solve()
    #expect(game.phase == .solved(byPlayer: true))
    game.press(.enter)
    game.watchToTheEnd()
    #expect(game.denoising?.steps.last?.words == game.puzzle.original)
    // It stays for the next round, where it is still the goal, because it has no genre.
    game.press(.enter)
    #expect(game.round == .everyWord && game.puzzle.tale == nil && game.scene.hint == nil)
    game.press(.character("w"))
    #expect(game.denoising?.goal == .original)
    game.watchToTheEnd()
    game.press(.character("r"))
    #expect(game.puzzle.tale != nil)
  }

  @Test func typingCanBeCorrectedAndLeft() {
    var game = WordGame(seed: 1)
    let before = game.puzzle
    game.press([.character("o"), .character("a"), .character("🦊"), .backspace])
    #expect(game.isTyping && game.scene.typed == "a")
    game.press([.backspace, .backspace, .enter])
    #expect(game.isTyping && game.scene.lines.last == "Type at least one word.")
    game.press(.escape)
    #expect(!game.isTyping && game.puzzle == before)
  }

  @Test(arguments: [
    "", "one", "🦊", "🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊🦊", "a\u{0}b\u{1B}[2J c\r\nd", "the the the", "an an an",
    "[MASK] [SEP] [PAD]", "مرحبا بالعالم", "\u{202E}drow", "e\u{301}\u{301}\u{301} ﷽ ẞ İ", "， 。",
  ])
  func nothingTypedIsATrap(_ text: String) {
    for round in Round.allCases {
      var game = WordGame(seed: 2)
      game.press(Array(repeating: .up, count: round.rawValue))
      game.typeOwn(text)
      game.checkScene()
      if game.isTyping {
        #expect(Sentence.words(of: text).words.isEmpty)
        continue
      }
      #expect(game.puzzle.noise > 0)
      game.solve()
      #expect(game.phase == .solved(byPlayer: true))
      game.press(.enter)
      game.watchToTheEnd()
      game.press([.left, .right, .home, .end, .enter])
      game.checkScene()
    }
  }

  @Test func aLongTextIsCutAndSaysSo() {
    var game = WordGame(seed: 2)
    game.press(.character("o"))
    game.paste(String(repeating: "word ", count: 500))
    #expect(game.scene.lines.last == "The text is full.")
    game.press(.enter)
    #expect(game.puzzle.places.count == Sentence.mostWords)
    #expect(game.scene.lines.last == "Only the first 12 words are used.")
    game.checkScene()
    game.solve()
    game.press(.enter)
    game.watchToTheEnd()
  }
}

import Testing

@testable import WordGame

/// Sentences, words, and the noise in them.
@Suite struct PuzzleTests {
  @Test func everyWordHasOnePartOfSpeechAndFitsALine() {
    #expect(Set(Vocabulary.all).count == Vocabulary.all.count)
    #expect((300...400).contains(Vocabulary.all.count))
    #expect(Vocabulary.all.allSatisfy { $0.count <= Sentence.longestWord })
    for part in PartOfSpeech.allCases { #expect(!Vocabulary.words(part).isEmpty, "\(part)") }
  }

  @Test func everyTaleIsMadeOfKnownWords() {
    for tale in Tale.all {
      #expect((8...12).contains(tale.words.count), "\(tale.title)")
      for word in tale.words { #expect(Vocabulary.partOfSpeech(of: word) != nil, "\(word)") }
    }
    for genre in Genre.allCases { #expect(Tale.all(of: genre).count >= 5, "\(genre)") }
    #expect(Set(Tale.all.map(\.title)).count == Tale.all.count)
  }

  @Test(arguments: Round.allCases)
  func aRoundHasItsShareOfWrongWords(_ round: Round) {
    for (index, tale) in Tale.all.enumerated() {
      let puzzle = Puzzle(tale, round, seed: UInt64(index))
      let wrong = puzzle.places.count { $0.noised != $0.original }
      #expect(wrong == round.wrongWords(of: tale.words.count))
      #expect(puzzle.noise == 100 * wrong / tale.words.count)
      #expect(puzzle.original == tale.words)
    }
    #expect(Round.allCases.map { $0.wrongWords(of: 9) } == [1, 2, 6, 9])
    #expect(Round.allCases.map { $0.wrongWords(of: 1) } == [1, 1, 1, 1])
    #expect(Round.allCases.map { $0.wrongWords(of: 0) } == [0, 0, 0, 0])
  }

  /// With little noise a wrong word is nearly always of the right kind; with nothing but noise it never is.
  @Test func noiseTakesThePartOfSpeechAway() {
    func keptShare(_ round: Round) -> Double {
      let wrong = Tale.all.indices.flatMap { index in
        Puzzle(Tale.all[index], round, seed: UInt64(index)).places
          .filter { $0.noised != $0.original }
      }
      let kept = wrong.count { Vocabulary.partOfSpeech(of: $0.noised) == $0.partOfSpeech }
      return Double(kept) / Double(wrong.count)
    }
    let shares = Round.allCases.map(keptShare)
    #expect(shares[0] > 0.7 && shares[2] < 0.6)
    #expect(shares[3] == 0)
  }

  @Test(arguments: Round.allCases)
  func choicesHoldTheRightWordOnce(_ round: Round) {
    for tale in Tale.all {
      for place in Puzzle(tale, round, seed: 7).places {
        #expect(place.choices.count == Puzzle.choicesPerPlace)
        #expect(Set(place.choices).count == place.choices.count)
        #expect(place.choices.contains(place.original))
        #expect(place.noised == place.original || !place.choices.contains(place.noised))
        // No other word of the sentence is offered: it could seem as right.
        #expect(place.choices.count { tale.words.contains($0) } == 1)
      }
    }
  }

  @Test func theSeedDecides() {
    let tale = Tale.all[3]
    #expect(Puzzle(tale, .mostWords, seed: 4) == Puzzle(tale, .mostWords, seed: 4))
    #expect(Puzzle(tale, .mostWords, seed: 4) != Puzzle(tale, .mostWords, seed: 5))
    // From the reference implementation in C, seed 1234567.
    var generator = SplitMix64(seed: 1_234_567)
    let drawn = [generator.next(), generator.next()]
    #expect(drawn == [6_457_827_717_110_365_317, 3_203_168_211_198_807_973])
  }

  @Test func articlesFollowTheNextWord() {
    #expect(Sentence.text(["a", "ant", "met", "a", "fox"]) == "an ant met a fox")
    #expect(Sentence.text(["met", "a"]) == "met a")
    #expect(Sentence.text([]) == "")
  }

  @Test func typedTextsBecomeWords() {
    #expect(Sentence.words(of: " The Fox,\t(an) owl! ").words == ["the", "fox", "a", "owl"])
    #expect(Sentence.words(of: "don't well-known").words == ["don't", "well-known"])
    #expect(Sentence.words(of: "x\u{0}y\u{1B}[31m z\u{7F}").words == ["x", "y", "31m", "z"])
    #expect(Sentence.words(of: "\u{202E}abc\u{2028}d").words == ["abc", "d"])
    #expect(Sentence.words(of: "a 👩‍👩‍👧‍👦 🇨🇭").words == ["a", "👩‍👩‍👧‍👦", "🇨🇭"])
    for empty in ["", " ", "...", "\u{200D}", "\u{301}", "\n\r\n", "- – —"] {
      #expect(Sentence.words(of: empty).words.isEmpty, "\(empty.unicodeScalars.map(\.value))")
    }
    let long = Sentence.words(of: String(repeating: "word ", count: 500))
    #expect(long.words.count == Sentence.mostWords && long.isCut)
    #expect(!Sentence.words(of: String(repeating: "w ", count: Sentence.mostWords)).isCut)
    #expect(Sentence.words(of: String(repeating: "x", count: 5000)).words == ["xxxxxxxxxxxx"])
    // A letter with very many accents is not a word that could be drawn.
    let accents = "e" + String(repeating: "\u{301}", count: 3000)
    #expect(Sentence.words(of: accents).words.allSatisfy { $0.unicodeScalars.count <= 48 })
  }
}

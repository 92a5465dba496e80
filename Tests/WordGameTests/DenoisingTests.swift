import Testing

@testable import WordGame

/// The program repairs sentences by distances alone.
@Suite struct DenoisingTests {
  @Test(arguments: [Round.oneWord, .twoWords, .mostWords])
  func itFindsTheOriginal(_ round: Round) {
    for tale in Tale.all {
      let puzzle = Puzzle(tale, round, seed: 2)
      let (run, requests) = Denoising.finished(puzzle)
      #expect(run.goal == .original)
      #expect(run.steps.last?.words == tale.words, "\(tale.title)")
      #expect(run.ending == .reachedGoal)
      #expect(run.steps.first?.words == puzzle.noised)
      #expect(requests.allSatisfy { (1...Denoising.mostProposals).contains($0) })
      let distances = run.steps.map(\.distance)
      #expect(zip(distances, distances.dropFirst()).allSatisfy { $0 > $1 })
    }
  }

  /// Towards a genre every word is changed, each place gets its part of speech back, and no sentence comes twice.
  @Test func fromNoiseAloneItEndsInAWholeSentence() {
    for tale in Tale.all {
      let puzzle = Puzzle(tale, .everyWord, seed: 3)
      let (run, requests) = Denoising.finished(puzzle)
      #expect(run.goal == .genre(tale.genre))
      #expect(requests.first == Tale.all(of: tale.genre).count + 1)
      #expect(requests.allSatisfy { (1...Denoising.mostProposals).contains($0) })
      #expect(run.steps.count <= Denoising.mostSteps + 1)
      #expect(run.ending == .noChangeHelps || run.ending == .stepLimit)
      let words = run.steps.last?.words ?? []
      #expect(
        words.map(Vocabulary.partOfSpeech) == tale.words.map(Vocabulary.partOfSpeech))
      #expect(Set(run.steps.map(\.words)).count == run.steps.count)
      let (first, last) = (run.steps.first?.distance ?? 0, run.steps.last?.distance ?? 1)
      #expect(last < first)
    }
  }

  @Test func eachStepChangesOneWord() throws {
    let (run, _) = Denoising.finished(Puzzle(Tale.all[0], .everyWord, seed: 1))
    for (before, after) in zip(run.steps, run.steps.dropFirst()) {
      let changed = after.words.indices.filter { before.words[$0] != after.words[$0] }
      let place = try #require(after.changedPlace)
      #expect(changed == [place])
      #expect(after.replacedWord == before.words[place])
      #expect((1...Denoising.mostProposals).contains(after.tries))
    }
  }

  @Test func theSeedDecides() {
    let puzzle = Puzzle(Tale.all[0], .everyWord, seed: 1)
    #expect(Denoising.finished(puzzle).run == Denoising.finished(puzzle).run)
    #expect(
      Denoising.finished(puzzle).run.steps.last?.words
        != Denoising.finished(puzzle, seed: 9).run.steps.last?.words)
  }

  /// An encoder that gives all sentences the same embedding: nothing helps.
  @Test(arguments: Round.allCases)
  func itStopsWhereNothingHelps(_ round: Round) {
    var generator = SplitMix64(seed: 1)
    var run = Denoising(Puzzle(Tale.all[0], round, seed: 1), using: &generator)
    var requests = 0
    while let request = run.request, requests < 100 {
      run.receive(request.map { _ in [1, 0] })
      requests += 1
    }
    #expect(run.ending == .reachedGoal)
    #expect(run.steps.count == (round == .everyWord ? 13 : 1))
  }

  @Test func embeddingsThatCannotBeUsedEndIt() {
    let bad: [@Sendable (Int) -> [[Float]]?] = [
      { _ in nil }, { _ in [] }, { Array(repeating: [1, 0], count: $0 + 1) },
      { Array(repeating: [], count: $0) }, { Array(repeating: [0, 0], count: $0) },
      { Array(repeating: [1, .nan], count: $0) }, { Array(repeating: [1, .infinity], count: $0) },
      { count in (0..<count).map { Array(repeating: 1, count: $0 + 1) } },
    ]
    for answer in bad {
      var generator = SplitMix64(seed: 1)
      let fresh = Denoising(Puzzle(Tale.all[0], .mostWords, seed: 1), using: &generator)
      var run = fresh
      run.receive(answer(run.request?.count ?? 0))
      #expect(run.ending == .unusableEmbeddings && run.request == nil && run.steps.isEmpty)
      // Earlier finds are kept.
      var (late, encoder) = (fresh, BagOfWords())
      late.receive(encoder(late.request ?? []))
      late.receive(answer(late.request?.count ?? 0))
      #expect(late.ending == .unusableEmbeddings && late.steps.count == 1)
      let stopped = late
      late.receive([[1]])
      #expect(late == stopped)
    }
    // Embeddings of another length than the goal's.
    var generator = SplitMix64(seed: 1)
    var run = Denoising(Puzzle(Tale.all[0], .oneWord, seed: 1), using: &generator)
    run.receive([[1, 0], [0, 1]])
    run.receive(run.request?.map { _ in [1, 0, 0] })
    #expect(run.ending == .unusableEmbeddings)
  }
}

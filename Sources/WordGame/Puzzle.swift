/// How much of a sentence is noise.
package enum Round: Int, Sendable, Hashable, CaseIterable {
  case oneWord, twoWords, mostWords, everyWord

  /// The number of wrong words out of `count`.
  package func wrongWords(of count: Int) -> Int {
    switch self {
    case .oneWord: min(1, count)
    case .twoWords: min(2, count)
    case .mostWords: (2 * count + 1) / 3
    case .everyWord: count
    }
  }

  /// The round with more noise; `nil` after the last.
  var next: Round? { Round(rawValue: rawValue + 1) }
  /// The round with less noise; `nil` before the first.
  var previous: Round? { Round(rawValue: rawValue - 1) }
}

/// A place in a sentence: its original word and the words to choose from.
struct Place: Sendable, Hashable {
  let original: String
  let partOfSpeech: PartOfSpeech
  /// The initial word; the original one if the noise did not change it.
  let noised: String
  /// The original word and a few others, in random order.
  let choices: [String]
}

/// A sentence with noise: some or all of its words are replaced by random ones.
struct Puzzle: Sendable, Hashable {
  /// The source of the sentence.
  enum Origin: Sendable, Hashable {
    case tale(Tale)
    case typed([String])

    var words: [String] {
      switch self {
      case .tale(let tale): tale.words
      case .typed(let words): words
      }
    }
  }

  /// The number of choices for each place, including the original word.
  static let choicesPerPlace = 5

  let origin: Origin
  let round: Round
  let places: [Place]

  /// The sentence with its noise.
  var noised: [String] { places.map(\.noised) }
  /// The sentence as it was.
  var original: [String] { places.map(\.original) }
  /// The tale behind the sentence.
  var tale: Tale? {
    if case .tale(let tale) = origin { tale } else { nil }
  }
  /// The percentage of wrong words.
  var noise: Int {
    places.isEmpty ? 0 : 100 * places.count { $0.noised != $0.original } / places.count
  }

  /// Replaces words of a sentence at random, as many as the round requires.
  ///
  /// The smaller the fraction of wrong words, the more often a wrong word keeps the part of speech: nearly always with
  /// one wrong word, never when all are wrong. Nouns and verbs are replaced first.
  init(_ origin: Origin, round: Round, using generator: inout SplitMix64) {
    self.origin = origin
    self.round = round
    let words = origin.words
    // An unknown word is usually a name or a thing.
    let parts = words.map { Vocabulary.partOfSpeech(of: $0) ?? .noun }
    let wrong = round.wrongWords(of: words.count)
    let order = generator.draw(words.count, from: Array(words.indices))
    let noisedPlaces = Set(
      (0...2).flatMap { rank in order.filter { parts[$0].rank == rank } }.prefix(wrong))
    let keptShare = words.isEmpty ? 0 : 1 - Double(wrong) / Double(words.count)

    var used = Set(words)
    places = words.indices.map { index in
      let part = parts[index]
      var noised = words[index]
      if noisedPlaces.contains(index) {
        let keeps = generator.unit() < keptShare
        let pool = PartOfSpeech.allCases.filter { ($0 == part) == keeps }.flatMap(Vocabulary.words)
        noised = Puzzle.words(1, from: pool, besides: used, using: &generator).first ?? noised
        used.insert(noised)
      }
      // Other prepositions would fit just as well. For such words, the choices are of other kinds.
      let others =
        part.isContent
        ? Vocabulary.words(part)
        : PartOfSpeech.allCases.filter { !$0.isContent && $0 != part }.flatMap(Vocabulary.words)
      let wrongChoices = Puzzle.words(
        Puzzle.choicesPerPlace - 1, from: others, besides: Set(words).union([noised]),
        using: &generator)
      var choices = wrongChoices
      choices.insert(words[index], at: generator.below(choices.count + 1))
      return Place(
        original: words[index], partOfSpeech: part, noised: noised, choices: choices)
    }
  }

  /// Random words from a pool, or from the whole vocabulary if the pool is too small.
  private static func words(
    _ count: Int, from pool: [String], besides used: Set<String>, using generator: inout SplitMix64
  ) -> [String] {
    let fitting = pool.filter { !used.contains($0) }
    return generator.draw(
      count,
      from: fitting.count >= count ? fitting : Vocabulary.all.filter { !used.contains($0) })
  }
}

/// Repairs a sentence in steps. Each step tries many changes of one word and keeps the one
/// whose sentence embedding is nearest to the goal.
///
/// It does not call the text encoder. ``request`` holds the sentences to be encoded, and ``receive(_:)`` takes their
/// embeddings.
package struct Denoising: Sendable, Hashable {
  /// The goal with which the embeddings of the tries are compared.
  package enum Goal: Sendable, Hashable {
    /// The embedding of the original sentence. The program tries the choices that the player has.
    case original
    /// The mean embedding of all our sentences of a genre. The program tries any words of its vocabulary that have the
    /// required part of speech.
    case genre(Genre)
  }

  /// The sentence after a change, and how far it is from the goal.
  package struct Step: Sendable, Hashable {
    package let words: [String]
    /// 1 minus the cosine similarity to the goal: 0 at the goal, 1 for unrelated sentences, 2 at most.
    package let distance: Double
    /// The index of the changed word; `nil` for the initial sentence.
    package let changedPlace: Int?
    /// The previous word at that position.
    package let replacedWord: String?
    /// The number of changes tried.
    package let tries: Int
  }

  /// Why it stopped.
  package enum Ending: Sendable, Hashable {
    case reachedGoal, noChangeHelps, stepLimit
    /// The embeddings were missing, of the wrong number, or not finite.
    case unusableEmbeddings
  }

  /// The maximum number of sentences to encode in one step.
  package static let mostProposals = 60
  /// The maximum number of changes in one run.
  package static let mostSteps = 24
  /// Below this distance, the sentence counts as the goal; the rest is rounding in the encoder. As far as measured, one
  /// wrong word in our sentences leads to 0.004 or more with MiniLM.
  private static let tolerance = 2e-4
  /// Towards a genre, new words are drawn in each step. After this many draws without improvement, the program stops.
  private static let patience = 2

  package let goal: Goal
  /// The run so far: the sentence with its noise, then the sentence after each change.
  package private(set) var steps: [Step] = []
  /// Why it stopped; `nil` while it continues.
  package private(set) var ending: Ending?
  /// The sentences to encode now; `nil` when it has stopped.
  package private(set) var request: [String]?

  private let places: [Place]
  private var generator: SplitMix64
  /// The goal as a unit vector.
  private var target: [Double] = []
  private var proposals: [Proposal] = []
  /// Places that still hold the word put there by the noise. Towards a genre, each is changed once before any is
  /// changed again: all words are noise, and words of the wrong part of speech would otherwise stay.
  private var untouched: [Int]
  private var drawsWithoutChange = 0

  /// One change to try.
  private struct Proposal: Hashable {
    let place: Int
    let word: String
  }

  /// A run from the noisy sentence of a puzzle.
  init(_ puzzle: Puzzle, using generator: inout SplitMix64) {
    places = puzzle.places
    self.generator = SplitMix64(seed: generator.next())
    let examples: [String]
    if puzzle.round == .everyWord, let tale = puzzle.tale {
      goal = .genre(tale.genre)
      examples = Tale.all(of: tale.genre).map { Sentence.text($0.words) }
      untouched = Array(puzzle.places.indices)
    } else {
      goal = .original
      examples = [Sentence.text(puzzle.original)]
      untouched = []
    }
    request = examples + [Sentence.text(puzzle.noised)]
  }

  /// Receives the embeddings of the requested sentences, in order; all must have the same length.
  ///
  /// `nil`, a wrong number of embeddings, or values that are not finite end the run.
  package mutating func receive(_ embeddings: [[Float]]?) {
    guard let request else { return }
    guard let units = units(embeddings, count: request.count) else {
      return stop(.unusableEmbeddings)
    }
    if steps.isEmpty { begin(units) } else { advance(units) }
  }

  /// Receives the goal's embeddings, followed by the embedding of the noisy sentence.
  private mutating func begin(_ units: [[Double]]) {
    guard let last = units.last, let mean = Self.unit(Self.sum(units.dropLast())) else {
      return stop(.unusableEmbeddings)
    }
    target = mean
    steps = [
      Step(
        words: places.map(\.noised), distance: distance(last), changedPlace: nil, replacedWord: nil,
        tries: 0)
    ]
    propose()
  }

  /// Takes the proposed change nearest to the goal, if it helps.
  private mutating func advance(_ units: [[Double]]) {
    guard let current = steps.last else { return }
    let tries = zip(proposals, units.map(distance))
    guard let best = tries.min(by: { $0.1 < $1.1 }) else { return stop(.noChangeHelps) }
    let (proposal, distance) = best
    let isFirstChange = untouched.contains(proposal.place)
    // Apart from the first change of each place, the distance only falls, so no sentence occurs twice.
    guard isFirstChange || distance < current.distance - Self.tolerance else {
      drawsWithoutChange += 1
      let isOver = goal == .original || drawsWithoutChange >= Self.patience
      return isOver ? stop(.noChangeHelps) : propose()
    }
    var words = current.words
    let replaced = words[proposal.place]
    words[proposal.place] = proposal.word
    untouched.removeAll { $0 == proposal.place }
    drawsWithoutChange = 0
    steps.append(
      Step(
        words: words, distance: distance, changedPlace: proposal.place, replacedWord: replaced,
        tries: proposals.count))
    propose()
  }

  /// Puts the next changes into ``request``, or stops.
  private mutating func propose() {
    guard let current = steps.last else { return }
    if untouched.isEmpty, current.distance < Self.tolerance { return stop(.reachedGoal) }
    if steps.count > Self.mostSteps { return stop(.stepLimit) }
    switch goal {
    case .original:
      proposals = places.indices.flatMap { place in
        places[place].choices.filter { $0 != current.words[place] }
          .map { Proposal(place: place, word: $0) }
      }
    case .genre:
      let open = untouched.isEmpty ? Array(places.indices) : untouched
      // With few open places, each gets more words, but at most 12, so that different seeds lead to different
      // sentences.
      let each = min(12, Self.mostProposals / max(1, open.count))
      proposals = open.flatMap { place in
        let part = places[place].partOfSpeech
        let words = Vocabulary.words(part).filter {
          $0 != current.words[place] && !(part.isContent && current.words.contains($0))
        }
        return generator.draw(each, from: words).map { Proposal(place: place, word: $0) }
      }
    }
    proposals = Array(proposals.prefix(Self.mostProposals))
    guard !proposals.isEmpty else { return stop(.noChangeHelps) }
    request = proposals.map { proposal in
      var words = current.words
      words[proposal.place] = proposal.word
      return Sentence.text(words)
    }
  }

  private mutating func stop(_ ending: Ending) {
    self.ending = ending
    request = nil
    proposals = []
  }

  private func distance(_ unit: [Double]) -> Double {
    max(0, 1 - zip(unit, target).reduce(0) { $0 + $1.0 * $1.1 })
  }

  /// The embeddings as unit vectors; `nil` if they are unusable.
  private func units(_ embeddings: [[Float]]?, count: Int) -> [[Double]]? {
    guard let embeddings, embeddings.count == count, let first = embeddings.first else {
      return nil
    }
    let length = target.isEmpty ? first.count : target.count
    guard embeddings.allSatisfy({ $0.count == length }) else { return nil }
    let units = embeddings.compactMap { Self.unit($0.map(Double.init)) }
    return units.count == count ? units : nil
  }

  private static func unit(_ vector: [Double]) -> [Double]? {
    let length = vector.reduce(0) { $0 + $1 * $1 }.squareRoot()
    guard length.isFinite, length > 0 else { return nil }
    return vector.map { $0 / length }
  }

  private static func sum(_ vectors: ArraySlice<[Double]>) -> [Double] {
    guard var sum = vectors.first else { return [] }
    for vector in vectors.dropFirst() {
      for index in sum.indices { sum[index] += vector[index] }
    }
    return sum
  }
}

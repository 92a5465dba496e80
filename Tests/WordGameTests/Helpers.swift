import Testing

@testable import WordGame

/// A text encoder that counts words, so that two sentences are the nearer the more words they share.
struct BagOfWords {
  private var indices: [String: Int] = [:]

  mutating func callAsFunction(_ sentences: [String]) -> [[Float]] {
    sentences.map { sentence in
      var counts = [Float](repeating: 0, count: 128)
      for word in sentence.split(separator: " ") {
        // The game writes “an” for “a” before a vowel.
        let word = word == "an" ? "a" : String(word)
        let index = indices[word] ?? indices.count
        indices[word] = index
        counts[index % 128] += 1
      }
      return counts
    }
  }
}

extension Puzzle {
  init(_ tale: Tale, _ round: Round, seed: UInt64) {
    var generator = SplitMix64(seed: seed)
    self.init(.tale(tale), round: round, using: &generator)
  }
}

extension Denoising {
  /// A complete run, and the number of sentences in each request.
  static func finished(_ puzzle: Puzzle, seed: UInt64 = 1) -> (run: Denoising, requests: [Int]) {
    var generator = SplitMix64(seed: seed)
    var (encoder, run, requests) = (BagOfWords(), Denoising(puzzle, using: &generator), [Int]())
    while let request = run.request, requests.count < 100 {
      requests.append(request.count)
      run.receive(encoder(request))
    }
    return (run, requests)
  }
}

extension WordGame {
  mutating func press(_ keys: [Key]) {
    for key in keys { press(key) }
  }

  /// Types a sentence of the player's own.
  mutating func typeOwn(_ text: String) {
    press(.character("o"))
    for character in text { press(.character(character)) }
    press(.enter)
  }

  /// Repairs the sentence with keys only, checking the scene after each.
  mutating func solve() {
    for place in puzzle.places.indices where words[place] != puzzle.places[place].original {
      press([.home] + Array(repeating: .right, count: place) + [.enter])
      checkScene()
      let choices = scene.choices.map(\.text)
      #expect((4...6).contains(choices.count))
      guard let index = choices.firstIndex(of: puzzle.places[place].original) else {
        Issue.record("the right word is not among \(choices)")
        return
      }
      press(Array(repeating: .down, count: index) + [.enter])
      checkScene()
    }
  }

  /// Answers all requests, checking the scene after each.
  mutating func watchToTheEnd() {
    var (encoder, requests) = (BagOfWords(), 0)
    while let request, requests < 100 {
      #expect(request.sentences.count <= Denoising.mostProposals)
      receive(encoder(request.sentences), for: request.id)
      checkScene()
      requests += 1
    }
    #expect(denoising?.ending != nil)
  }

  /// Every line fits, nothing in it could disturb a terminal, and flags and numbers are sound.
  func checkScene() {
    let scene = scene
    for line in scene.lines + [scene.heading, scene.keys, scene.hint ?? ""] {
      #expect(Self.columns(of: line) <= Scene.columns, "\(line)")
    }
    for text in scene.lines + scene.words.map(\.text) + [scene.typed ?? ""] {
      #expect(text.unicodeScalars.allSatisfy { $0.properties.generalCategory != .control })
    }
    #expect(scene.words.count { $0.isSelected } <= 1)
    #expect(scene.words.count <= Sentence.mostWords)
    #expect(scene.bars.allSatisfy { (0...1).contains($0.share) && $0.distance.isFinite })
    #expect(scene.bars.count { $0.isShown } == (scene.bars.isEmpty ? 0 : 1))
  }

  /// The approximate width of a text in a terminal, good enough for these tests.
  private static func columns(of text: String) -> Int {
    text.reduce(0) { sum, character in
      sum + (character.unicodeScalars.contains { $0.properties.isEmojiPresentation } ? 2 : 1)
    }
  }
}

/// The contents of the screen for a game: texts, flags and numbers, without colours or positions.
package struct Scene: Sendable, Hashable {
  /// The state of a word.
  package enum Mark: Sendable, Hashable {
    case plain
    /// The player knows that it is wrong.
    case wrong
    /// The player knows that it is right.
    case right
    /// It was changed in this step, or by the player.
    case changed
  }

  /// A word of the sentence.
  package struct Word: Sendable, Hashable {
    package let text: String
    package let mark: Mark
    package let isSelected: Bool
  }

  /// A word to choose.
  package struct Choice: Sendable, Hashable {
    package let text: String
    package let isSelected: Bool
    /// It was chosen before and is wrong.
    package let isRejected: Bool
  }

  /// The distance of one step from the goal.
  package struct Bar: Sendable, Hashable {
    package let distance: Double
    /// The distance as a fraction of the largest one, 0 to 1.
    package let share: Double
    /// Whether its sentence is shown.
    package let isShown: Bool
  }

  /// The title of the round, with the percentage of wrong words.
  package let heading: String
  /// The genre, if it is the only hint.
  package let hint: String?
  /// The sentence. It is wider than a line if its words are long.
  package let words: [Word]
  /// The sentence that the player types; `nil` when none is typed.
  package let typed: String?
  package let choices: [Choice]
  /// Explanations and answers, each at most ``columns`` wide.
  package let lines: [String]
  /// One bar for each step of the program.
  package let bars: [Bar]
  /// The keys that work now, at most ``columns`` wide.
  package let keys: String

  /// The width of the widest line.
  package static let columns = 60
}

extension WordGame {
  /// What to draw now.
  package var scene: Scene {
    Scene(
      heading: "\(heading) · \(puzzle.noise)% noise", hint: hint, words: drawnWords, typed: typed,
      choices: choices, lines: lines, bars: bars, keys: keys)
  }

  private var wrongCount: Int { puzzle.places.count { $0.noised != $0.original } }

  private var heading: String {
    switch (wrongCount, puzzle.round) {
    case (1, _): "One wrong word"
    case (puzzle.places.count, _): "Only wrong words"
    case (2, _): "Two wrong words"
    default: "Mostly wrong words"
    }
  }

  var hint: String? {
    guard puzzle.round == .everyWord, let tale = puzzle.tale else { return nil }
    return "Hint: \(tale.genre.name)"
  }

  private var drawnWords: [Scene.Word] {
    switch phase {
    case .finding, .choosing, .solved: sentence(words, mark: playersMark)
    case .watching(let watching):
      if watching.denoising.steps.isEmpty {
        sentence(puzzle.noised) { _ in .plain }
      } else {
        sentence(watching.denoising.steps[watching.position].words) {
          $0 == watching.denoising.steps[watching.position].changedPlace ? .changed : .plain
        }
      }
    }
  }

  private func playersMark(_ place: Int) -> Scene.Mark {
    switch phase {
    case .choosing where place == selected: .wrong
    case .solved: puzzle.places[place].noised == puzzle.places[place].original ? .right : .changed
    default: checked.contains(place) ? .right : .plain
    }
  }

  private func sentence(_ words: [String], mark: (Int) -> Scene.Mark) -> [Scene.Word] {
    var texts = Sentence.written(words)
    if let first = texts.first?.first { texts[0] = first.uppercased() + texts[0].dropFirst() }
    if let last = texts.last { texts[texts.count - 1] = last + "." }
    let isPlaying =
      switch phase {
      case .finding, .choosing: typed == nil
      default: false
      }
    return texts.indices.map {
      Scene.Word(text: texts[$0], mark: mark($0), isSelected: isPlaying && $0 == selected)
    }
  }

  private var choices: [Scene.Choice] {
    guard typed == nil, case .choosing(let choosing) = phase else { return [] }
    let choices = puzzle.places[selected].choices
    return choices.indices.map {
      Scene.Choice(
        text: choices[$0], isSelected: $0 == choosing.index,
        isRejected: choosing.rejected.contains(choices[$0]))
    }
  }

  private var bars: [Scene.Bar] {
    guard case .watching(let watching) = phase else { return [] }
    let steps = watching.denoising.steps
    let largest = steps.map(\.distance).max() ?? 0
    return steps.indices.map {
      Scene.Bar(
        distance: steps[$0].distance, share: largest > 0 ? steps[$0].distance / largest : 0,
        isShown: $0 == watching.position)
    }
  }

  private var keys: String {
    if typed != nil { return "enter done · esc back" }
    return switch phase {
    case .finding: "← → word · enter pick · ↑ ↓ noise · g answer · o own"
    case .choosing: "↑ ↓ choice · enter take it · esc back · g answer"
    case .solved: "enter watch the program · ↑ ↓ noise · r another · o own"
    case .watching: "← → steps · enter continue · ↑ ↓ noise · o own sentence"
    }
  }
}

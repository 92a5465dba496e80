import Diffusion

/// A lesson of the tour: a few plain sentences, one thing to do, and how the explorer stands for it.
struct Lesson: Sendable {
  let title: String
  /// Two or three sentences. No word that a curious child could not follow, and nothing that is wrong.
  let text: String
  /// One thing to do.
  let task: String
  /// Whether it is the second part of the lesson before.
  var isContinued = false
  /// Brings the explorer to where the lesson begins.
  let arrange: @Sendable (inout Explorer) -> [Effect]

  /// All lessons, in their order.
  static let all: [Lesson] = [
    Lesson(
      title: "A little noise",
      text:
        "Take a picture and change every dot a little, at random: that is noise. A model learns one thing only: "
        + "to look at a noisy picture and guess what it was before. It practised on thousands of pictures.",
      task: "→ adds noise, ← removes it, ↑ ↓ show other pictures.",
      arrange: { $0.show(BenchLens(level: 3)) }),
    Lesson(
      title: "More noise",
      text: "With more noise, less can be seen, and the model has to guess more. "
        + "The bars show its error: small with little noise, large with much.",
      task: "Press → until it gets the picture wrong.",
      arrange: { $0.show(BenchLens(level: 18, picture: 1)) }),
    Lesson(
      title: "Nothing but noise",
      text:
        "Now nothing of the picture is left. The model still guesses what is behind the noise: "
        + "it invents something. One guess is a blur of everything it could be; small steps lead to one picture.",
      task:
        "Compare “one guess” with “in steps”. Then press ← and see how little it needs.",
      arrange: { $0.show(BenchLens(level: NoiseQuestion.levels, picture: 1)) }),
    Lesson(
      title: "Step by step",
      text:
        "That is how a new picture is made. It starts as pure noise. At each step the model guesses the picture, "
        + "a little of the noise is removed, and it guesses again. Its guesses become the picture.",
      task:
        "← → go through the steps, {play} plays them. On the left is the noisy picture, on the right its guess.",
      arrange: { $0.paint("a red apple", seed: Explorer.firstSeed, step: 8) }),
    Lesson(
      title: "Different noise, different picture",
      text:
        "The prompt does not say which apple. The noise decides: different noise leads to a different picture. "
        + "Here is one prompt with twelve seeds. The same seed always gives the same picture.",
      task: "← → take all twelve through their steps at once.",
      arrange: { explorer in
        let effects = explorer.paint("a red apple", seed: Explorer.firstSeed)
        explorer.toggle("seeds")
        return effects
      }),
    Lesson(
      title: "A hint",
      text:
        "The words are a hint. The model guesses twice, without them and with them, and the difference shows "
        + "which way the words pull. That difference is made larger, so that the picture follows the hint.",
      task: "↑ ↓ pull more or less. ← → go to other steps: at which do the words matter most?",
      arrange: { explorer in
        let effects = explorer.paint("a red apple", seed: Explorer.firstSeed, step: 3)
        explorer.toggle("guidance")
        return effects
      }),
    Lesson(
      title: "A place among meanings",
      text:
        "Before the model sees a prompt, another network turns it into numbers: a place on a map of meanings, where "
        + "similar things lie close together. That place is what steers the picture.",
      task: "Press {edit} and type something else: ● moves. esc ends typing.",
      arrange: { explorer in
        let effects = explorer.paint("a red apple", seed: Explorer.firstSeed)
        explorer.toggle("map")
        return effects
      }),
    Lesson(
      title: "The target area",
      text:
        "A prompt does not lead to one picture, but to an area of many. Do exact words lead to a smaller area than "
        + "vague ones? Here it is measured: how far apart are the pictures of one prompt?",
      task: "Press {edit}, type a prompt as exact as you can, and enter: is its area smaller?",
      isContinued: true,
      arrange: { explorer in
        let effects = explorer.paint("a red apple", seed: Explorer.firstSeed)
        explorer.show(AreaLens(beside: "food"))
        return effects
      }),
    Lesson(
      title: "Learning",
      text:
        "Last, watch one learn. This tiny network knows nothing yet: it paints grey. It gets noisy shapes, "
        + "guesses what they were, learns the answer, and changes a little, thousands of times.",
      task: "Watch for two and a half minutes. What comes first, colour or shape?",
      arrange: { $0.show(LearningLens(opening: $0)) }),
  ]
}

extension [Lesson] {
  /// The number that a lesson bears; its second part bears the same.
  func number(of index: Int) -> Int { prefix(index + 1).count { !$0.isContinued } }
}

extension Explorer {
  /// Opens a lens as a lesson wants it.
  @discardableResult
  mutating func show(_ lens: some Lens) -> [Effect] {
    open = OpenLens(lens: lens)
    return []
  }

  /// Shows a step of the run of a prompt and a seed, or what it came to, with nothing over it; it is made where there is
  /// none yet.
  fileprivate mutating func paint(_ prompt: String, seed: UInt64, step: Int = .max) -> [Effect] {
    closeLens()
    move(to: .canvas)
    // What the lessons say is on the left and on the right.
    (mode, isComparing) = (.sample, false)
    if let run = runs.runs.last(where: {
      $0.recipe.prompt == prompt && $0.recipe.sampling.seed == seed && $0.status == .finished
        && isPlain($0)
    }) {
      show(run.id)
      scrub(to: step)
      return []
    }
    self.prompt.replace(with: prompt)
    beforeTour?.filled = prompt
    negative.replace(with: "")
    startingPicture = nil
    choose { $0.seed = seed }
    seedIsUsed = false
    if settings.guidance.scale <= 1, let scale = model?.defaults.guidance.scale {
      choose { $0.guidance = scale }
    }
    beforeTour?.filledSettings = chosen
    let effects = [.measurePrompt(prompt)] + unmissed(start())
    if step < .max, let activeID { goal = Goal(run: activeID, position: step) }
    return effects
  }

  /// Whether all that the lessons say is true of a run: it is of the model that is loaded, begins with noise alone, and
  /// nothing but its prompt steers it.
  private func isPlain(_ run: Run) -> Bool {
    isOfLoadedModel(run) && run.recipe.changes.isEmpty && run.recipe.start == nil
      && run.recipe.negativePrompt.isEmpty && run.recipe.sampling.guidance.scale > 1
  }

  fileprivate mutating func toggle(_ id: String) {
    if open?.id != id { toggleLens(id) }
  }
}

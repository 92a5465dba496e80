import Diffusion

/// A lesson of the tour: a few plain sentences, one thing to do, and how the explorer stands for it.
struct Lesson: Sendable {
  let title: String
  /// Two or three sentences. No word that a curious child could not follow, and nothing that is wrong.
  let text: String
  /// One thing to do.
  let task: String
  /// Both for a screen without room for more: a title of at most ``briefTitle`` columns, a task of at most ``briefTask``.
  let brief: (title: String, task: String)
  /// Whether it is the second part of the lesson before.
  var isContinued = false
  /// What stands on the canvas as the lesson begins.
  let scene: Scene

  /// Columns of a brief title.
  static let briefTitle = 15
  /// Columns of a brief task.
  static let briefTask = 34

  /// What stands on the canvas as a lesson begins.
  struct Scene: Sendable {
    /// The prompt of a run with the first seed, the run that is shown; `nil` for a lesson that needs none.
    var prompt: String?
    /// The place in that run that one looks at.
    var position = Int.max
    /// The view over it; `nil` for the run itself.
    var view: (@Sendable (ViewContext) -> any View)?

    /// A view that needs no run.
    static func view(_ view: some View) -> Scene { Scene(view: { _ in view }) }

    /// A place in a run.
    static func run(_ prompt: String, at position: Int) -> Scene {
      Scene(prompt: prompt, position: position)
    }

    /// A view of a run.
    static func run<V: View>(
      _ prompt: String, at position: Int = .max, under view: V.Type
    ) -> Scene {
      Scene(prompt: prompt, position: position, view: { V(opening: $0) })
    }
  }

  /// All lessons, in their order.
  static let all: [Lesson] = [
    Lesson(
      title: "Words with noise",
      text:
        "A word of this sentence was replaced at random: that is noise. You can tell what was meant, because you know "
        + "what sentences are like. First find the word yourself, then watch the program do it.",
      task: "← → go to the wrong word, enter picks it. ↑ makes more words wrong.",
      brief: ("Words", "← → to a word, enter picks it"),
      scene: .view(GameView(seed: 4))),
    Lesson(
      title: "A little noise",
      text:
        "Take a picture and change every dot a little, at random: that is noise. A model learns one thing only: "
        + "to look at a noisy picture and guess what it was before. It practised on thousands of pictures.",
      task: "→ adds noise, ← removes it, ↑ ↓ show other pictures.",
      brief: ("A little noise", "→ adds noise, ← removes it"),
      scene: .view(NoiseView(level: 3))),
    Lesson(
      title: "More noise",
      text: "With more noise, less can be seen, and the model has to guess more. "
        + "The bars show its error: small with little noise, large with much.",
      task: "Press → until it gets the picture wrong.",
      brief: ("More noise", "→ until it gets it wrong"),
      scene: .view(NoiseView(level: 18, picture: 1))),
    Lesson(
      title: "Nothing but noise",
      text:
        "Now nothing of the picture is left. The model still guesses what is behind the noise: "
        + "it invents something. One guess is a blur of everything it could be; small steps lead to one picture.",
      task:
        "Compare “one guess” with “in steps”. Then press ← and see how little it needs.",
      brief: ("Only noise", "Compare “one guess”, “in steps”"),
      scene: .view(NoiseView(level: NoiseQuestion.levels, picture: 1))),
    Lesson(
      title: "Step by step",
      text:
        "That is how a new picture is made. It starts as pure noise. At each step the model guesses the picture, "
        + "a little of the noise is removed, and it guesses again. Its guesses become the picture.",
      task:
        "← → go through the steps, {play} plays them. On the left is the noisy picture, on the right its guess.",
      brief: ("Step by step", "← → go through the steps"),
      scene: .run("a red apple", at: 8)),
    Lesson(
      title: "Different noise, different picture",
      text:
        "The prompt does not say which food. The noise decides: different noise leads to a different picture. "
        + "Here is one prompt with twelve seeds. The same seed always gives the same picture.",
      task: "← → take all twelve through their steps at once.",
      brief: ("Other noise", "← → step through all twelve"),
      scene: .run("food", under: SeedsView.self)),
    Lesson(
      title: "A hint",
      text:
        "The words are a hint. The model guesses twice, without them and with them, and the difference shows "
        + "which way the words pull. That difference is made larger, so that the picture follows the hint.",
      task: "↑ ↓ pull more or less. ← → go to other steps: at which do the words matter most?",
      brief: ("A hint", "↑ ↓ pull more or less"),
      scene: .run("a red apple", at: 3, under: GuidanceView.self)),
    Lesson(
      title: "A place among meanings",
      text:
        "Before the model sees a prompt, another network turns it into numbers: a place on a map of meanings, where "
        + "similar things lie close together. That place is what steers the picture.",
      task: "Press {edit} and type something else: ● moves. esc ends typing.",
      brief: ("Meanings", "{edit}, then type: ● moves"),
      scene: .run("a red apple", under: MapView.self)),
    Lesson(
      title: "The target area",
      text:
        "A prompt does not lead to one picture, but to an area of many. Do exact words lead to a smaller area than "
        + "vague ones? Here it is measured: how far apart are the pictures of one prompt?",
      task: "Press {edit}, type a prompt as exact as you can, and enter: is its area smaller?",
      brief: ("Target area", "{edit}: try an exact prompt"),
      isContinued: true,
      scene: Lesson.Scene(prompt: "a red apple", view: { _ in AreaView(beside: "food") })),
    Lesson(
      title: "Learning",
      text:
        "Last, watch one learn. This tiny network knows nothing yet: it paints grey. It gets noisy shapes, "
        + "guesses what they were, learns the answer, and changes a little, thousands of times.",
      task: "Watch for two and a half minutes. What comes first, colour or shape?",
      brief: ("Learning", "Which is first, colour or shape?"),
      scene: Lesson.Scene(view: { LearningView(opening: $0) })),
  ]
}

extension [Lesson] {
  /// The number that a lesson bears; its second part bears the same.
  func number(of index: Int) -> Int { prefix(index + 1).count { !$0.isContinued } }
}

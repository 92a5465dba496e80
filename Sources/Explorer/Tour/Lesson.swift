import Diffusion

/// A lesson of the tour: a few plain sentences, one task, and the explorer's state for it.
struct Lesson: Sendable {
  let title: String
  /// Two or three sentences. A curious child must understand every word, and nothing may be wrong.
  let text: String
  /// The task.
  let task: String
  /// Short versions for small screens: a title of at most ``briefTitle`` columns, a task of at most ``briefTask``.
  let brief: (title: String, task: String)
  /// Whether it is the second part of the previous lesson.
  var isContinued = false
  /// What the canvas shows when the lesson begins.
  let scene: Scene

  /// The largest width of a brief title, in columns.
  static let briefTitle = 15
  /// The largest width of a brief task, in columns.
  static let briefTask = 34

  /// What the canvas shows when a lesson begins.
  struct Scene: Sendable {
    /// The prompt of the run to show, which uses the first seed; `nil` for a lesson that needs no run.
    var prompt: String?
    /// The step of that run to show.
    var position = Int.max
    /// The view over it; `nil` for the run itself.
    var view: (@Sendable (ViewContext) -> any View)?

    /// A view that needs no run.
    static func view(_ view: some View) -> Scene { Scene(view: { _ in view }) }

    /// A step of a run.
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
        "One word of this sentence was replaced at random: that is noise. You can still tell what was meant, because you know "
        + "what sentences are like. Find the word yourself, then watch the program find it.",
      task: "← → move to the wrong word, enter picks it. ↑ makes more words wrong.",
      brief: ("Words", "← → to a word, enter picks it"),
      scene: .view(GameView(seed: 4))),
    Lesson(
      title: "A little noise",
      text:
        "Take a picture and change every dot a little, at random: that is noise. A model learns only one thing: "
        + "to look at a noisy picture and guess the original. It practised on thousands of pictures.",
      task: "→ adds noise, ← removes it, ↑ ↓ show other pictures.",
      brief: ("A little noise", "→ adds noise, ← removes it"),
      scene: .view(NoiseView(level: 11))),
    Lesson(
      title: "More noise",
      text: "With more noise, less of the picture can be seen, and the model has to guess more. "
        + "The bars show its error: small with little noise, large with much.",
      task: "Press → until it gets the picture wrong.",
      brief: ("More noise", "→ until it gets it wrong"),
      scene: .view(NoiseView(level: 28, picture: 1))),
    Lesson(
      title: "Nothing but noise",
      text:
        "Now nothing of the picture is left. The model still makes a guess, so "
        + "it invents something. One guess is a blur of everything possible; small steps lead to one picture.",
      task:
        "Compare “one guess” with “in steps”. Then press ← and see how small a hint it needs.",
      brief: ("Only noise", "Compare “one guess”, “in steps”"),
      scene: .view(NoiseView(level: NoiseQuestion.levels, picture: 1))),
    Lesson(
      title: "Step by step",
      text:
        "This is how a new picture is made. It starts as pure noise. At each step, the model guesses the picture, "
        + "a little of the noise is removed, and it guesses again. Its guesses become the picture.",
      task:
        "← → go through the steps, {play} plays them. The noisy picture is on the left, its guess on the right.",
      brief: ("Step by step", "← → go through the steps"),
      scene: .run("a red apple", at: 8)),
    Lesson(
      title: "Different noise, different picture",
      text:
        "The prompt does not say which food. The noise decides: different noise leads to a different picture. "
        + "Here are twelve seeds for one prompt. The same seed always gives the same picture.",
      task: "← → move all twelve through their steps at once.",
      brief: ("Other noise", "← → step through all twelve"),
      scene: .run("food", under: SeedsView.self)),
    Lesson(
      title: "A hint",
      text:
        "The words are a hint. The model guesses twice, with and without them, and the difference shows "
        + "which way the words pull. Guidance makes that difference larger, so the picture follows the hint.",
      task: "↑ ↓ pull more or less. ← → go to other steps: at which do the words matter most?",
      brief: ("A hint", "↑ ↓ pull more or less"),
      scene: .run("a red apple", at: 0, under: GuidanceView.self)),
    Lesson(
      title: "A place among meanings",
      text:
        "Before the model gets a prompt, another network turns it into numbers: a place on a map of meanings, where "
        + "similar things are close together. That place steers the picture.",
      task: "Press {edit} and type something else: ● moves. esc ends typing.",
      brief: ("Meanings", "{edit}, then type: ● moves"),
      scene: .run("a red apple", under: MapView.self)),
    Lesson(
      title: "The target area",
      text:
        "A prompt does not lead to one picture, but to an area with many. Do exact words lead to a smaller area than "
        + "vague ones? This view measures it: how different are the pictures of one prompt?",
      task:
        "Press {edit}, type a prompt as exact as you can, and press enter: is its area smaller?",
      brief: ("Target area", "{edit}: try an exact prompt"),
      isContinued: true,
      scene: Lesson.Scene(prompt: "a red apple", view: { _ in AreaView(beside: "food") })),
    Lesson(
      title: "Learning",
      text:
        "Finally, watch a network learn. This tiny one knows nothing yet: it paints grey. It gets noisy shapes, "
        + "guesses the originals, sees the answers, and changes a little, thousands of times.",
      task: "Watch for two and a half minutes. Which comes first, colour or shape?",
      brief: ("Learning", "Which is first, colour or shape?"),
      scene: Lesson.Scene(view: { LearningView(opening: $0) })),
  ]
}

extension [Lesson] {
  /// The number of a lesson; its second part has the same number.
  func number(of index: Int) -> Int { prefix(index + 1).count { !$0.isContinued } }
}

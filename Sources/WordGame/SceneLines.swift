/// The explanations and answers of a game. Each line is at most ``Scene/columns`` wide.
extension WordGame {
  var lines: [String] {
    if typed != nil { return ["Type a sentence of up to \(Sentence.mostWords) words."] + remarks }
    return switch phase {
    case .finding: (remark.map(\.isAnswer) == true ? [] : task) + remarks + progress
    case .choosing: [question] + remarks
    case .solved(let byPlayer): answer(byPlayer: byPlayer)
    case .watching(let watching): report(watching)
    }
  }

  private var task: [String] {
    let wrong = puzzle.places.count { $0.noised != $0.original }
    switch wrong {
    case puzzle.places.count:
      return [
        "Every word was replaced by a random one.",
        hint == nil ? "Repair the sentence word by word." : "The hint is all you have. Repair it.",
      ]
    case 1: return ["One word was replaced by a random one. Which?"]
    case 2: return ["Two words were replaced by random ones. Which?"]
    default:
      return [
        "\(wrong) of \(puzzle.places.count) words were replaced by random ones.",
        "Find them and put them right.",
      ]
    }
  }

  private var remarks: [String] {
    switch remark {
    case .alreadyRight(let word): ["“\(word)” is right. Try another word."]
    case .doesNotBelong(let word): ["“\(word)” does not belong here. Try another one."]
    case .repaired(let word): ["“\(word)” is right."]
    case .nothingTyped: ["Type at least one word."]
    case .textIsFull: ["The text is full."]
    case .sentenceWasCut: ["Only the first \(Sentence.mostWords) words are used."]
    case nil: []
    }
  }

  /// How many words are still wrong after the first repair.
  private var progress: [String] {
    guard case .repaired = remark else { return [] }
    let left = zip(words, puzzle.original).count { $0 != $1 }
    return [left == 1 ? "One word is still wrong." : "\(left) words are still wrong."]
  }

  private var question: String {
    guard words.indices.contains(selected) else { return "" }
    return "“\(words[selected])” is wrong. Which word belongs here?"
  }

  private func answer(byPlayer: Bool) -> [String] {
    let what = byPlayer ? "You have repaired it." : "This is the answer."
    let origin = puzzle.tale.map { ["The tale is “\($0.title)”."] } ?? []
    return [what] + origin + ["Press enter to watch the program try."]
  }

  private func report(_ watching: Watching) -> [String] {
    goal(watching.denoising) + step(watching) + ending(watching)
  }

  /// The goal that steers the program, stated in full because it differs between rounds.
  private func goal(_ denoising: Denoising) -> [String] {
    switch denoising.goal {
    case .original:
      return [
        "A text encoder turns a sentence into numbers.",
        "The goal is the numbers of the original sentence.",
        "The program tries the same words that you can choose.",
      ]
    case .genre(let genre):
      let count = Tale.all(of: genre).count
      return [
        "A text encoder turns a sentence into numbers.",
        "The goal is the average of \(count) sentences from \(genre.pluralName).",
        "The original is one of them. The program can end elsewhere.",
      ]
    }
  }

  private func step(_ watching: Watching) -> [String] {
    let steps = watching.denoising.steps
    guard steps.indices.contains(watching.position) else {
      return watching.denoising.ending == nil ? ["The text encoder is computing."] : []
    }
    let step = steps[watching.position]
    let distance = "Distance to the goal: \(Self.hundredths(step.distance))"
    guard let place = step.changedPlace, step.words.indices.contains(place),
      let before = step.replacedWord
    else { return ["The start: no word is changed yet.", distance] }
    return [
      "Step \(watching.position): “\(before)” became “\(step.words[place])”.",
      "It was the best of \(step.tries) changes. \(distance)",
    ]
  }

  private func ending(_ watching: Watching) -> [String] {
    guard let ending = watching.denoising.ending else { return [] }
    guard watching.position >= watching.denoising.steps.count - 1 else { return [] }
    let why =
      switch ending {
      case .reachedGoal: "It has reached the goal."
      case .noChangeHelps: "No change brings it nearer. It stops here."
      case .stepLimit: "It stops after \(Denoising.mostSteps) steps."
      case .unusableEmbeddings: "The text encoder gave no usable answer. It stops here."
      }
    guard ending != .unusableEmbeddings, puzzle.round == .everyWord else { return [why] }
    return [why, "Pictures are made the same way.", "The noise is coloured dots."]
  }

  /// A distance with two decimal places.
  private static func hundredths(_ distance: Double) -> String {
    let hundredths = Int((distance * 100).rounded())
    let digits = "\(hundredths % 100)"
    return "\(hundredths / 100).\(digits.count == 1 ? "0" : "")\(digits)"
  }
}

extension WordGame.Remark {
  /// Whether it answers a key press and replaces the task.
  fileprivate var isAnswer: Bool {
    switch self {
    case .alreadyRight, .repaired: true
    case .doesNotBelong, .nothingTyped, .textIsFull, .sentenceWasCut: false
    }
  }
}

import Pictures

/// Two runs at the same fraction of their steps, their differences, and the step at which they part.
struct CompareView: View {
  static let id = "compare-runs"
  /// The distance from which two pictures count as different: a fiftieth of the range from black to white.
  static let parted = 0.02

  init(opening context: ViewContext) {}

  func hints(in context: ViewContext) -> [Hint] {
    let keymap = context.keymap
    let turns = [Action.runBefore, .runAfter].compactMap { keymap.label(of: $0) }.joined(
      separator: " ")
    let others = turns.isEmpty ? [] : [(turns, "other runs")]
    return [("← →", "both runs")] + others + keymap.hints([(.turnPictureKind, "view")])
  }

  func contents(in context: ViewContext) -> ViewContents {
    guard let own = context.shown, let other = context.runs.before,
      other.id != own.id,
      let left = context.frame(of: other, linkedTo: own), let right = context.frame
    else {
      guard context.shown != nil else { return ViewContents("Run a prompt first.") }
      return ViewContents(
        "There is only one run so far. Press \(context.keymap.way(to: .randomSeed)) for a new seed, or change something and run it; then come back."
      )
    }
    let distances = (0..<own.steps).map { step -> Double? in
      // A cancelled run does not have this step, and its last step would be a different one.
      let linked = ViewContext.linked(step, of: own.steps, to: other.steps)
      guard let frame = own.frame(at: step), frame.index == step, linked < other.frames.count,
        let theirs = other.frame(at: linked)
      else { return nil }
      return frame.denoised.distance(to: theirs.denoised)
    }
    var contents = ViewContents(sentence(distances))
    let (a, b) = (context.picture(left), context.picture(right))
    // A cancelled or thinned run does not have the matching step.
    let wanted = ViewContext.linked(right.index, of: own.steps, to: other.steps)
    let isLinked = left.index == wanted
    let missing = isLinked ? [] : ["its step \(left.index + 1)"]
    contents.rows = [
      [
        .init(
          picture: a, caption: "run \(context.runs.number(of: other.id))",
          detail: (missing + [other.facts(besides: own, at: context.position)]).joined(
            separator: " · "),
          canBeCut: true),
        .init(
          picture: b, caption: "run \(context.runs.number(of: own.id))",
          detail: own.facts(besides: other, at: context.position), canBeCut: true, isChosen: true),
        .init(
          picture: b.difference(from: a, gain: 1), caption: "the difference", brief: "the gap",
          detail: !isLinked
            ? "other steps"
            : b.distance(to: a).map { "\((100 * $0).fixed(1))% apart" } ?? "other shapes"),
      ]
    ]
    contents.curves = [
      .init(
        label: "how far apart x0 is, step by step", values: distances, marked: right.index,
        ends: ("noise", "picture"))
    ]
    return contents
  }
}

extension CompareView {
  /// The step at which two runs part, judged by the distance of x0 at each step; `nil` if unknown.
  private func sentence(_ distances: [Double?]) -> String {
    guard distances.contains(where: { $0 != nil }) else {
      return
        "These two have different sizes, so they cannot be compared pixel by pixel."
    }
    guard let parting = distances.firstIndex(where: { ($0 ?? 0) > Self.parted }) else {
      return "So far the guesses are the same, to within 2% of the range from black to white."
    }
    return parting == 0
      ? "The guess differs from the very first step."
      : "These two part at step \(parting + 1). Before it, the guesses are the same, to within 2% of the range from black to white."
  }
}

extension Run {
  /// The settings at a step that only this run has, compared with another run.
  func facts(besides other: Run, at position: Int) -> String {
    let prompts = [self, other].map { $0.recipe.steering(at: position).prompt }
    var facts = prompts[0] == prompts[1] ? [] : [prompts[0]]
    if recipe.painter != other.recipe.painter { facts.append(recipe.painter) }
    facts += settings(besides: other, at: position)
    return facts.isEmpty ? prompts[0] : facts.joined(separator: " · ")
  }

  /// The settings that differ from another run's.
  func settings(besides other: Run, at position: Int) -> [String] {
    let (sampling, others) = (recipe.sampling, other.recipe.sampling)
    let steering = [self, other].map { $0.recipe.steering(at: position) }
    let guidance = steering.map(\.guidance)
    let starts = [self, other].map { $0.recipe.start.map { "starts from \($0.file)" } }
    let strengths = [self, other].map { $0.recipe.start?.strength }
    var settings: [String] = []
    if sampling.seed != others.seed { settings.append("seed \(sampling.seed)") }
    if guidance[0] != guidance[1] {
      settings.append("guidance \(guidance[0].fixed(1))")
    }
    if sampling.sampler != others.sampler { settings.append(sampling.sampler.rawValue) }
    if sampling.spacing != others.spacing { settings.append(sampling.spacing.rawValue) }
    if sampling.steps != others.steps { settings.append("\(sampling.steps) steps") }
    if steering[0].negativePrompt != steering[1].negativePrompt {
      let away = steering[0].negativePrompt
      settings.append(away.isEmpty ? "no negative prompt" : "without \(away)")
    }
    if starts[0] != starts[1] { settings.append(starts[0] ?? "starts from noise") }
    if let strength = strengths[0], strength != strengths[1] {
      settings.append("strength \(strength.fixed(2))")
    }
    return settings
  }
}

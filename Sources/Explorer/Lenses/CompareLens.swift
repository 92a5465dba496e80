import Pictures

/// Two runs at the same share of their way, what is other, and where they part.
struct CompareLens: Lens {
  static let id = "compare-runs"
  /// From which distance on two pictures are no longer the same: a fiftieth of black to white.
  static let parted = 0.02

  init(opening explorer: Explorer) {}

  func hints(in explorer: Explorer) -> [Hint] {
    let keymap = explorer.keymap
    let turns = [-1, 1].compactMap { keymap.label(of: .nextRun($0)) }.joined(separator: " ")
    let others = turns.isEmpty ? [] : [(turns, "other runs")]
    return [("← →", "both runs")] + others + keymap.hints([(.turnView, "view")])
  }

  func contents(in explorer: Explorer) -> LensContents {
    guard let own = explorer.shown, let other = explorer.runs[explorer.beforeID],
      other.id != own.id,
      let left = explorer.frame(of: other, linkedTo: own), let right = explorer.frame
    else {
      guard explorer.shown != nil else { return LensContents("Run a prompt first.") }
      return LensContents(
        "There is one run so far. Press \(explorer.keymap.way(to: .randomSeed)) for a new seed, or change something and run; then come back."
      )
    }
    let distances = (0..<own.steps).map { step -> Double? in
      // A run that was cancelled has no such step, and its last one would be another.
      let linked = Explorer.linked(step, of: own.steps, to: other.steps)
      guard let frame = own.frame(at: step), frame.index == step, linked < other.frames.count,
        let theirs = other.frame(at: linked)
      else { return nil }
      return frame.denoised.distance(to: theirs.denoised)
    }
    var contents = LensContents(sentence(distances))
    let (a, b) = (explorer.picture(left), explorer.picture(right))
    // A run that was cut short, or thinned, has not the step that belongs to this one.
    let wanted = Explorer.linked(right.index, of: own.steps, to: other.steps)
    let isLinked = left.index == wanted
    let missing = isLinked ? [] : ["its step \(left.index + 1)"]
    contents.rows = [
      [
        .init(
          picture: a, caption: "run \(explorer.runs.number(of: other.id))",
          detail: (missing + [explorer.facts(of: other, besides: own)]).joined(separator: " · "),
          canBeCut: true),
        .init(
          picture: b, caption: "run \(explorer.runs.number(of: own.id))",
          detail: explorer.facts(of: own, besides: other), canBeCut: true, isChosen: true),
        .init(
          picture: b.difference(from: a, gain: 1), caption: "the difference", brief: "the gap",
          detail: !isLinked
            ? "other steps"
            : b.distance(to: a).map { "\(Explorer.fixed(100 * $0, 1))% apart" } ?? "other shapes"),
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

extension CompareLens {
  /// Where two runs part, by how far apart x0 is at each step; `nil` where that cannot be told.
  private func sentence(_ distances: [Double?]) -> String {
    guard distances.contains(where: { $0 != nil }) else {
      return
        "These two have different sizes, so they cannot be compared pixel by pixel."
    }
    guard let parting = distances.firstIndex(where: { ($0 ?? 0) > Self.parted }) else {
      return "So far the guesses are the same, within 2% of black to white."
    }
    return parting == 0
      ? "The guess differs from the very first step."
      : "These two part at step \(parting + 1). Before it the guesses are the same, within 2% of black to white."
  }
}

extension Explorer {
  /// The step of another run that is as far on its way.
  static func linked(_ step: Int, of steps: Int, to others: Int) -> Int {
    steps == others ? step : min(others - 1, (step * others + steps / 2) / max(1, steps))
  }

  /// What another run shows at the same share of its way.
  func frame(of other: Run, linkedTo own: Run) -> Frame? {
    guard let frame else { return nil }
    return other.frame(at: Explorer.linked(frame.index, of: own.steps, to: other.steps))
  }

  /// The picture of a frame in the view that is chosen; where the last step is shown, what came of it.
  func picture(_ frame: Frame) -> Picture {
    if mode != .noise, frame.index + 1 == frame.count, showsFinished, let finished = frame.finished
    {
      return finished
    }
    switch mode {
    case .sample: return frame.sample
    case .denoised: return frame.denoised
    case .noise: return frame.noise
    }
  }

  /// What a run has for itself, beside another.
  func facts(of run: Run, besides other: Run) -> String {
    let prompts = [run, other].map { $0.recipe.steering(at: position).prompt }
    var facts = prompts[0] == prompts[1] ? [] : [prompts[0]]
    if run.recipe.painter != other.recipe.painter { facts.append(run.recipe.painter) }
    facts += settings(of: run, besides: other)
    return facts.isEmpty ? prompts[0] : facts.joined(separator: " · ")
  }

  /// The settings of a run that are other than another's.
  func settings(of run: Run, besides other: Run) -> [String] {
    let (sampling, others) = (run.recipe.sampling, other.recipe.sampling)
    let steering = [run, other].map { $0.recipe.steering(at: position) }
    let guidance = steering.map(\.guidance)
    let starts = [run, other].map { $0.recipe.start.map { "begins with \($0.file)" } }
    let strengths = [run, other].map { $0.recipe.start?.strength }
    var settings: [String] = []
    if sampling.seed != others.seed { settings.append("seed \(sampling.seed)") }
    if guidance[0] != guidance[1] {
      settings.append("guidance \(Explorer.fixed(Double(guidance[0]), 1))")
    }
    if sampling.sampler != others.sampler { settings.append(sampling.sampler.rawValue) }
    if sampling.spacing != others.spacing { settings.append(sampling.spacing.rawValue) }
    if sampling.steps != others.steps { settings.append("\(sampling.steps) steps") }
    if steering[0].negativePrompt != steering[1].negativePrompt {
      let away = steering[0].negativePrompt
      settings.append(away.isEmpty ? "no negative prompt" : "not \(away)")
    }
    if starts[0] != starts[1] { settings.append(starts[0] ?? "begins with noise") }
    if let strength = strengths[0], strength != strengths[1] {
      settings.append("strength \(Explorer.fixed(strength, 2))")
    }
    return settings
  }
}

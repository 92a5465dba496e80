import Pictures

/// Two runs at the same share of their way, what is other, and where they part.
struct CompareLens: Lens {
  /// From which distance on two pictures are no longer the same: a fiftieth of black to white.
  static let parted = 0.02

  init(opening explorer: Explorer) {}

  func contents(in explorer: Explorer) -> LensContents {
    guard let own = explorer.shown, let other = explorer.runs[explorer.beforeID],
      other.id != own.id,
      let left = explorer.frame(of: other, linkedTo: own), let right = explorer.frame
    else {
      return LensContents(
        "There is one run so far. Press r for other noise, or change something and run; then look here again."
      )
    }
    let distances = (0..<own.steps).map { step -> Double? in
      guard let frame = own.frame(at: step), frame.index == step,
        let theirs = other.frame(at: Explorer.linked(step, of: own.steps, to: other.steps))
      else { return nil }
      return frame.denoised.distance(to: theirs.denoised)
    }
    let parting = distances.firstIndex { ($0 ?? 0) > Self.parted }
    var contents = LensContents(
      parting.map {
        $0 == 0
          ? "What the model thinks it sees is another thing from the first step on."
          : "These two part at step \($0 + 1): until there the model sees the same in both, within 2% of black to white."
      } ?? "So far the model sees the same in both, within 2% of black to white.")
    let (a, b) = (explorer.picture(left), explorer.picture(right))
    contents.rows = [
      [
        .init(
          picture: a, caption: "run \(explorer.runs.number(of: other.id))",
          detail: explorer.facts(of: other, besides: own)),
        .init(
          picture: b, caption: "run \(explorer.runs.number(of: own.id))",
          detail: explorer.facts(of: own, besides: other), isChosen: true),
        .init(
          picture: b.difference(from: a, gain: 1), caption: "the difference",
          detail: b.distance(to: a).map { "\(Explorer.fixed(100 * $0, 1))% apart" } ?? "other sizes"
        ),
      ]
    ]
    contents.curves = [
      .init(
        label: "how far apart x0 is, step by step", values: distances, marked: right.index,
        ends: ("noise", "picture"))
    ]
    contents.hints = [("← →", "both runs"), ("[ ]", "other runs"), ("x", "view")]
    return contents
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
    let (steering, sampling) = (run.recipe.steering(at: position), run.recipe.sampling)
    let (otherSteering, others) = (other.recipe.steering(at: position), other.recipe.sampling)
    var facts: [String] = []
    if steering.prompt != otherSteering.prompt { facts.append(steering.prompt) }
    if run.recipe.model != other.recipe.model { facts.append(run.recipe.model) }
    if sampling.seed != others.seed { facts.append("seed \(sampling.seed)") }
    if steering.guidance != otherSteering.guidance {
      facts.append("guidance \(Explorer.fixed(Double(steering.guidance), 1))")
    }
    if sampling.sampler != others.sampler { facts.append(sampling.sampler.rawValue) }
    if sampling.spacing != others.spacing { facts.append(sampling.spacing.rawValue) }
    if sampling.steps != others.steps { facts.append("\(sampling.steps) steps") }
    return facts.isEmpty ? steering.prompt : facts.joined(separator: " · ")
  }
}

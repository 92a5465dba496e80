import Cells
import Diffusion
import Pictures

/// Shows the area that a prompt leads to: how much the pictures of several seeds differ at each step, compared with
/// those of another prompt.
struct AreaView: View {
  static let id = "area"
  /// The number of seeds for each prompt.
  static let count = 6
  /// The prompt to compare with the one shown; if `nil`, one of the session's runs is used.
  var other: String?

  init(opening context: ViewContext) {}

  init(beside other: String) { self.other = other }

  /// The two prompts, the earlier one first.
  private func prompts(in context: ViewContext) -> [String] {
    guard let run = context.shown else { return [] }
    let own = run.recipe.prompt
    let before =
      context.runs.all.last { $0.recipe.prompt != own && $0.id < run.id }
      ?? context.runs.all.last { $0.recipe.prompt != own }
    return [other ?? before?.recipe.prompt, own].compactMap { $0 }
  }

  private func question(_ prompt: String, in context: ViewContext) -> SeedsQuestion? {
    context.shown.map { run in
      var recipe = run.recipe
      recipe.prompt = prompt
      return context.seedsQuestion(recipe, count: Self.count)
    }
  }

  func questions(in context: ViewContext) -> [Study] {
    prompts(in: context).reversed().compactMap { question($0, in: context) }.map { .seeds($0) }
  }

  func hints(in context: ViewContext) -> [Hint] {
    [("← →", "steps")] + context.keymap.hints([(.editPrompt, "another prompt")])
      + [("enter", "run it")]
  }

  func contents(in context: ViewContext) -> ViewContents {
    let prompts = prompts(in: context)
    guard let steps = context.shown?.steps else { return ViewContents("Run a prompt first.") }
    var contents = ViewContents("")
    let findings = prompts.map { prompt -> SeedsFinding? in
      guard let question = question(prompt, in: context) else { return nil }
      guard case .seeds(let found) = context.findings[.seeds(question)] else { return nil }
      return found
    }
    let most = findings.compactMap { $0?.spread.max() }.max()
    for (prompt, finding) in zip(prompts, findings) {
      // A number from an earlier step could be mistaken for that of the step shown.
      let place = finding.flatMap { finding in
        let wanted = min(context.position, steps - 1)
        return wanted < finding.spread.count ? wanted : nil
      }
      let spread = place.flatMap { place in
        finding.flatMap { $0.spread.indices.contains(place) ? $0.spread[place] : nil }
      }
      let isOwn = prompt == prompts.last
      contents.rows.append(
        (0..<Self.count).map { index in
          .init(
            picture: context.picture(ofSeed: finding?.rows[index] ?? []),
            caption: index == 0 ? "“\(prompt)”" : "",
            detail: finding.flatMap { name(ofSeed: $0.names[index], in: context) } ?? "",
            canBeCut: true, isChosen: index == 0 && isOwn)
        })
      contents.curves.append(
        .init(
          label: "\(spread.map { $0.fixed(3) } ?? "…") “\(prompt)”",
          values: (0..<steps).map {
            finding?.spread.indices.contains($0) == true ? finding?.spread[$0] : nil
          },
          marked: place, most: most, ends: ("noise", "picture")))
    }
    contents.sentence = sentence(prompts, findings)
    contents.facts = [
      "Area: how much the pictures of \(Self.count) seeds differ on average. It compares the colours of what they show on a 4x4 grid, regardless of position, size and paleness; 0 means the same thing."
    ]
    if findings.contains(where: { $0?.names.contains { !$0.isEmpty } ?? false }) {
      contents.facts.append("Below each picture: the nearest training picture.")
    }
    return contents
  }

  func draw(in context: ViewContext, _ canvas: Rect, _ buffer: inout CellBuffer) {
    ViewDrawing(context).drawFilling(contents(in: context), in: canvas, &buffer)
  }

  /// The name of the training picture nearest to a seed's picture at the current step.
  private func name(ofSeed names: [String], in context: ViewContext) -> String? {
    guard let shown = context.shown, !shown.isOpen || !context.runs.isFollowing,
      context.position < names.count
    else { return names.last }
    return names[context.position]
  }

  /// States what was measured, whatever the result.
  private func sentence(_ prompts: [String], _ findings: [SeedsFinding?]) -> String {
    guard prompts.count == 2 else {
      return
        "How different the pictures of one prompt are. Run a vaguer or a more exact prompt, and both are shown."
    }
    let areas = findings.map { finding in finding.flatMap { $0.isWhole ? $0.spread.last : nil } }
    guard let before = areas[0], let own = areas[1], before > 0, own > 0 else {
      return
        "How large is the area that each prompt leads to? Painting \(Self.count) seeds for each."
    }
    let ratio = max(before, own) / min(before, own)
    let (larger, smaller) = before > own ? (prompts[0], prompts[1]) : (prompts[1], prompts[0])
    let counts = findings.map { $0?.things ?? 0 }
    guard counts[0] > 0, counts[1] > 0 else {
      return ratio < 1.05
        ? "The two areas are about the same size."
        : "The pictures of “\(larger)” differ \(ratio.fixed(2)) times as much as those of “\(smaller)”."
    }
    let said = zip(prompts, counts).map { prompt, count in
      "\(Self.count) seeds of “\(prompt)” give \(count == 1 ? "1 thing" : "\(count) different things")"
    }
    return said.joined(separator: "; ")
      + (ratio < 1.05
        ? ". The two areas are about the same size."
        : ". The area of “\(larger)” is \(ratio.fixed(1)) times as large.")
  }

  mutating func restore(_ note: String) {
    other = note.text(from: "“", to: "” and “")
  }

  func note(in context: ViewContext) -> String {
    prompts(in: context).map { "“\($0)”" }.joined(separator: " and ") + ", \(Self.count) seeds"
  }
}

extension SeedsFinding {
  /// How many different things all seeds paint, counted by the nearest training picture; `nil` before the end and if
  /// the nearest pictures are unknown.
  fileprivate var things: Int? {
    let ends = names.compactMap(\.last)
    return isWhole && ends.count == rows.count ? Set(ends).count : nil
  }
}

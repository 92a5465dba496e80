import Diffusion
import Pictures

/// The area that a prompt steers to: how far apart the pictures of several seeds are, step by step, beside those of
/// another prompt.
struct AreaLens: Lens {
  static let id = "area"
  /// Seeds of each prompt.
  static let count = 6
  /// The prompt looked at beside the one shown; found among the session's runs where `nil`.
  var other: String?

  init(opening explorer: Explorer) {}

  init(beside other: String) { self.other = other }

  /// The two prompts, the one before first.
  private func prompts(in explorer: Explorer) -> [String] {
    guard let run = explorer.shown else { return [] }
    let own = run.recipe.prompt
    let before =
      explorer.runs.runs.last { $0.recipe.prompt != own && $0.id < run.id }
      ?? explorer.runs.runs.last { $0.recipe.prompt != own }
    return [other ?? before?.recipe.prompt, own].compactMap { $0 }
  }

  private func question(_ prompt: String, in explorer: Explorer) -> SeedsQuestion? {
    explorer.shown.map { run in
      var recipe = run.recipe
      recipe.prompt = prompt
      return explorer.seedsQuestion(recipe, count: Self.count)
    }
  }

  func questions(in explorer: Explorer) -> [Study] {
    prompts(in: explorer).reversed().compactMap { question($0, in: explorer) }.map { .seeds($0) }
  }

  func hints(in explorer: Explorer) -> [Hint] {
    [("← →", "steps")] + explorer.keymap.hints([(.edit(.prompt), "another prompt")])
      + [("enter", "run it")]
  }

  func contents(in explorer: Explorer) -> LensContents {
    let prompts = prompts(in: explorer)
    guard let steps = explorer.shown?.steps else { return LensContents("Run a prompt first.") }
    var contents = LensContents("")
    var last: [Double?] = []
    let findings = prompts.map { prompt -> SeedsFinding? in
      guard let question = question(prompt, in: explorer) else { return nil }
      guard case .seeds(let found) = explorer.findings[.seeds(question)] else { return nil }
      return found
    }
    let most = findings.compactMap { $0?.spread.max() }.max()
    for (prompt, finding) in zip(prompts, findings) {
      // A figure of an earlier step would be taken for that of the step shown.
      let place = finding.flatMap { finding in
        let wanted = min(explorer.position, steps - 1)
        return wanted < finding.spread.count ? wanted : nil
      }
      let spread = place.flatMap { place in
        finding.flatMap { $0.spread.indices.contains(place) ? $0.spread[place] : nil }
      }
      last.append(finding.flatMap { $0.isWhole ? $0.spread.last : nil })
      let isOwn = prompt == prompts.last
      contents.rows.append(
        (0..<Self.count).map { index in
          .init(
            picture: explorer.picture(ofSeed: finding?.rows[index] ?? []),
            caption: index == 0 ? "“\(prompt)”" : "", isChosen: index == 0 && isOwn)
        })
      contents.curves.append(
        .init(
          label: "\(spread.map { Explorer.fixed($0, 3) } ?? "…") “\(prompt)”",
          values: (0..<steps).map {
            finding?.spread.indices.contains($0) == true ? finding?.spread[$0] : nil
          },
          marked: place, most: most, ends: ("noise", "picture")))
    }
    if contents.sentence.isEmpty { contents.sentence = sentence(prompts, last) }
    contents.facts = [
      "Spread: the mean distance of \(Self.count) seeds' x0 from each other; a distance is the root mean square of all values."
    ]
    return contents
  }

  /// What was measured, whichever way it came out.
  private func sentence(_ prompts: [String], _ spread: [Double?]) -> String {
    guard prompts.count == 2 else {
      return
        "How far apart the pictures of one prompt are. Run a vaguer or a more exact prompt, and both are shown."
    }
    guard let before = spread[0], let own = spread[1], before > 0, own > 0 else {
      return
        "How large is the area that each prompt leads to? \(Self.count) seeds of both are being painted."
    }
    let ratio = Explorer.fixed(max(before, own) / min(before, own), 2)
    if max(before, own) / min(before, own) < 1.05 {
      return "The two areas are about the same size."
    }
    let (larger, smaller) = before > own ? (prompts[0], prompts[1]) : (prompts[1], prompts[0])
    return "The pictures of “\(larger)” differ \(ratio) times as much as those of “\(smaller)”."
  }

  mutating func restore(_ note: String, in explorer: inout Explorer) {
    other = note.text(from: "“", to: "” and “")
  }

  func note(in explorer: Explorer) -> String {
    prompts(in: explorer).map { "“\($0)”" }.joined(separator: " and ") + ", \(Self.count) seeds"
  }
}

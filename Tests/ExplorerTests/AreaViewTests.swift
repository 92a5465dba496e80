import Pictures
import Testing

@testable import Explorer

/// The target area: the names below the pictures, and the results from the numbers.
@Suite struct AreaViewTests {
  let views = ViewTests()

  /// Six finished seeds of four steps.
  private func finding(_ ends: [String], spread: Double) -> SeedsFinding {
    var finding = SeedsFinding(runs: 6, steps: 4)
    finding.rows = Array(
      repeating: Array(repeating: ExplorerTests.picture(1), count: 4), count: 6)
    finding.names = ends.map { ["cloud", "cloud", $0, $0] }
    finding.spread = [0.1, 0.1, 0.1, spread]
    return finding
  }

  /// The view with both prompts' results; the shown run's prompt is requested first.
  private func opened(_ own: SeedsFinding, _ before: SeedsFinding) -> Explorer {
    var explorer = views.explorer(width: 160, height: 50)
    for (study, finding) in zip(
      views.studies(views.press(&explorer, .character("R"))), [own, before])
    {
      _ = explorer.update(.studied(study, .seeds(finding)))
    }
    return explorer
  }

  private func text(_ explorer: Explorer) -> String {
    views.text(explorer, width: 160, height: 50)
  }

  @Test func differentThingsAreCounted() {
    let many = finding(["apple", "pear", "plum", "pear", "peach", "onion"], spread: 0.6)
    let one = finding(Array(repeating: "apple", count: 6), spread: 0.25)
    let said = text(opened(one, many))
    #expect(
      said.contains(
        "6 seeds of “a red apple” give 5 different things; 6 seeds of “a green apple” give 1 thing."
      ))
    #expect(said.contains("The area of “a red apple” is 2.4 times as large."))
    for name in ["apple", "pear", "plum", "peach", "onion"] { #expect(said.contains(name)) }
  }

  @Test func areasThatAreAlikeAreCalledSo() {
    let names = ["apple", "pear", "plum", "pear", "peach", "onion"]
    let said = text(opened(finding(names, spread: 0.5), finding(names, spread: 0.51)))
    #expect(said.contains("The two areas are about the same size."))
  }

  /// The names belong to the step that is looked at.
  @Test func namesFollowTheStep() {
    let names = ["apple", "pear", "plum", "pear", "peach", "onion"]
    var explorer = opened(finding(names, spread: 0.5), finding(names, spread: 0.5))
    #expect(!text(explorer).contains("cloud"))
    views.press(&explorer, .home)
    #expect(text(explorer).contains("cloud") && !text(explorer).contains("onion"))
  }

  /// For a model whose training pictures are unknown there are no names, and only the areas are compared.
  @Test func withoutNamesTheAreasAreCompared() {
    var (large, small) = (finding([], spread: 0.5), finding([], spread: 0.25))
    large.names = Array(repeating: [], count: 6)
    small.names = Array(repeating: [], count: 6)
    let said = text(opened(large, small))
    #expect(said.contains("“a green apple” differ 2.00 times as much as those of “a red apple”"))
    #expect(!said.contains("different things") && !said.contains("training picture"))
  }

  /// Before the last step nothing is counted.
  @Test func nothingIsCountedBeforeTheEnd() {
    let names = ["apple", "pear", "plum", "pear", "peach", "onion"]
    var partial = finding(names, spread: 0.5)
    for seed in 0..<6 {
      partial.rows[seed].removeLast()
      partial.names[seed].removeLast()
    }
    partial.spread.removeLast()
    let said = text(opened(partial, finding(names, spread: 0.5)))
    #expect(said.contains("Painting") && !said.contains("different things"))
  }
}

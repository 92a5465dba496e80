import Diffusion
import Pictures
import Testing

@testable import Explorer

/// The training pictures beside a result: the request, and the text about it.
@Suite struct CopyViewTests {
  let views = ViewTests()

  /// Neighbours at these distances.
  private func finding(_ names: [String], _ distances: [Double]) -> CopyFinding {
    CopyFinding(
      nearest: zip(names, distances).map {
        .init(name: $0, picture: ExplorerTests.picture(7), distance: $1)
      })
  }

  private func questions(_ effects: [Effect]) -> [CopyQuestion] {
    views.studies(effects).compactMap { study -> CopyQuestion? in
      guard case .copy(let question) = study else { return nil }
      return question
    }
  }

  /// A run of four steps with the view open; the first guess is nearest to a pear, the others and the result to an apple.
  private func opened(
    width: Int = 120, height: Int = 40, distances: [Double] = [0.1, 0.2, 0.3, 0.4]
  ) -> Explorer {
    var explorer = ExplorerTests.explorer(width: width, height: height)
    for question in questions(views.press(&explorer, .character("Y"))) {
      let names = ["apple", "pear", "peach", "plum"]
      let found = finding(question.step == 0 ? names.reversed() : names, distances)
      _ = explorer.update(.studied(.copy(question), .copy(found)))
    }
    return explorer
  }

  @Test func theResultIsAskedFirstAndThenTheSteps() {
    var explorer = ExplorerTests.explorer()
    let asked = questions(views.press(&explorer, .character("Y")))
    #expect(asked.map(\.step) == [4, 0, 1, 2, 3])
    #expect(asked.allSatisfy { $0.model == "mini" && $0.run == 0 })
    #expect(asked.first?.picture == ExplorerTests.picture(200))
    #expect(asked.last?.picture == ExplorerTests.picture(53))
    // The step that is scrubbed to comes first.
    #expect(questions(views.press(&explorer, .left)).first?.step == 3)
  }

  /// Of a run that is being computed there are the guesses so far.
  @Test func aRunThatGoesOnIsAskedStepByStep() {
    var explorer = ExplorerTests.explorer(frames: 2)
    #expect(questions(views.press(&explorer, .character("Y"))).map(\.step) == [1, 0])
    let more = questions(explorer.update(.frame(run: 0, ExplorerTests.frame(2))))
    #expect(more.map(\.step) == [2, 0, 1])
  }

  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func theNearestStandBesideIt(_ width: Int, _ height: Int) {
    let explorer = opened(width: width, height: height)
    let text = views.text(explorer, width: width, height: height)
    for name in ["apple", "pear", "peach", "plum"] { #expect(text.contains(name)) }
    #expect(text.contains("not a copy of any"))
    #expect(text.contains("the picture"))
    #expect(!text.contains("computing"))
  }

  @Test(arguments: [(30, 8), (40, 12), (80, 24), (120, 40), (200, 60)])
  func itOpensAndClosesAtEverySize(_ width: Int, _ height: Int) {
    var explorer = ExplorerTests.explorer(width: width, height: height)
    let before = views.text(explorer, width: width, height: height)
    views.press(&explorer, .character("Y"))
    // If nothing fits, nothing changes.
    #expect(width < 40 || views.text(explorer, width: width, height: height) != before)
    views.press(&explorer, .character("Y"))
    #expect(views.text(explorer, width: width, height: height) == before)
  }

  @Test func withoutARunItSaysSo() {
    var explorer = ExplorerTests.explorer(frames: 0)
    #expect(views.studies(views.press(&explorer, .character("Y"))).isEmpty)
    #expect(views.text(explorer).contains("Run a prompt first"))
  }

  @Test func theTestIsAThird() {
    #expect(finding(["a", "b"], [0.1, 0.31]).isCopy)
    #expect(!finding(["a", "b"], [0.1, 0.29]).isCopy)
    #expect(finding(["a", "b"], [0, 0.2]).ratio == 0)
    // Two that are equally near are no copy, even of themselves.
    #expect(finding(["a", "b"], [0, 0]).ratio == 1)
    #expect(finding(["a"], [0]).ratio == nil && !finding([], []).isCopy)
    let text = views.text(opened(distances: [0.02, 0.2, 0.3, 0.4]), width: 120, height: 40)
    #expect(text.contains("nearly the training picture “apple”"))
    #expect(text.contains("0.10 nearest / second nearest"))
    let other = views.text(opened(), width: 120, height: 40)
    #expect(other.contains("0.50 nearest / second nearest"))
    #expect(!other.contains("nearly the training picture"))
  }

  @Test func itSaysFromWhichStepOn() {
    var explorer = opened()
    #expect(
      views.text(explorer, width: 120, height: 40).contains(
        "From step 2 on, “apple” is nearest."))
    // In the first step it was another one, and the text says nothing about later ones.
    views.press(&explorer, .home)
    let text = views.text(explorer, width: 120, height: 40)
    #expect(text.contains("This guess resembles") && !text.contains("From step"))
  }

  /// Another model's training pictures are unknown, and are requested only once.
  @Test func anotherModelHasNone() throws {
    var explorer = ExplorerTests.explorer()
    let asked = views.studies(views.press(&explorer, .character("Y")))
    let first = try #require(asked.first)
    let effects = explorer.update(.studied(first, .failed("of another model")))
    #expect(views.studies(effects).isEmpty)
    #expect(views.text(explorer).contains("of another model"))
  }

  @Test func whatIsSavedNamesThem() throws {
    let explorer = opened()
    let view = try #require(explorer.views.open)
    #expect(
      view.note(in: explorer.context)
        == "copy: nearest apple 0.100, pear 0.200, peach 0.300, plum 0.400")
    // Five places, each as large as the largest picture made 192 pixels wide, and the gaps.
    let sheet = try #require(view.view.picture(in: explorer.context))
    #expect((sheet.width, sheet.height) == (5 * (192 + 8) + 8, 192 + 16))
    var again = ExplorerTests.explorer()
    let isView = again.restoreView(view.note(in: explorer.context))
    #expect(isView && again.views.open?.id == "copy")
  }

  /// Runs of many steps are compared at some of them, and always at the one that is looked at.
  @Test func longRunsAreComparedInPart() {
    var explorer = Explorer(randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 120, height: 40))
    var facts = ExplorerTests.facts
    facts.defaults = SamplingSettings(steps: 150)
    _ = explorer.update(.modelLoaded(facts))
    for index in 0..<150 {
      _ = explorer.update(.frame(run: 0, ExplorerTests.frame(index, of: 150)))
    }
    let asked = questions(views.press(&explorer, .character("Y")))
    #expect(asked.count == 41 && asked.first?.step == 150)
    #expect(questions(views.press(&explorer, .left)).first?.step == 149)
  }
}

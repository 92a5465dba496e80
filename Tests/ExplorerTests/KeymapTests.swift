@testable import Explorer
import Testing

/// The text about keys matches the actual keys.
@Suite struct KeymapTests {
  private func text(_ explorer: Explorer) -> String { explorer.view(width: 120, height: 40).text }

  @Test func hintsNameTheKeysThatWereChosen() {
    var explorer = ExplorerTests.explorer(width: 120, height: 40)
    explorer.keymap.bind("edit", to: [.character("w")])
    explorer.keymap.bind("view", to: [])
    explorer.restoreView("map")
    #expect(text(explorer).contains("w type another prompt"))
    explorer.restoreView("compare-runs")
    #expect(text(explorer).contains("[ ] other runs"))
    #expect(!text(explorer).contains("x view"))
  }

  @Test func lessonsNameThem() {
    let lesson = Lesson.all.firstIndex { $0.task.contains("{edit}") } ?? 0
    var explorer = ExplorerTests.explorer(width: 120, height: 40)
    explorer.keymap.bind("edit", to: [.character("w")])
    _ = explorer.update(.key(.character("Z")))
    for _ in 0..<lesson { _ = explorer.update(.key(.character("n"))) }
    #expect(text(explorer).contains("Press w and type something else"))
  }

  @Test func everyKeyThatALessonNamesIsKnown() {
    for lesson in Lesson.all {
      #expect(!Keymap().filled(lesson.task).contains("{"), "\(lesson.task)")
    }
  }

  @Test func anActionWithoutAKeyIsFoundByItsName() {
    var keymap = Keymap()
    #expect(keymap.way(to: .randomSeed) == "r")
    keymap.bind("other-noise", to: [])
    #expect(keymap.way(to: .randomSeed) == "“other-noise” (ctrl-k)")
  }
}

import Cells
import Diffusion
import Pictures
import Testing

@testable import Explorer

/// The tour: lessons that arrange the explorer, can be read in full, and are left and gone on with.
@Suite struct TourTests {
  private func explorer(width: Int = 100, height: Int = 30) -> Explorer {
    ExplorerTests.explorer(width: width, height: height)
  }

  @discardableResult
  private func press(_ explorer: inout Explorer, _ keys: ExplorerKey...) -> [Effect] {
    keys.flatMap { explorer.update(.key($0)) + explorer.update(.typingPaused) }
  }

  private func words(_ text: String) -> [Substring] {
    text.filter { !"│┃▸".contains($0) }.split(whereSeparator: \.isWhitespace)
  }

  /// Every sentence stands on the screen, whatever its size, and a picture has room beside it.
  @Test(arguments: [(80, 24), (100, 30), (120, 40), (200, 60)])
  func everyLessonIsReadInFull(_ size: (Int, Int)) {
    var explorer = explorer(width: size.0, height: size.1)
    press(&explorer, .character("Z"))
    for (index, lesson) in Lesson.all.enumerated() {
      let screen = words(explorer.view(width: size.0, height: size.1).text)
      for text in [lesson.title, lesson.text, Keymap().filled(lesson.task)] {
        let wanted = words(text)
        #expect(screen.indices.contains { screen[$0...].starts(with: wanted) }, "\(text)")
      }
      #expect(screen.contains { $0 == "\(Lesson.all.number(of: index))" })
      #expect(explorer.layout.canvas.height >= 8)
      press(&explorer, .character("n"))
    }
    #expect(explorer.lesson == nil)
  }

  /// Where there is no room for the sentences, what to do is said.
  @Test func onALowScreenTheTaskStays() {
    var explorer = explorer(width: 40, height: 12)
    press(&explorer, .character("Z"))
    for lesson in Lesson.all {
      let screen = words(explorer.view(width: 40, height: 12).text)
      let first = words(Keymap().filled(lesson.task)).prefix(3)
      #expect(screen.indices.contains { screen[$0...].starts(with: first) }, "\(lesson.task)")
      #expect(explorer.layout.canvas.height >= 4)
      press(&explorer, .character("n"))
    }
  }

  /// What the lessons say is true of the runs they show: these begin with noise alone.
  @Test func lessonsShowPlainRuns() throws {
    var explorer = explorer()
    let picture = Recipe.StartingPicture(file: "fish.jpg", hash: "01", strength: 1)
    let run = try #require(ExplorerTests.started(explorer.update(.startRead(picture))))
    #expect(run.recipe.start != nil)
    for index in 0..<4 { _ = explorer.update(.frame(run: run.id, ExplorerTests.frame(index))) }
    press(&explorer, .character("Z"), .character("n"), .character("n"))
    let effects = press(&explorer, .character("n"))
    // Either the first run, which was one, is shown again, or another is made.
    #expect(explorer.shown?.recipe.start == nil)
    #expect(ExplorerTests.started(effects)?.recipe.start == nil)
  }

  @Test func lessonsArrangeTheExplorer() throws {
    var explorer = explorer()
    press(&explorer, .character("Z"))
    #expect(explorer.open?.lens as? BenchLens == BenchLens(level: 3))
    press(&explorer, .character("n"), .character("n"))
    #expect(explorer.open?.lens as? BenchLens == BenchLens(level: NoiseQuestion.levels, picture: 1))
    press(&explorer, .character("n"))
    // The run that the lesson wants is there already.
    #expect(explorer.open == nil)
    #expect(explorer.runs.count == 1)
    let ids = ["seeds", "guidance", "map", "area", "learning"]
    for id in ids {
      press(&explorer, .character("n"))
      #expect(explorer.open?.id == id)
    }
    #expect(explorer.asked.first == .learning)
    press(&explorer, .character("N"))
    #expect(explorer.open?.id == "area")
  }

  @Test func itGoesOnWhereItWasLeft() throws {
    var explorer = explorer()
    #expect(press(&explorer, .character("Z")).contains(.rememberLesson(0)))
    #expect(press(&explorer, .character("n")).contains(.rememberLesson(1)))
    // Typing in a field is typing.
    press(&explorer, .character("e"), .character("n"), .escape)
    #expect(explorer.lesson == 1)
    press(&explorer, .escape)
    #expect(explorer.lesson == nil)
    press(&explorer, .character("Z"))
    #expect(explorer.lesson == 1)
    var preferences = Explorer.Preferences()
    (preferences.lesson, preferences.beginsTour) = (4, true)
    var later = Explorer(preferences, randomSeed: 1)
    _ = later.update(.resized(width: 100, height: 30))
    #expect(later.view(width: 100, height: 30).text.contains(Lesson.all[4].title))
    _ = later.update(.modelLoaded(ExplorerTests.facts))
    #expect(later.open?.id == "seeds")
    // What a broken file says is no lesson.
    preferences.lesson = 99
    #expect(Explorer(preferences, randomSeed: 1).lesson == 0)
  }

  @Test func behindTheLastLessonTheTourIsOver() {
    var explorer = explorer()
    press(&explorer, .character("Z"))
    for _ in Lesson.all { press(&explorer, .character("n")) }
    #expect(explorer.lesson == nil)
    #expect(explorer.open == nil)
    #expect(explorer.lessonLeft == 0)
  }

  /// The tiny network goes on learning where it was when it is looked at again.
  @Test func learningIsAskedForUntilItIsOver() {
    var explorer = explorer()
    #expect(press(&explorer, .character("K")) == [.study([.learning])])
    var finding = LearningFinding(words: ["red circle"])
    finding.rows = [[ExplorerTests.picture(3)]]
    #expect(explorer.update(.studied(.learning, .learning(finding))).isEmpty)
    #expect(press(&explorer, .escape) == [.study([])])
    #expect(press(&explorer, .character("K")) == [.study([.learning])])
    finding.share = 1
    _ = explorer.update(.studied(.learning, .learning(finding)))
    #expect(explorer.view(width: 100, height: 30).text.contains("At first it painted only grey"))
    press(&explorer, .escape)
    #expect(press(&explorer, .character("K")).isEmpty)
  }

  /// What was typed in the tour stays; what the tour changed beside it is given back.
  @Test func whatTheTourChangedIsGivenBackBesideOnesOwnPrompt() {
    var preferences = Explorer.Preferences()
    preferences.negativePrompt = "stars"
    preferences.chosen.seed = 99
    preferences.view = .noise
    var explorer = Explorer(preferences, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    press(&explorer, .character("Z"))
    for _ in 0..<7 { press(&explorer, .character("n")) }
    #expect(explorer.negative.text.isEmpty && explorer.settings.seed == Explorer.firstSeed)
    press(&explorer, .character("e"), .control("u"))
    _ = explorer.update(.paste("a blue fish"))
    press(&explorer, .enter, .escape)
    #expect(explorer.prompt.text == "a blue fish" && explorer.negative.text == "stars")
    #expect(explorer.settings.seed == 99 && explorer.mode == .noise)
  }
}

import Cells
import Diffusion
import Pictures
import Recipes
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

  /// Every sentence fits on the screen at any size, with room for a picture.
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
    #expect(explorer.tour.lesson == nil)
  }

  /// If there is no room for the sentences, the title, the task and the keys stay.
  @Test func onALowScreenTitleTaskAndKeysStay() {
    var explorer = explorer(width: 40, height: 12)
    press(&explorer, .character("Z"))
    for lesson in Lesson.all {
      let (title, task) = (lesson.brief.title, Keymap().filled(lesson.brief.task))
      #expect(title.count <= Lesson.briefTitle && task.count <= Lesson.briefTask)
      let screen = words(explorer.view(width: 40, height: 12).text)
      for text in [title, task, "n next · N back"] {
        let wanted = words(text)
        #expect(screen.indices.contains { screen[$0...].starts(with: wanted) }, "\(text)")
      }
      #expect(explorer.layout.canvas.height >= 5)
      press(&explorer, .character("n"))
    }
  }

  /// The box names keys that work in the current place.
  @Test(arguments: [(40, 12), (80, 24), (120, 40)])
  func theKeysAreThoseThatWork(_ size: (Int, Int)) {
    var explorer = explorer(width: size.0, height: size.1)
    func box(_ explorer: Explorer) -> String {
      explorer.view(width: size.0, height: size.1).part(explorer.layout.lesson).text
    }
    press(&explorer, .character("Z"), .character("n"))
    #expect(box(explorer).contains("n next") && !box(explorer).contains("esc, then"))
    press(&explorer, .character("e"))
    #expect(box(explorer).contains("esc, then n next"))
    press(&explorer, .character("n"))
    #expect(explorer.tour.lesson == 1)
    press(&explorer, .escape)
    #expect(!box(explorer).contains("esc, then"))
    // A list over it takes the keys too.
    press(&explorer, .character("E"))
    #expect(!explorer.tourDrawing.hasKeys)
    press(&explorer, .escape, .character("n"))
    #expect(explorer.tour.lesson == 2)
  }

  /// The lessons' statements are true of the runs they show, which start from noise alone.
  @Test func lessonsShowPlainRuns() throws {
    var explorer = explorer()
    let picture = Recipe.StartingPicture(file: "fish.jpg", hash: "01", strength: 1)
    let run = try #require(ExplorerTests.started(explorer.update(.startRead(picture))))
    #expect(run.recipe.start != nil)
    for index in 0..<4 { _ = explorer.update(.frame(run: run.id, ExplorerTests.frame(index))) }
    press(&explorer, .character("Z"), .character("n"), .character("n"), .character("n"))
    let effects = press(&explorer, .character("n"))
    // Either the first run, which was suitable, is shown again, or another is made.
    #expect(explorer.shown?.recipe.start == nil)
    #expect(ExplorerTests.started(effects)?.recipe.start == nil)
  }

  @Test func lessonsArrangeTheExplorer() throws {
    var explorer = explorer()
    press(&explorer, .character("Z"))
    #expect(explorer.views.open?.id == "game")
    press(&explorer, .character("n"))
    #expect(explorer.views.open?.view as? NoiseView == NoiseView(level: 11))
    press(&explorer, .character("n"), .character("n"))
    #expect(
      explorer.views.open?.view as? NoiseView == NoiseView(level: NoiseQuestion.levels, picture: 1))
    press(&explorer, .character("n"))
    // The run that the lesson needs already exists.
    #expect(explorer.views.open == nil)
    #expect(explorer.runs.count == 1)
    let ids = ["seeds", "guidance", "map", "area", "learning"]
    for id in ids {
      let effects = press(&explorer, .character("n"))
      #expect(explorer.views.open?.id == id)
      // The field names the prompt of the picture that is shown.
      if id != "learning" {
        #expect(explorer.fields.prompt.text == (id == "seeds" ? "food" : "a red apple"))
      }
      // The seeds are of a vague prompt, and the next lesson's run already exists.
      #expect(ExplorerTests.started(effects)?.recipe.prompt == (id == "seeds" ? "food" : nil))
    }
    #expect(explorer.views.asked.first == .learning)
    press(&explorer, .character("N"))
    #expect(explorer.views.open?.id == "area")
  }

  @Test func itBeginsWithTheFirstLessonAndListsTheOneThatWasLeft() throws {
    var explorer = explorer()
    #expect(press(&explorer, .character("Z")).contains(.rememberLesson(0)))
    #expect(press(&explorer, .character("n")).contains(.rememberLesson(1)))
    // Typing in a field is typing.
    press(&explorer, .character("e"), .character("n"), .escape)
    #expect(explorer.tour.lesson == 1)
    press(&explorer, .escape)
    #expect(explorer.tour.lesson == nil)
    // Starting again does not forget the lesson that was left.
    #expect(press(&explorer, .character("Z")).contains(.rememberLesson(1)))
    #expect(explorer.tour.lesson == 0)
    let message = "you left at “\(Lesson.all[1].title)”: E lists the lessons"
    #expect(explorer.view(width: 100, height: 30).text.contains(message))
    press(&explorer, .character("E"))
    #expect(explorer.picker?.kind == .lessons && explorer.picker?.selected == 1)
    let list = explorer.view(width: 100, height: 30).text
    #expect(list.contains("● 2") && list.contains("where you left off"))
    press(&explorer, .enter)
    #expect(explorer.tour.lesson == 1 && explorer.picker == nil)
  }

  @Test func theCommandLineMayGoOn() {
    var preferences = Explorer.Preferences()
    (preferences.lesson, preferences.beginsTour) = (5, true)
    #expect(Explorer(preferences, randomSeed: 1).tour.lesson == 0)
    preferences.resumesTour = true
    var later = Explorer(preferences, randomSeed: 1)
    _ = later.update(.resized(width: 100, height: 30))
    #expect(later.view(width: 100, height: 30).text.contains(Lesson.all[5].title))
    _ = later.update(.modelLoaded(ExplorerTests.facts))
    #expect(later.views.open?.id == "seeds")
    // The contents of a broken file do not count as a lesson.
    preferences.lesson = 99
    #expect(Explorer(preferences, randomSeed: 1).tour.lesson == 0)
  }

  /// Every lesson can be gone to, in the tour and from outside.
  @Test(arguments: Lesson.all.indices)
  func everyLessonIsChosenFromTheList(_ index: Int) {
    var explorer = explorer()
    press(&explorer, .character("E"))
    for _ in 0..<index { press(&explorer, .down) }
    #expect(press(&explorer, .enter).contains(.rememberLesson(index)))
    #expect(explorer.tour.lesson == index)
    #expect(explorer.view(width: 100, height: 30).text.contains(Lesson.all[index].title))
    // From there to the first by its name.
    press(&explorer, .character("E"))
    for letter in "words with" { press(&explorer, .character(letter)) }
    press(&explorer, .enter)
    #expect(explorer.tour.lesson == 0)
    press(&explorer, .escape)
    #expect(!explorer.tour.isOn)
  }

  @Test func thePaletteLeadsToTheLessons() {
    var explorer = explorer()
    press(&explorer, .control("k"))
    for letter in "lessons" { press(&explorer, .character(letter)) }
    press(&explorer, .enter)
    #expect(explorer.picker?.kind == .lessons)
  }

  @Test func behindTheLastLessonTheTourIsOver() {
    var explorer = explorer()
    press(&explorer, .character("Z"))
    for _ in Lesson.all { press(&explorer, .character("n")) }
    #expect(explorer.tour.lesson == nil)
    #expect(explorer.views.open == nil)
    #expect(explorer.tour.left == 0)
  }

  /// The tiny network continues training from where it was when its view is opened again.
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

  /// Text typed during the tour stays; other fields that the tour changed are restored.
  @Test func whatTheTourChangedIsGivenBackBesideOnesOwnPrompt() {
    var preferences = Explorer.Preferences()
    preferences.negativePrompt = "stars"
    preferences.chosen.seed = 99
    preferences.pictureKind = .noise
    var explorer = Explorer(preferences, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    press(&explorer, .character("Z"))
    for _ in 0..<8 { press(&explorer, .character("n")) }
    #expect(
      explorer.fields.negative.text.isEmpty && explorer.fields.settings.seed == Fields.firstSeed)
    press(&explorer, .character("e"), .control("u"))
    _ = explorer.update(.paste("a blue fish"))
    press(&explorer, .enter, .escape)
    #expect(
      explorer.fields.prompt.text == "a blue fish" && explorer.fields.negative.text == "stars")
    #expect(explorer.fields.settings.seed == 99 && explorer.display.pictureKind == .noise)
  }
}

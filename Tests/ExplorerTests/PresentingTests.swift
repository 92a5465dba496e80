import Cells
import Pictures
import Testing

@testable import Explorer

/// Presenting to a class: one large picture and its caption, with all functions still available.
@Suite struct PresentingTests {
  static let sizes = [(40, 12), (80, 24), (120, 40), (200, 60)]

  @discardableResult
  private func press(_ explorer: inout Explorer, _ keys: ExplorerKey...) -> [Effect] {
    keys.flatMap { explorer.update(.key($0)) + explorer.update(.typingPaused) }
  }

  private func screen(_ explorer: Explorer) -> CellBuffer {
    explorer.view(width: explorer.display.columns, height: explorer.display.rows)
  }

  private func text(_ explorer: Explorer) -> String { screen(explorer).text }

  /// An explorer that presents, its message of how to leave that gone.
  private func presenting(width: Int = 80, height: Int = 24) -> Explorer {
    var explorer = ExplorerTests.explorer(width: width, height: height)
    press(&explorer, .character("F"), .end)
    return explorer
  }

  /// Rows that contain part of a picture or of large letters.
  private func rows(_ buffer: CellBuffer, in rect: Rect) -> Int {
    (rect.y..<rect.maxY).count { y in
      (rect.x..<rect.maxX).contains { "▀▄█".contains(buffer[$0, y].glyph ?? " ") }
    }
  }

  @Test(arguments: sizes)
  func nothingButThePictureAndItsCaption(_ size: (Int, Int)) {
    let before = ExplorerTests.explorer(width: size.0, height: size.1)
    let explorer = presenting(width: size.0, height: size.1)
    let (shown, layout) = (screen(explorer), explorer.layout)
    for word in ["halflight", "prompt", "seed", "guidance", "done", "help", "save"] {
      #expect(!shown.text.contains(word), "\(word)")
    }
    // It fills the canvas, which is larger than before.
    #expect(layout.canvas.height > before.layout.canvas.height)
    #expect(rows(shown, in: layout.canvas) == layout.canvas.height)
    #expect(layout.caption.maxY == size.1 - 1 && layout.timeline.y == size.1 - 1)
    let caption = shown.part(layout.caption).text
    if size.1 >= 44 {
      #expect(rows(shown, in: layout.caption) >= 6)
    } else {
      #expect(caption.contains("the picture after 4 steps"))
      let isLarge = size.1 >= 28
      #expect(isLarge ? rows(shown, in: layout.caption) >= 3 : caption.contains("a red "))
    }
  }

  @Test func theKeyAndEscLeaveIt() {
    for key in [ExplorerKey.escape, .character("F")] {
      var explorer = ExplorerTests.explorer(width: 80, height: 24)
      let before = text(explorer)
      press(&explorer, .character("F"))
      #expect(explorer.isPresenting && text(explorer).contains("brings the rest back"))
      press(&explorer, key)
      #expect(text(explorer) == before)
    }
  }

  @Test func oneScrubsPlaysAndRunsInIt() throws {
    var explorer = presenting()
    press(&explorer, .left, .left)
    #expect(text(explorer).contains("step 3 of 4, 50% noise"))
    press(&explorer, .character("x"))
    #expect(text(explorer).contains("noise, its guess"))
    _ = explorer.update(.mouse(MouseEvent(.press, x: 3, y: 23)))
    #expect(text(explorer).contains("step 1 of 4, 100% noise"))
    press(&explorer, .character("p"))
    _ = explorer.update(.tick)
    #expect(text(explorer).contains("step 2 of 4"))
    _ = try #require(ExplorerTests.started(press(&explorer, .character("r"))))
    #expect(explorer.isPresenting)
  }

  /// Who edits the prompt sees it, and presents again with its run.
  @Test func fieldsAreSeenWhileOneIsInThem() {
    var explorer = presenting()
    press(&explorer, .character("e"))
    #expect(text(explorer).contains("seed ‹") && text(explorer).contains("▸prompt"))
    _ = explorer.update(.paste("a blue fish"))
    let effects = press(&explorer, .enter)
    #expect(ExplorerTests.started(effects)?.recipe.prompt == "a blue fish")
    #expect(explorer.isPresenting && !text(explorer).contains("seed ‹"))
  }

  @Test(arguments: sizes)
  func viewsAndTheTourWorkInIt(_ size: (Int, Int)) {
    var explorer = presenting(width: size.0, height: size.1)
    press(&explorer, .character("V"))
    #expect(text(explorer).contains("One wrong word"))
    // The caption is the picture's.
    #expect(explorer.layout.caption.isEmpty && !text(explorer).contains("seed ‹"))
    press(&explorer, .escape)
    #expect(explorer.isPresenting && explorer.views.open == nil)
    press(&explorer, .character("Z"), .character("n"))
    let title = size.1 >= 24 ? Lesson.all[1].title : Lesson.all[1].brief.title
    #expect(text(explorer).contains(title) && text(explorer).contains("n next"))
    #expect(!text(explorer).contains("seed ‹"))
    // Its lesson of steps speaks of two pictures.
    for _ in 1..<4 { press(&explorer, .character("n")) }
    #expect(size.0 < 120 || text(explorer).contains("the starting noise"))
    press(&explorer, .escape)
    #expect(!explorer.tour.isOn && explorer.isPresenting)
    press(&explorer, .escape)
    #expect(!explorer.isPresenting)
  }

  @Test func itMayBeginWithThat() {
    var preferences = Explorer.Preferences()
    preferences.presents = true
    var explorer = Explorer(preferences, randomSeed: 1)
    _ = explorer.update(.resized(width: 80, height: 24))
    #expect(explorer.isPresenting && text(explorer).contains("loading the model"))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    for index in 0..<2 { _ = explorer.update(.frame(run: 0, ExplorerTests.frame(index))) }
    #expect(text(explorer).contains("step 2 of 4, 75% noise"))
  }

  /// Text that the font lacks, or that is too long for large letters, is written in ordinary letters.
  @Test(arguments: ["日本の海", String(repeating: "a very long prompt ", count: 20)])
  func notEverythingIsWrittenLarge(_ prompt: String) {
    var buffer = CellBuffer(width: 120, height: 10)
    let painter = ExplorerTests.explorer().display.painter
    Caption(prompt: prompt, facts: "").draw(in: buffer.bounds, painter, &buffer)
    #expect(buffer.text.contains(prompt.prefix(3)))
    #expect(rows(buffer, in: buffer.bounds) == 0)
  }

  @Test func largeLettersAreThoseOfTheFont() throws {
    var buffer = CellBuffer(width: 12, height: 5)
    let large = try #require(LargeText("Hi"))
    #expect(large.columns == 11)
    large.draw(x: 0, y: 0, Style(), &buffer)
    let lines = buffer.text.split(separator: "\n").prefix(4).map { String($0) }
    #expect(lines == ["█   █   ▀   ", "█▄▄▄█  ▀█   ", "█   █   █   ", "▀   ▀  ▀▀▀  "])
  }
}

import Cells
import Diffusion
@testable import Explorer
import Pictures
import Testing

/// The words of a prompt as heat over the picture.
@Suite struct WordsViewTests {
  let views = ViewTests()

  /// The last word names the thing: it is the default, and the user's choice then stays. Fillers come last.
  @Test func theLastWordIsLookedAtFirst() throws {
    var explorer = ExplorerTests.explorer(frames: 1)
    let asked = try #require(views.studies(views.press(&explorer, .character("W"))).first)
    let finding = WordsFinding(
      words: ["a", "red", "apple"], characters: [0..<1, 2..<5, 6..<11],
      maps: Array(repeating: [0, 1, 2, 3], count: 3), width: 2, height: 2)
    _ = explorer.update(.studied(asked, .words(finding)))
    #expect(views.text(explorer).contains("▸ apple"))
    #expect(explorer.views.open?.view.note(in: explorer.context) == "all steps")
    views.press(&explorer, .up)
    #expect(views.text(explorer).contains("▸ red"))
    views.press(&explorer, .down, .down)
    #expect(views.text(explorer).contains("▸ a "))
    #expect(explorer.views.open?.view.note(in: explorer.context) == "word 1, all steps")
  }

  /// Maps of this many words, each brightest at its lower right.
  static func maps(of words: String...) -> WordsFinding {
    var end = -1
    let characters = words.map { word in
      let start = end + 1
      end = start + word.count
      return start..<end
    }
    return WordsFinding(
      words: words, characters: characters, maps: words.map { _ in [0, 1, 2, 3] }, width: 2,
      height: 2)
  }

  @Test func aFillerIsNotLookedAtFirst() throws {
    var explorer = ExplorerTests.explorer(frames: 1)
    let asked = try #require(views.studies(views.press(&explorer, .character("W"))).first)
    _ = explorer.update(.studied(asked, .words(Self.maps(of: "a", "cat", "to", "look", "AT"))))
    #expect(views.text(explorer).contains("▸ look"))
    // After the last of the others come the fillers.
    views.press(&explorer, .down)
    #expect(views.text(explorer).contains("▸ a "))
    views.press(&explorer, .up, .up)
    #expect(views.text(explorer).contains("▸ cat"))
    // A prompt of nothing else has its last word.
    _ = explorer.update(.studied(asked, .words(Self.maps(of: "of", "the"))))
    views.press(&explorer, .character("W"), .character("W"))
    #expect(views.text(explorer).contains("▸ the"))
  }

  /// The maps of all steps are added up at first, those of the last steps before others; older pictures say otherwise.
  @Test func wordsAreSummedOverTheSteps() throws {
    var explorer = views.explorer(width: 120, height: 40)
    let asked = views.studies(views.press(&explorer, .character("W")))
    let steps = asked.compactMap { study -> Int? in
      if case .words(let step) = study { step.step } else { nil }
    }
    #expect(steps.first == 3 && steps.sorted() == [0, 1, 2, 3])
    for study in asked.prefix(2) {
      _ = explorer.update(.studied(study, .words(Self.maps(of: "a", "green", "apple"))))
    }
    #expect(views.text(explorer, width: 120, height: 40).contains("over 2 of 4 steps"))
    for study in asked {
      _ = explorer.update(.studied(study, .words(Self.maps(of: "a", "green", "apple"))))
    }
    #expect(views.text(explorer, width: 120, height: 40).contains("summed over the steps"))
    for (note, isSummed) in [
      ("words", false), ("words: word 3", false), ("words: this step", false),
      ("words: word 3, all steps", true), ("words: all steps", true),
    ] {
      explorer.restoreView(note)
      #expect((explorer.views.open?.view as? WordsView)?.isSummed == isSummed, "\(note)")
    }
  }

  /// Heat is distinct from the picture's own brightness: unattended areas are dark grey, even white ones.
  @Test(arguments: [UInt8(0), 128, 255])
  func heatIsNoBrightnessOfThePicture(_ brightness: UInt8) {
    let finding = WordsFinding(
      words: ["a"], characters: [0..<1], maps: [[0, 0, 0, 1]], width: 2, height: 2)
    let picture = ExplorerTests.picture(brightness).heated(by: finding, word: 0)
    let (least, most) = (Array(picture.pixels[0..<3]), Array(picture.pixels[189..<192]))
    #expect(least.allSatisfy { $0 <= 77 } && Set(least).count == 1)
    #expect(most == [255, 196, 138])
    // A word without a map, or with one of another size, leaves the picture unchanged.
    #expect(ExplorerTests.picture(9).heated(by: finding, word: 1) == ExplorerTests.picture(9))
  }

  /// More attention is lighter at every colour depth, step by step if there are many colours.
  @Test func theScaleRisesEvenly() {
    func light(_ color: SIMD3<UInt8>) -> Int { 2 * Int(color.x) + 7 * Int(color.y) + Int(color.z) }
    let lights = (0...20).map { light(Heat.color(Float($0) / 20, over: 0)) }
    #expect(zip(lights, lights.dropFirst()).allSatisfy { $0 < $1 })
    #expect(Heat.color(.nan, over: 0) == Heat.color(0, over: 0))
    let scale = Heat.scale(steps: 12)
    #expect((scale.width, scale.height) == (12, 2))
  }

  @Test(arguments: [(40, 24), (80, 24), (120, 40), (200, 60)])
  func wordsHaveAScale(_ size: (Int, Int)) throws {
    var explorer = views.explorer(width: size.0, height: size.1)
    for study in views.studies(views.press(&explorer, .character("W"))) {
      _ = explorer.update(.studied(study, .words(Self.maps(of: "a", "green", "apple"))))
    }
    let screen = views.text(explorer, width: size.0, height: size.1)
    let row = screen.split(separator: "\n").first { $0.contains("little ") && $0.contains(" much") }
    // The words are on the same row, with the filler after the others if there is room for it.
    let words = size.0 == 40 ? "green  ▸ apple" : "green  ▸ apple  a"
    #expect(row?.contains(words) == true, "\(screen)")
  }

  @Test func theSavedPictureCarriesItsWords() throws {
    var explorer = views.explorer()
    for study in views.studies(views.press(&explorer, .character("W"))) {
      _ = explorer.update(.studied(study, .words(Self.maps(of: "a", "green", "apple"))))
    }
    guard
      case .save(.picture(let sheet, _, _, let view, nil), run: _) = views.press(
        &explorer, .character("s")
      ).first
    else { Issue.record("another effect"); return }
    #expect(view == "words: all steps")
    // The guess and three words in a row of pictures of 192 pixels, and below each a strip.
    #expect(sheet.width == 4 * (192 + 8) + 8 && sheet.height > 192 + 2 * 8 + 20)
    let strip = (8 + 192)..<(sheet.height - 8)
    for panel in 0..<4 {
      let columns = (8 + panel * 200)..<(8 + panel * 200 + 192)
      let ink = strip.reduce(0) { sum, y in
        sum + columns.count { sheet.pixels[3 * (y * sheet.width + $0)] == 235 }
      }
      #expect(ink > 5, "\(panel)")
    }
  }
}

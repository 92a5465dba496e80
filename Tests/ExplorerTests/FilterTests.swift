import Cells
import Testing

@testable import Explorer

/// Filtered lists: fast for any contents, and searchable by the words that people use.
@Suite struct FilterTests {
  private func explorer(history: [String]) -> Explorer {
    var preferences = Explorer.Preferences()
    preferences.history = history
    var explorer = Explorer(preferences, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 80, height: 24))
    _ = explorer.update(.key(.character("/")))
    return explorer
  }

  /// The bounds are generous: these took seconds to minutes.
  private func seconds(_ body: () -> Void) -> Double {
    let time = ContinuousClock().measure(body)
    return Double(time.components.seconds) + Double(time.components.attoseconds) / 1e18
  }

  @Test(arguments: ["a", "ab", "é", "👩‍👩‍👧"])
  func threeHundredCharactersAreTypedAtOnce(_ letter: String) {
    let line = String(repeating: letter, count: 450)
    var explorer = explorer(history: (0..<300).map { line + "\($0)" })
    let time = seconds {
      for character in String(repeating: letter, count: 300) {
        _ = explorer.update(.key(.character(character)))
      }
      _ = explorer.view(width: 80, height: 24)
    }
    #expect(time < 4)
    let pasted = seconds {
      _ = explorer.update(.paste(String(repeating: letter, count: 100_000)))
      _ = explorer.view(width: 80, height: 24)
    }
    #expect(pasted < 4)
  }

  @Test(arguments: ["x", "word ", "a\u{301}\u{302}", "日本"])
  func aLineWithoutEndIsCut(_ part: String) throws {
    let line = String(repeating: part, count: 100_000)
    var explorer = explorer(history: Array(repeating: line, count: 50))
    let time = seconds {
      for _ in 0..<5 {
        _ = explorer.update(.key(.character(part.first ?? "x")))
        _ = explorer.view(width: 80, height: 24)
      }
    }
    #expect(time < 4)
    let picker = try #require(explorer.picker)
    for item in explorer.items(of: picker) {
      #expect(item.text.count == Picker.Item.longest + 1 && item.text.hasSuffix("…"))
      #expect(item.places.allSatisfy { $0 < Picker.Item.longest })
    }
    // It is used whole, up to the limit of a text field.
    _ = explorer.update(.key(.enter))
    #expect(explorer.fields.prompt.characters.count > Picker.Item.longest)
  }

  /// One character may be made of scalars without end.
  @Test func marksWithoutEndAreCut() throws {
    let line = "a" + String(repeating: "\u{301}", count: 1_000_000)
    let explorer = explorer(history: [line])
    let picker = try #require(explorer.picker)
    #expect(explorer.items(of: picker).allSatisfy { $0.text.unicodeScalars.count < 3000 })
  }

  @Test func lettersAreFoundInTheirOrder() throws {
    let query = FuzzyQuery("Rd  appl")
    let match = try #require(query.match("a Red apple"))
    #expect(match.places == [2, 4, 6, 7, 8, 9])
    #expect(query.match("apple red") == nil && query.match("") == nil)
    #expect(FuzzyQuery(" ").isEmpty)
    // Beginnings of words and letters side by side come first.
    let word = FuzzyQuery("cat")
    let scores = ["cat", "a cat", "concert act", "scatter"].map { word.match($0)?.score ?? .min }
    #expect(scores[0] > scores[3] && scores[1] > scores[3] && scores[1] > scores[2])
    // If characters have several bytes or change in lower case, positions still refer to the text.
    #expect(FuzzyQuery("ÉT").match("l’été")?.places == [2, 3])
    #expect(FuzzyQuery("x").match("İİx")?.places == [2])
  }

  @Test func whatStandsFarBehindIsNotCompared() {
    let text = String(repeating: "b", count: FuzzyQuery.longest) + "z"
    #expect(FuzzyQuery("z").match(text) == nil)
    #expect(FuzzyQuery(String(repeating: "b", count: 2 * FuzzyQuery.longest)).match(text) == nil)
  }

  @Test(arguments: [
    ("negative", "not"), ("negative prompt", "not"), ("leave out", "not"), ("export", "save"),
    ("gif", "save-run"), ("animation", "save-run"), ("light", "theme"), ("dark", "theme"),
    ("save", "save"), ("quit", "quit"), ("exit", "quit"), ("seed", "seed-mode"),
    ("random", "other-noise"), ("new seed", "other-noise"), ("new-seed", "other-noise"),
    ("zoom", "full-screen"), ("full screen", "full-screen"), ("fullscreen", "full-screen"),
    ("explain", "see-why"), ("img2img", "begin-with"), ("tutorial", "tour"),
    ("ascii", "save-text"), ("shortcuts", "help"), ("Generate", "run"),
  ])
  func actionsAreFoundByWhatPeopleCallThem(_ typed: String, _ id: String) throws {
    for opener in [ExplorerKey.control("k"), .character("?")] {
      var explorer = ExplorerTests.explorer()
      _ = explorer.update(.key(opener))
      for letter in typed { _ = explorer.update(.key(.character(letter))) }
      let picker = try #require(explorer.picker)
      let first = try #require(explorer.items(of: picker).first)
      #expect(first.detail.replacing(" ", with: "-") == id, "\(typed): \(first.detail)")
    }
  }
}

import Diffusion
import Foundation
import Recipes
import Testing

@testable import Session

/// Files kept between sessions.
@Suite struct RememberedTests {
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(UUID().uuidString)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  @Test func theDisplayIsKept() throws {
    try withFolder { folder in
      #expect(DisplayFile.read(in: folder).theme == nil)
      DisplayFile.write(theme: "paper white", glyphs: .sextants, in: folder)
      #expect(DisplayFile.read(in: folder).theme == "paper white")
      #expect(DisplayFile.read(in: folder).glyphs == .sextants)
    }
  }

  @Test func aDisplayThatMakesNoSenseIsNone() throws {
    try withFolder { folder in
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      try Data([0xff, 0x0a, 0x67, 0x6c]).write(to: folder.appendingPathComponent("display"))
      #expect(DisplayFile.read(in: folder).theme == nil)
      #expect(DisplayFile.read(in: folder).glyphs == nil)
    }
  }

  @Test func favouritesAreKeptTheNewestFirst() throws {
    try withFolder { folder in
      var first = Recipe(prompt: "a cat,\nsaid \"so\"", width: 64, height: 64, model: "mini")
      first.sampling.seed = 3
      let second = Recipe(prompt: "a dog", width: 64, height: 64, model: "mini")
      try FavouritesFile.set(first, isFavourite: true, in: folder)
      try FavouritesFile.set(second, isFavourite: true, in: folder)
      let both = FavouritesFile.read(in: folder)
      #expect(both.map(\.prompt) == [second.prompt, first.prompt])
      #expect(both.last?.sampling.seed == 3)
      try FavouritesFile.set(second, isFavourite: false, in: folder)
      #expect(FavouritesFile.read(in: folder).map(\.prompt) == [first.prompt])
    }
  }

  @Test func linesThatAreNoFavouritesAreLeftOut() throws {
    try withFolder { folder in
      let recipe = Recipe(prompt: "a cat", width: 64, height: 64, model: "mini")
      try FavouritesFile.set(recipe, isFavourite: true, in: folder)
      let file = folder.appendingPathComponent("favourites")
      var data = try Data(contentsOf: file)
      data.append(Data("not JSON\n\"no settings\"\n".utf8))
      try data.write(to: file)
      #expect(FavouritesFile.read(in: folder).map(\.prompt) == ["a cat"])
    }
  }
}

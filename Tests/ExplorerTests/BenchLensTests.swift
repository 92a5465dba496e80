@testable import Explorer
import Testing

/// The noise bench: which pictures noise is added to.
@Suite struct BenchLensTests {
  let lenses = LensTests()

  @Test func aFileStaysAmongThePicturesOfTheBench() {
    var explorer = lenses.explorer()
    lenses.press(&explorer, .character("B"), .character("o"))
    _ = explorer.update(.pictures(["cat.png"], onlySaved: false))
    lenses.press(&explorer, .enter, .up, .down)
    #expect((explorer.open?.lens as? BenchLens)?.picture == .file("cat.png"))
  }

  @Test func theBenchWaitsForNoRunThatWasCancelled() {
    var explorer = ExplorerTests.explorer(frames: 2)
    var lens = BenchLens(level: 12)
    lens.picture = .result(run: 0)
    explorer.open = OpenLens(lens: lens)
    #expect(lenses.text(explorer).contains("is not there yet"))
    lenses.press(&explorer, .control("c"))
    #expect(lenses.text(explorer).contains("was not finished"))
  }

  /// A file is chosen for the bench from the pictures of the folder, or by its path.
  @Test func theBenchTakesAFile() {
    var explorer = lenses.explorer()
    lenses.press(&explorer, .character("B"))
    #expect(lenses.press(&explorer, .character("o")) == [.listPictures(onlySaved: false)])
    _ = explorer.update(.pictures(["cat.png"], onlySaved: false))
    #expect(lenses.text(explorer).contains("a picture for the noise view"))
    #expect(
      lenses.studies(lenses.press(&explorer, .enter)) == [
        .noise(NoiseQuestion(.file("cat.png"), level: 12)), .noiseCurve(.file("cat.png")),
      ])
    lenses.press(&explorer, .character("o"))
    _ = explorer.update(.pictures([], onlySaved: false))
    _ = explorer.update(.paste("/tmp/dog.jpg"))
    lenses.press(&explorer, .enter)
    #expect((explorer.open?.lens as? BenchLens)?.picture == .file("/tmp/dog.jpg"))
    // Elsewhere a list of pictures is one of saved ones.
    lenses.press(&explorer, .escape, .character("o"))
    _ = explorer.update(.pictures([], onlySaved: false))
    #expect(lenses.text(explorer).contains("saved pictures"))
  }
}

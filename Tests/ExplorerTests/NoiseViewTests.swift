@testable import Explorer
import Testing

/// The noise view: the pictures to which noise is added.
@Suite struct NoiseViewTests {
  let views = ViewTests()

  @Test func aFileStaysAmongThePicturesOfTheBench() {
    var explorer = views.explorer()
    views.press(&explorer, .character("B"), .character("o"))
    _ = explorer.update(.pictures(["cat.png"], onlySaved: false))
    views.press(&explorer, .enter, .up, .down)
    #expect((explorer.views.open?.view as? NoiseView)?.picture == .file("cat.png"))
  }

  @Test func theBenchWaitsForNoRunThatWasCancelled() {
    var explorer = ExplorerTests.explorer(frames: 2)
    var view = NoiseView(level: 12)
    view.picture = .result(run: 0)
    explorer.views.show(view)
    #expect(views.text(explorer).contains("is not finished yet"))
    views.press(&explorer, .control("c"))
    #expect(views.text(explorer).contains("was not completed"))
  }

  private func text(at level: Int, share: Float, errors: (Double, Double)) -> String {
    var explorer = views.explorer(width: 120, height: 40)
    explorer.views.show(NoiseView(level: level))
    var finding = NoiseFinding(
      name: "a cat", credit: "Somebody, CC0", truth: ExplorerTests.picture(1),
      noisy: ExplorerTests.picture(2), share: share, sigma: 9, steps: level)
    (finding.oneLook, finding.oneLookError) = (ExplorerTests.picture(3), errors.0)
    (finding.inSteps, finding.inStepsError) = (ExplorerTests.picture(4), errors.1)
    _ = explorer.update(
      .studied(.noise(NoiseQuestion(.example(0), level: level)), .noise(finding)))
    return views.text(explorer, width: 120, height: 40)
  }

  /// Only at the end of the slider is nothing of the picture left, however the share is rounded.
  @Test func nothingIsLeftOnlyWhereThereIsNone() {
    let almost = text(at: NoiseQuestion.levels - 1, share: 0.999, errors: (0.5, 0.6))
    #expect(almost.contains("with noise 99%") && !almost.contains("with noise 100%"))
    #expect(!almost.contains("Nothing of the picture is left"))
    let end = text(at: NoiseQuestion.levels, share: 0.99, errors: (0.5, 0.6))
    #expect(end.contains("with noise 100%") && end.contains("Nothing of the picture is left"))
    #expect(text(at: 1, share: 0.001, errors: (0.001, 0.001)).contains("with noise 1%"))
  }

  /// The meaning of the numbers, and which of them are better, is explained at every size.
  @Test func theErrorsAreExplained() {
    let said = text(at: 20, share: 0.5, errors: (0.2, 0.3))
    #expect(said.contains("root mean square difference from the true picture: 0 is perfect"))
    #expect(said.contains("error 0.200") && said.contains("error 0.300"))
    #expect(said.contains("Somebody, CC0"))
  }

  /// Some networks do not take the time; the view says how they know the noise level, and says it of no others.
  @Test func aNetworkWithoutTheTimeSeesTheNoise() {
    let note = "sees the noise in the picture"
    for readsTime in [true, false] {
      var explorer = views.explorer(width: 120, height: 40)
      var facts = ExplorerTests.facts
      facts.readsTime = readsTime
      _ = explorer.update(.modelLoaded(facts))
      let said = NoiseView(level: 20).contents(in: explorer.context).sentence
      #expect(said.contains(note) == !readsTime)
    }
  }

  /// A file is chosen for the bench from the pictures of the folder, or by its path.
  @Test func theBenchTakesAFile() {
    var explorer = views.explorer()
    views.press(&explorer, .character("B"))
    #expect(views.press(&explorer, .character("o")) == [.listPictures(onlySaved: false)])
    _ = explorer.update(.pictures(["cat.png"], onlySaved: false))
    #expect(views.text(explorer).contains("a picture for the noise view"))
    #expect(
      views.studies(views.press(&explorer, .enter)) == [
        .noise(NoiseQuestion(.file("cat.png"), level: 12)), .noiseCurve(.file("cat.png")),
      ])
    views.press(&explorer, .character("o"))
    _ = explorer.update(.pictures([], onlySaved: false))
    _ = explorer.update(.paste("/tmp/dog.jpg"))
    views.press(&explorer, .enter)
    #expect((explorer.views.open?.view as? NoiseView)?.picture == .file("/tmp/dog.jpg"))
    // Elsewhere a list of pictures is one of saved ones.
    views.press(&explorer, .escape, .character("o"))
    _ = explorer.update(.pictures([], onlySaved: false))
    #expect(views.text(explorer).contains("saved pictures"))
  }
}

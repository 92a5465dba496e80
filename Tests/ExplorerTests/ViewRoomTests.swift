import Cells
import Diffusion
@testable import Explorer
import Pictures
import Testing

/// Views at the important sizes: pictures stay large, and no space is left empty.
@Suite struct ViewRoomTests {
  let views = ViewTests()

  /// Guidance opens at the step where the words matter most, but does not move in a run that is being watched.
  @Test func guidanceOpensWhereTheWordsMatterMost() {
    func explorer(frames: Int) -> Explorer {
      var explorer = ExplorerTests.explorer(frames: 0)
      for index in 0..<frames {
        var frame = ExplorerTests.frame(index)
        frame.magnitudes = Magnitudes(
          sample: 1, noise: 0.9, denoised: 0.5, change: 0.1, guidance: [0.1, 0.4, 0.3, 0.2][index])
        _ = explorer.update(.frame(run: 0, frame))
      }
      return explorer
    }
    var whole = explorer(frames: 4)
    guard case .guidance(let step, _)? = views.studies(views.press(&whole, .character("G"))).first
    else {
      Issue.record("another study"); return
    }
    #expect(step.step == 1 && whole.runs.position == 1)
    #expect(views.text(whole).contains("At this step, the prompt changes the guess most."))
    views.press(&whole, .right)
    #expect(!views.text(whole).contains("At this step, the prompt changes the guess most."))
    var open = explorer(frames: 3)
    views.press(&open, .character("G"))
    #expect(open.runs.position == 2)
  }

  /// How much larger the difference is shown is not how much guidance multiplies it.
  @Test(arguments: [(80, 24), (120, 40), (200, 60)])
  func theScaleOfDisplayIsNotThatOfGuidance(_ size: (Int, Int)) throws {
    var explorer = views.explorer(width: size.0, height: size.1)
    let asked = try #require(views.studies(views.press(&explorer, .character("G"))).first)
    let picture = ExplorerTests.picture(9)
    let finding = GuidanceFinding(
      without: picture, with: picture, difference: picture, guided: picture, size: 0.25,
      guidedSize: 0.75)
    _ = explorer.update(.studied(asked, .guidance(finding)))
    let screen = views.text(explorer, width: size.0, height: size.1)
    #expect(screen.contains("shown ×4") && screen.contains("▸ guidance 3.0"))
  }

  /// Sentences that explain the marks of a view are there to their end.
  @Test(arguments: [("L" as Character, "◆ the previous one."), ("H", "sets its noise level.")])
  func noSentenceIsCut(_ key: Character, _ end: String) {
    var explorer = ExplorerTests.explorer(width: 80, height: 24)
    views.press(&explorer, .character(key))
    let screen = views.text(explorer, width: 80, height: 24)
    #expect(screen.split(whereSeparator: \.isWhitespace).joined(separator: " ").contains(end))
  }

  /// A picture of the size that the embedded model paints.
  private static let large = Picture(
    width: 64, height: 64, pixels: (0..<(64 * 64 * 3)).map { UInt8($0 % 251) })

  /// An explorer whose only run has large pictures, with a view that has its results.
  private func answered(_ key: Character, width: Int, height: Int) -> Explorer {
    var explorer = ExplorerTests.explorer(frames: 0, width: width, height: height)
    for index in 0..<4 {
      var frame = ExplorerTests.frame(index)
      (frame.sample, frame.denoised, frame.noise) = (Self.large, Self.large, Self.large)
      if index == 3 { frame.finished = Self.large }
      frame.magnitudes = Magnitudes(
        sample: 1, noise: 0.9, denoised: 0.5, change: 0.1, guidance: 0.2)
      _ = explorer.update(.frame(run: 0, frame))
    }
    for study in views.studies(views.press(&explorer, .character(key))) {
      switch study {
      case .words:
        _ = explorer.update(.studied(study, .words(WordsViewTests.maps(of: "a", "red", "apple"))))
      case .guidance:
        let finding = GuidanceFinding(
          without: Self.large, with: Self.large, difference: Self.large, guided: Self.large,
          size: 0.25, guidedSize: 0.75)
        _ = explorer.update(.studied(study, .guidance(finding)))
      case .noise:
        var finding = NoiseFinding(
          name: "a cat", credit: "Somebody, CC0", truth: Self.large, noisy: Self.large, share: 0.5,
          sigma: 1, steps: 20)
        (finding.oneLook, finding.oneLookError) = (Self.large, 0.2)
        (finding.inSteps, finding.inStepsError) = (Self.large, 0.3)
        _ = explorer.update(.studied(study, .noise(finding)))
      case .noiseCurve:
        let points = (0..<NoiseCurve.count).map { Double($0) }
        _ = explorer.update(.studied(study, .noiseCurve(NoiseCurve(points))))
      case .learning:
        _ = explorer.update(.studied(study, .learning(Self.lesson)))
      default: break
      }
    }
    return explorer
  }

  /// A lesson that is over.
  private static let lesson: LearningFinding = {
    var finding = LearningFinding(words: [
      "a red circle", "a blue square", "an orange star", "a green triangle", "a purple heart",
      "a smiling face",
    ])
    let picture = Self.large.resized(width: 32, height: 32)
    finding.rows = Array(repeating: Array(repeating: picture, count: 6), count: 51)
    finding.times = (0...50).map { 3 * Double($0) }
    finding.losses = (1...50).map { 1 / Double($0) }
    finding.lossByLevel = [0.01, 0.02, 0.05, 0.2, 0.5]
    (finding.seen, finding.seconds, finding.share) = (40_000, 150, 1)
    return finding
  }()

  /// The largest number of consecutive screen rows with part of a picture.
  private func rowsOfPictures(_ explorer: Explorer, width: Int, height: Int) -> Int {
    var (most, own) = (0, 0)
    for row in views.text(explorer, width: width, height: height).split(separator: "\n") {
      own = row.count { $0 == "▀" } >= 14 ? own + 1 : 0
      most = max(most, own)
    }
    return most
  }

  @Test(arguments: Array("BGWK"))
  func picturesKeepEightRows(_ key: Character) {
    let explorer = answered(key, width: 80, height: 24)
    #expect(
      rowsOfPictures(explorer, width: 80, height: 24) >= 8,
      "\(views.text(explorer, width: 80, height: 24))")
  }

  /// On a large screen no more than a few rows of the canvas in a row are empty.
  @Test(arguments: Array("BGWK"))
  func aLargeScreenHasNoEmptyBands(_ key: Character) {
    let explorer = answered(key, width: 200, height: 60)
    let canvas = explorer.layout.canvas
    let screen = explorer.view(width: 200, height: 60).part(canvas).text
    var (most, own) = (0, 0)
    for row in screen.split(separator: "\n", omittingEmptySubsequences: false) {
      own = row.allSatisfy { $0 == " " } ? own + 1 : 0
      most = max(most, own)
    }
    #expect(most <= 4, "\(screen)")
  }

  /// Times run as in the curve: the first at the top, the last at the bottom, with the words.
  @Test func learningRunsFromTheFirstTimeToTheLast() throws {
    let rows = views.text(answered("K", width: 200, height: 60), width: 200, height: 60).split(
      separator: "\n")
    let places = try ["after 9 s", "after 36 s", "red circle"].map { text in
      try #require(rows.firstIndex { $0.contains(text) }, "\(text)")
    }
    #expect(places == places.sorted() && Set(places).count == 3)
    #expect(rows[places[2]].contains("smiling face"))
  }

  @Test func aSmallScreenHasFewerShapes() {
    let screen = views.text(answered("K", width: 80, height: 24), width: 80, height: 24)
    #expect(screen.contains("green triangle") && !screen.contains("purple heart"))
    // Why the loss is small and the picture may still be noise.
    #expect(screen.contains("0.010 with little noise, 0.500 with much"))
  }
}

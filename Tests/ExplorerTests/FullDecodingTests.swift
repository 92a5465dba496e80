import Diffusion
import Explorer
import Pictures
import Testing

/// Full decoding of the step at which the user rests, if the pictures of steps are previews.
@Suite struct FullDecodingTests {
  static let facts = ModelFacts(
    name: "latent", width: 8, height: 8, tokenLimit: 77, format: "bf16",
    defaults: SamplingSettings(steps: 4), decodes: true)

  /// An explorer whose first run has this many of its four frames.
  private func explorer(frames: Int = 4) -> Explorer {
    var explorer = Explorer(randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 120, height: 40))
    _ = explorer.update(.modelLoaded(Self.facts))
    for index in 0..<frames {
      var frame = ExplorerTests.frame(index)
      frame.previewMilliseconds = 40
      _ = explorer.update(.frame(run: 0, frame))
    }
    return explorer
  }

  private func text(_ explorer: Explorer) -> String { explorer.view(width: 120, height: 40).text }

  private func place(_ step: Int, _ view: PictureKind = .sample) -> FramePlace {
    FramePlace(run: 0, step: step, kind: view)
  }

  @Test func theStepOneRestsAtIsDecoded() {
    var explorer = explorer()
    #expect(explorer.resting == nil)
    #expect(explorer.update(.key(.left)).isEmpty)
    #expect(text(explorer).contains("preview 40 ms"))
    #expect(explorer.resting == place(3))
    #expect(explorer.update(.rested) == [.decode(place(3))])
    #expect(explorer.resting == nil && text(explorer).contains("decoding in full"))
    _ = explorer.update(.decoded(place(3), ExplorerTests.picture(222)))
    #expect(text(explorer).contains("decoded in full"))
    let shown = explorer.view(width: 120, height: 40).cells.compactMap { $0.style.foreground?.red }
    #expect(shown.contains(222))
    // The picture beside it comes next, and then nothing is left to do.
    #expect(explorer.update(.rested) == [.decode(place(3, .denoised))])
    _ = explorer.update(.decoded(place(3, .denoised), ExplorerTests.picture(223)))
    #expect(explorer.resting == nil && explorer.update(.rested).isEmpty)
    // It is kept.
    _ = explorer.update(.key(.left))
    _ = explorer.update(.key(.right))
    #expect(explorer.resting == nil && text(explorer).contains("decoded in full"))
  }

  @Test func movingOnStopsIt() {
    var explorer = explorer()
    _ = explorer.update(.key(.left))
    _ = explorer.update(.rested)
    #expect(explorer.update(.key(.left)) == [.cancelDecoding])
    #expect(explorer.resting == place(2))
    // A picture that came all the same is kept.
    _ = explorer.update(.decoded(place(3), ExplorerTests.picture(222)))
    _ = explorer.update(.key(.right))
    #expect(explorer.resting == place(3, .denoised))
  }

  @Test func nothingIsDecodedWhileARunComputes() {
    var explorer = explorer(frames: 3)
    _ = explorer.update(.key(.home))
    #expect(explorer.resting == nil)
    _ = explorer.update(.key(.character(" ")))
    #expect(explorer.resting == place(0))
    _ = explorer.update(.rested)
    let effects = explorer.update(.key(.character(" ")))
    #expect(effects == [.resume(run: 0), .cancelDecoding])
  }

  @Test func aQuickPictureIsDecodedWhenItIsSaved() {
    var explorer = explorer()
    _ = explorer.update(.key(.left))
    func saved(_ effects: [Effect]) -> (Picture, FramePlace?)? {
      for case .save(.picture(let picture, _, _, _, let place), run: _) in effects {
        return (picture, place)
      }
      return nil
    }
    #expect(saved(explorer.pressAlone("s"))?.1 == place(3))
    _ = explorer.update(.decoded(place(3), ExplorerTests.picture(222)))
    let now = saved(explorer.pressAlone("s"))
    #expect(now?.0 == ExplorerTests.picture(222) && now?.1 == nil)
    _ = explorer.update(.key(.end))
    let end = saved(explorer.pressAlone("s"))
    #expect(end?.0 == ExplorerTests.picture(200) && end?.1 == nil)
  }

  @Test func whatIsGoneIsSaidOnce() {
    var explorer = explorer()
    _ = explorer.update(.key(.left))
    _ = explorer.update(.rested)
    _ = explorer.update(.decodeFailed(place(3), message: "the latents had to make room"))
    #expect(text(explorer).contains("the latents had to make room"))
    #expect(explorer.resting == place(3, .denoised))
  }

  @Test func picturesOfPixelModelsNeedNone() {
    var explorer = ExplorerTests.explorer()
    _ = explorer.update(.key(.left))
    #expect(explorer.resting == nil && explorer.update(.rested).isEmpty)
  }

  /// A preview and a fully decoded picture are shown side by side at the same size, so their titles are aligned.
  @Test func picturesOfTwoSizesAreShownInOne() throws {
    var explorer = ExplorerTests.explorer(frames: 3)
    var last = ExplorerTests.frame(3)
    // 8 fits into the canvas five times, 37 once.
    last.finished = Picture(
      width: 37, height: 37, pixels: Array(repeating: 200, count: 37 * 37 * 3))
    _ = explorer.update(.frame(run: 0, last))
    let rows = explorer.view(width: 100, height: 30).text.split(separator: "\n")
    let title = try #require(rows.first { $0.contains("the starting noise") })
    #expect(title.contains("the picture"))
    let art = rows.filter { $0.contains("▀") }
    #expect(Set(art.map { $0.count { $0 == "▀" } }).count == 1)
  }
}

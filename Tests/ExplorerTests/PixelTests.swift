import Cells
import Pictures
import Testing

@testable import Explorer

/// Pictures as pixels: one of the sets of glyphs, where the terminal has them.
@Suite struct PixelTests {
  private func explorer(_ glyphs: GlyphSet = .halves, hasPixels: Bool = true) -> Explorer {
    var preferences = Explorer.Preferences()
    preferences.glyphs = glyphs
    var explorer = Explorer(preferences, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    if hasPixels { _ = explorer.update(.pixelsAvailable) }
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    for index in 0..<4 { _ = explorer.update(.frame(run: 0, ExplorerTests.frame(index))) }
    return explorer
  }

  private func screen(_ explorer: Explorer) -> CellBuffer { explorer.view(width: 100, height: 30) }

  @Test func halfBlocksAreTheLookUntilPixelsAreChosen() {
    var explorer = explorer()
    #expect(screen(explorer).pictures.isEmpty)
    #expect(explorer.pressAlone("g") == [.rememberDisplay(theme: "dark", glyphs: .pixels)])
    let drawn = screen(explorer)
    #expect(!drawn.pictures.isEmpty && drawn.text.contains("glyphs: pixels"))
    #expect(!drawn.cells.contains { $0.glyph == "▀" })
    #expect(explorer.pressAlone("g") == [.rememberDisplay(theme: "dark", glyphs: .quadrants)])
    #expect(screen(explorer).pictures.isEmpty)
  }

  @Test func withoutThemTheyAreLeftOut() {
    var explorer = explorer(hasPixels: false)
    #expect(explorer.pressAlone("g") == [.rememberDisplay(theme: "dark", glyphs: .quadrants)])
  }

  /// The choice is remembered, also where it cannot be shown.
  @Test func aChoiceWaitsForTheTerminal() {
    var explorer = explorer(.pixels, hasPixels: false)
    let before = screen(explorer)
    #expect(before.pictures.isEmpty && before.cells.contains { $0.glyph == "▀" })
    #expect(explorer.update(.pixelsAvailable).isEmpty)
    let after = screen(explorer)
    #expect(!after.pictures.isEmpty)
    // The same cells, with pixels in them, and nothing else has changed.
    for y in 0..<30 {
      for x in 0..<100 {
        if after.picture(x: x, y: y) == nil {
          #expect(after[x, y] == before[x, y])
        } else {
          #expect(before[x, y].glyph == "▀")
        }
      }
    }
    #expect(explorer.pressAlone("t").contains(.rememberDisplay(theme: "dark", glyphs: .pixels)))
  }

  @Test func noColoursMeansNoPixels() {
    var preferences = Explorer.Preferences()
    preferences.glyphs = .pixels
    var explorer = Explorer(preferences, colors: .none, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 100, height: 30))
    _ = explorer.update(.pixelsAvailable)
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    _ = explorer.update(.frame(run: 0, ExplorerTests.frame(0)))
    #expect(screen(explorer).pictures.isEmpty)
  }

  /// The help covers a picture, in part or whole; closing it brings it back.
  @Test func listsCoverPictures() {
    var explorer = explorer(.pixels)
    let before = screen(explorer)
    _ = explorer.update(.key(.character("?")))
    let covered = screen(explorer)
    #expect(covered.visiblePictureCells.reduce(0, +) < before.visiblePictureCells.reduce(0, +))
    _ = explorer.update(.key(.escape))
    #expect(screen(explorer).visiblePictureCells == before.visiblePictureCells)
  }

  @Test(arguments: ["T", "D", "C", "B"])
  func viewsShowThem(key: Character) {
    var explorer = explorer(.pixels)
    _ = explorer.pressAlone(key)
    let drawn = screen(explorer)
    #expect(!drawn.cells.contains { $0.glyph == "▀" && $0.style.background != nil })
  }

  /// Text that is saved has no pixels in it.
  @Test(arguments: [nil, "T"] as [Character?])
  func savedTextHasNone(view: Character?) throws {
    var explorer = explorer(.pixels)
    if let view { _ = explorer.pressAlone(view) }
    #expect(!screen(explorer).pictures.isEmpty)
    let effects = explorer.pressAlone("A")
    let texts = effects.compactMap { effect -> CellBuffer? in
      if case .save(.text(let buffer, _, _, _), _) = effect { buffer } else { nil }
    }
    let text = try #require(texts.first)
    #expect(text.cells.contains { $0.glyph == "▀" })
    #expect(!text.text.unicodeScalars.contains(PicturePlaceholder.scalar))
  }

  /// A small picture fills the screen when presented: its pixels are enlarged by the terminal, not before.
  @Test func presentingEnlargesInTheTerminal() throws {
    var explorer = explorer(.pixels)
    _ = explorer.update(.key(.character("F")))
    _ = explorer.update(.typingPaused)
    let placed = try #require(screen(explorer).pictures.first)
    #expect(placed.picture.width == 8 && placed.place.height == explorer.layout.canvas.height)
  }
}

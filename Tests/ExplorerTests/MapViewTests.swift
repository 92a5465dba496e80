import Cells
import Diffusion
@testable import Explorer
import Pictures
import Testing

/// The map of names: its labels, and the meaning of its colours.
@Suite struct MapViewTests {
  let views = ViewTests()

  private func mapped(_ size: (Int, Int), colors: ColorDepth = .trueColor) -> Explorer {
    var explorer = Explorer(colors: colors, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: size.0, height: size.1))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    for index in 0..<4 { _ = explorer.update(.frame(run: 0, ExplorerTests.frame(index))) }
    views.press(&explorer, .character("L"))
    let names = [
      PlacesFinding.Name(text: "lemon", x: 0.2, y: 0.2, group: 0),
      PlacesFinding.Name(text: "castle", x: 0.8, y: 0.9, group: 1),
      PlacesFinding.Name(text: "fortress", x: 0.8, y: 0.9, group: 1),
    ]
    let finding = PlacesFinding(
      names: names, groups: ["food & drink", "travel & places"],
      places: [
        .init(
          x: 0.5, y: 0.5,
          nearest: [.init(name: 0, similarity: 0.9), .init(name: 99, similarity: 0.1)])
      ], landmarks: [1, 0, 2, -1, 99])
    _ = explorer.update(.studied(.places(["a red apple"]), .places(finding)))
    return explorer
  }

  @Test(arguments: [(40, 12), (80, 24), (120, 40), (200, 60)])
  func theMapIsWrittenOn(_ size: (Int, Int)) {
    let screen = views.text(mapped(size), width: size.0, height: size.1)
    for text in ["● a red apple ", "lemon", "castle", "food", "travel"] {
      #expect(screen.contains(text), "\(text) in\n\(screen)")
    }
  }

  /// Without colours, a legend of colours is useless.
  @Test func withoutColoursThereIsNoLegend() {
    let screen = views.text(mapped((80, 24), colors: .none), width: 80, height: 24)
    #expect(screen.contains("● a red apple ") && !screen.contains("travel"))
  }

  @Test func theSavedMapHasItsNamesAndLegend() throws {
    var explorer = mapped((80, 24))
    guard
      case .save(.picture(let map, _, _, let view, nil), run: _) = views.press(
        &explorer, .character("s")
      ).first
    else { Issue.record("another effect"); return }
    #expect(view == "map: a red apple")
    #expect(map.width == 512 && map.height > 512)
    let grey = stride(from: 0, to: 512 * 512 * 3, by: 3).count { map.pixels[$0] == 190 }
    #expect(grey > 30)
  }

  @Test func labelsDoNotLieOverOneAnother() {
    let room = Rect(x: 3, y: 2, width: 40, height: 10)
    var places = LabelPlacing(in: room)
    places.take(Rect(x: 20, y: 5, width: 3, height: 1))
    let found = (0..<400).compactMap { index in
      places.place(width: 6, height: 1, at: 3 + index * 7 % 40, 2 + index % 10, gap: 1)
    }
    #expect(found.count > 20)
    for (index, rect) in found.enumerated() {
      #expect(rect.intersection(room) == rect)
      #expect(rect.intersection(Rect(x: 20, y: 5, width: 3, height: 1)).isEmpty)
      for other in found.dropFirst(index + 1) {
        // With a blank between those in a row.
        let wide = Rect(x: rect.x - 1, y: rect.y, width: rect.width + 2, height: 1)
        #expect(other.intersection(wide).isEmpty)
      }
    }
    #expect(places.place(width: 41, height: 1, at: 3, 2, gap: 0) == nil)
  }

  /// Groups are distinguishable with sixteen colours, and visible on their background.
  @Test(arguments: [ColorDepth.palette16, .palette256, .trueColor], [Theme.dark, .light])
  func groupsAreToldApart(_ depth: ColorDepth, _ theme: Theme) {
    let colors = (0..<11).map { GroupColors.color($0, theme, depth) }
    let shown = Set(
      colors.map { depth == .palette16 ? Int(ColorDepth.ansi16($0)) : Int(ColorDepth.xterm256($0)) }
    )
    #expect(shown.count >= (depth == .palette16 && theme.isLight ? 9 : 10))
    let ground = theme.isLight ? Color(255, 255, 255) : Color(0, 0, 0)
    #expect(colors.allSatisfy { depth.contrast($0, on: ground) >= 2 })
  }

  /// Groups that share a colour, because there are too few, are distinguished by their glyphs.
  @Test(arguments: [ColorDepth.palette16, .palette8], [Theme.dark, .light])
  func groupsOfOneColourHaveOtherGlyphs(_ depth: ColorDepth, _ theme: Theme) {
    let looks = (0..<11).map { group in
      let color = GroupColors.color(group, theme, depth)
      let number = depth == .palette16 ? ColorDepth.ansi16(color) : ColorDepth.ansi8(color)
      return GroupColors.glyph(group, theme, depth) + "\(number)"
    }
    if depth == .palette16 { #expect(Set(looks).count == 11, "\(looks)") }
    #expect(looks.contains { $0.hasPrefix("×") } == (Set(looks.map { $0.dropFirst() }).count < 11))
    #expect((0..<11).allSatisfy { GroupColors.glyph($0, theme, .trueColor) == "●" })
  }

  @Test func theLegendAndTheDotsHaveTheSameCrosses() {
    var groups = (0..<11).map { "group \($0)" }
    groups[9] = "the tenth"
    let finding = PlacesFinding(
      names: [.init(text: "", x: 0.25, y: 0.25, group: 9)], groups: groups, places: [])
    let drawing = MapDrawing(
      finding: finding, prompt: "", here: nil, path: [], line: [], before: nil)
    func text(_ theme: Theme) -> String {
      var buffer = CellBuffer(width: 100, height: 40)
      let theme = theme.shown(in: .palette16)
      drawing.draw(
        in: buffer.bounds, Painter(theme: theme, colors: .palette16, glyphs: .halves), &buffer)
      return buffer.text
    }
    #expect(text(.light).count { $0 == "×" } == 2 + 1 && text(.light).contains("× the tenth"))
    #expect(!text(.dark).contains("×"))
  }
}

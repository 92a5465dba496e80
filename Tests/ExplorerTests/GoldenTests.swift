import Cells
import Explorer
import Foundation
import Testing

/// Whole screens: every important size, every colour depth with every set of glyphs, dark and light. Glyphs and styles
/// both count. `HALFLIGHT_RECORD=FOLDER` writes them there again.
@Suite struct GoldenTests {
  static let sizes = [(30, 8), (40, 12), (80, 24), (120, 40), (200, 60)]

  enum Moment: String, CaseIterable {
    case loading, opened, running, done, scrubbed, branched, compared, help, palette
  }

  private func explorer(_ moment: Moment, width: Int, height: Int) -> Explorer {
    var explorer = ExplorerTests.explorer(
      frames: moment == .running ? 2 : 4, width: width, height: height)
    func press(_ keys: ExplorerKey...) { for key in keys { _ = explorer.update(.key(key)) } }
    switch moment {
    case .loading, .opened:
      explorer = Explorer(randomSeed: 1)
      _ = explorer.update(.resized(width: width, height: height))
      guard moment == .opened else { break }
      _ = explorer.update(.modelLoaded(ExplorerTests.facts))
      for index in 0..<2 { _ = explorer.update(.frame(run: 0, ExplorerTests.frame(index))) }
    case .running, .done: break
    case .scrubbed: press(.left, .left, .left, .tab)
    case .branched, .compared:
      press(.home, .right, .character("e"), .control("u"))
      _ = explorer.update(.paste("a green apple"))
      press(.altEnter)
      _ = explorer.update(.frame(run: 1, ExplorerTests.frame(1, prompt: "a green apple")))
      if moment == .compared { press(.character("c"), .character("x")) }
    case .help: press(.character("?"), .character("s"))
    case .palette: press(.control("k"), .down)
    }
    return explorer
  }

  @Test(arguments: Moment.allCases, sizes)
  func looksAsItDid(_ moment: Moment, _ size: (Int, Int)) throws {
    let explorer = explorer(moment, width: size.0, height: size.1)
    try compare(
      explorer.view(width: size.0, height: size.1), "\(moment.rawValue)-\(size.0)x\(size.1)")
  }

  @Test(arguments: ColorDepth.allCases, [GlyphSet.halves, .quadrants, .sextants, .shades])
  func everyDepthAndGlyph(_ depth: ColorDepth, _ glyphs: GlyphSet) throws {
    try compareColours(depth, glyphs)
  }

  /// Here, pixels are placeholders at every depth.
  @Test func pixels() throws { try compareColours(.trueColor, .pixels) }

  private func compareColours(_ depth: ColorDepth, _ glyphs: GlyphSet) throws {
    var preferences = Explorer.Preferences()
    preferences.glyphs = glyphs
    var explorer = Explorer(preferences, colors: depth, randomSeed: 1, onPicture: true)
    _ = explorer.update(.pixelsAvailable)
    _ = explorer.update(.resized(width: 40, height: 14))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    var frame = ExplorerTests.frame(0)
    frame.sample = .init(width: 8, height: 8, pixels: (0..<192).map { UInt8($0 * 53 % 256) })
    _ = explorer.update(.frame(run: 0, frame))
    try compare(
      explorer.view(width: 40, height: 14), "colours-\(depth.rawValue)-\(glyphs.rawValue)")
  }

  @Test(arguments: [Theme.dark, Theme.light])
  func themes(_ theme: Theme) throws {
    var preferences = Explorer.Preferences()
    preferences.themes = [theme]
    var explorer = Explorer(preferences, randomSeed: 1, onPicture: true)
    _ = explorer.update(.resized(width: 60, height: 20))
    _ = explorer.update(.modelLoaded(ExplorerTests.facts))
    for index in 0..<3 { _ = explorer.update(.frame(run: 0, ExplorerTests.frame(index))) }
    _ = explorer.update(.key(.tab))
    try compare(explorer.view(width: 60, height: 20), "theme-\(theme.name)")
  }

  // MARK: Files

  private func compare(_ buffer: CellBuffer, _ name: String) throws {
    let found = GoldenScreen.text(of: buffer)
    let file = name + ".txt"
    if let folder = ProcessInfo.processInfo.environment["HALFLIGHT_RECORD"] {
      try found.write(toFile: "\(folder)/\(file)", atomically: true, encoding: .utf8)
      return
    }
    let folder = try #require(Bundle.module.url(forResource: "Golden", withExtension: nil))
    let expected = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    #expect(found == expected, "\(file)\n\(found)")
  }
}

/// A screen as text that can be read and compared: its glyphs, then a letter for the style of each cell, then the
/// meaning of the letters. Cells of pictures have too many styles for letters; they are `#`, and are represented by a
/// sum over all of them.
enum GoldenScreen {
  static func text(of buffer: CellBuffer) -> String {
    var letters: [Style: Character] = [:]
    var legend: [String] = []
    var sum: UInt64 = 0xcbf2_9ce4_8422_2325
    var styles = ""
    for y in 0..<buffer.height {
      for x in 0..<buffer.width {
        let cell = buffer[x, y]
        if isPicture(cell) {
          for byte in (name(cell.style) + String(cell.glyph ?? " ")).utf8 {
            sum = (sum ^ UInt64(byte)) &* 0x100_0000_01b3
          }
          styles.append("#")
          continue
        }
        if letters[cell.style] == nil {
          // Latin letters, followed by other characters of Unicode.
          let letter = Character(
            letters.count < 26
              ? UnicodeScalar(UInt8(97 + letters.count))
              : UnicodeScalar(0x100 + letters.count) ?? "?")
          letters[cell.style] = letter
          legend.append("\(letter) \(name(cell.style))")
        }
        styles.append(letters[cell.style] ?? "?")
      }
      styles.append("\n")
    }
    let glyphs = buffer.text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      var line = line
      while line.last == " " { line.removeLast() }
      return String(line)
    }.joined(separator: "\n")
    let cursor = buffer.cursor.map { "cursor \($0.x) \($0.y)" } ?? "no cursor"
    return "\(glyphs)\n---\n\(styles)---\n\(legend.joined(separator: "\n"))\n"
      + "pictures \(String(sum, radix: 16))\n\(cursor)\n"
  }

  /// Half blocks, quadrants and sextants.
  private static func isPicture(_ cell: Cell) -> Bool {
    guard let scalar = cell.glyph?.unicodeScalars.first?.value else { return false }
    return [0x2580, 0x258c, 0x2590].contains(scalar) || (0x2596...0x259f).contains(scalar)
      || (0x1fb00...0x1fb3b).contains(scalar)
  }

  private static func name(_ style: Style) -> String {
    func name(_ color: Color?) -> String {
      guard let color else { return "own" }
      let parts = [color.red, color.green, color.blue].map { value in
        (value < 16 ? "0" : "") + String(value, radix: 16)
      }
      return "#" + parts.joined()
    }
    let names: [(Attributes, String)] = [
      (.bold, " bold"), (.dim, " dim"), (.underline, " underline"), (.reverse, " reverse"),
    ]
    return "\(name(style.foreground)) on \(name(style.background))"
      + names.filter { style.attributes.contains($0.0) }.map(\.1).joined()
  }
}

import Cells
import Foundation
import Terminal
import Testing

@testable import halflight

/// `--graphics`, which forces or forbids pictures as pixels.
@Suite struct GraphicsOptionTests {
  @Test func aNamedProtocolMeansPixels() throws {
    func request(_ options: String...) throws -> RenderRequest {
      try RenderCommand.parse(["a cat", "--ansi"] + options).request()
    }
    #expect(try request().glyphs == .halves && request().graphics == .auto)
    #expect(try request("--graphics", "sixel").glyphs == .pixels)
    #expect(try request("--graphics", "sixel", "--glyphs", "shades").glyphs == .shades)
    #expect(try request("--graphics", "none").glyphs == .halves)
    #expect(try request("--glyphs", "pixels").graphics == .auto)
    #expect(throws: (any Error).self) { try request("--graphics", "tek4014") }
    let explore = try ExploreCommand.parse(["--graphics", "iterm"])
    #expect(explore.options.graphics == .iterm)
  }

  @Test(arguments: [
    ("kitty", "_Ga=T,U=1,q=2,i="), ("sixel", "P7;1q\"1;1;640;640"),
    ("iterm", "]1337;File=inline=1;size="),
  ])
  func aPictureIsPrintedInPixels(name: String, start: String) throws {
    let folder = try CommandTests.folder()
    let made = try CommandTests.run(
      ["render", "a cat", "-s", "1", "--steps", "1", "--ansi", "--graphics", name], in: folder)
    #expect(made.status == 0 && made.output.contains(start) && made.output.hasSuffix("\n"))
    #expect(!made.output.contains("▀") && !made.error.contains("half blocks"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  /// Nothing is known of who reads a pipe.
  @Test func withoutATerminalHalfBlocksArePrinted() throws {
    let folder = try CommandTests.folder()
    let made = try CommandTests.run(
      ["render", "a cat", "-s", "1", "--steps", "1", "--ansi", "--glyphs", "pixels"], in: folder)
    #expect(made.status == 0 && made.output.contains("▀"))
    #expect(made.error.contains("half blocks are used"))
  }
}

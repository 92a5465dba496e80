import Foundation
import Pictures
import PseudoTerminal
import Recipes
import Testing

/// Tests of the whole program: runs that are steered and branched, repeated from saved files, and the views of what the
/// network does.
@Suite(.serialized, .oneAtATime) struct RealRunTests {
  private static let picture = "the picture after"

  /// A run that branched with another prompt is made again from its picture, to the same pixels.
  @Test func aBranchIsRepeatedFromItsPicture() throws {
    let window = try Window()
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.type("5")
    try window.wait(for: "step 14 of 25")
    window.type("e\u{15}a green apple\u{1b}\r")
    try window.wait(for: "run 2/2 from 1 at 14")
    try window.wait(for: Self.picture)
    window.type("s")
    try window.wait(for: "/a-green-apple-7.png")
    window.type("q")
    #expect(try window.end() == .exited(0))

    let saved = window.folder.appendingPathComponent("a-green-apple-7.png")
    let (picture, texts) = try PNG.read(contentsOf: saved)
    let text = try #require(texts.first { $0.keyword == Infotext.keyword }).text
    let contents = try Infotext.decode(text, name: "saved")
    #expect(contents.recipe.changes.map(\.step) == [13])
    #expect(contents.recipe.changes.map(\.prompt) == ["a green apple"])
    let again = try render(["--from", saved.path], in: window.folder, to: "again.png")
    let plain = try render(["a red apple", "--seed", "7"], in: window.folder, to: "plain.png")
    #expect(picture.pixels.count == again.pixels.count)
    #expect(zip(picture.pixels, again.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
    #expect(zip(picture.pixels, plain.pixels).contains { abs(Int($0) - Int($1)) > 20 })
  }

  /// A run that is paused, stepped and continued ends in the same picture as one without pauses.
  @Test func aRunThatWasPausedComesToTheSame() throws {
    let window = try Window(["a fish", "--seed", "3", "--steps", "200"])
    try window.wait(for: "computing")
    window.goToPicture()
    window.type(" ")
    try window.wait(for: "paused")
    let before = window.screen.text
    window.type(".")
    try window.wait("the next step") { $0.screen.text != before }
    try window.settle()
    #expect(window.screen.text.contains("paused"))
    window.type(" ")
    try window.wait(for: "the picture after 200 steps", seconds: 120)
    window.type("s")
    try window.wait(for: "/a-fish-3.png")
    window.type("q")
    #expect(try window.end() == .exited(0))
    let straight = try render(
      ["a fish", "--seed", "3", "--steps", "200"], in: window.folder, to: "b.png")
    let saved = window.folder.appendingPathComponent("a-fish-3.png")
    let picture = try PNG.read(contentsOf: saved).picture
    #expect(zip(picture.pixels, straight.pixels).allSatisfy { abs(Int($0) - Int($1)) <= 1 })
  }

  /// In a terminal, `render` shows its progress in a line that disappears afterwards.
  @Test func renderSaysHowFarItIs() throws {
    let window = try Window(["render", "a fish", "--steps", "60", "-o", "fish.png"])
    #expect(try window.end() == .exited(0))
    let printed = String(decoding: window.printed, as: UTF8.self)
    #expect(printed.contains("█") && printed.contains("░"))
    #expect(printed.contains("0/60") && printed.contains("60/60  "))
    #expect(printed.contains(" ms per step"))
    #expect(window.screen.text.trimmingCharacters(in: .whitespacesAndNewlines) == "fish.png")
  }

  /// Every view shows the real network's results.
  @Test(arguments: [
    ("B", "error of one guess"), ("G", "size 0."), ("W", "Averaged over heads"),
    ("L", "nearest names"),
    ("J", "between"), ("T", "size"),
  ])
  func viewsAreFilled(_ key: String, _ says: String) throws {
    let window = try Window(width: 120, height: 40)
    try window.wait(for: Self.picture)
    window.goToPicture()
    window.type("\u{1b}[D")
    try window.wait(for: "step 25 of 25")
    window.type(key)
    try window.wait(for: says)
    try window.wait("all of it") { !$0.screen.text.contains("computing") }
    window.type("s")
    try window.wait(for: "saved")
    window.type("q")
    #expect(try window.end() == .exited(0))
  }

  private func render(_ arguments: [String], in folder: URL, to name: String) throws -> Picture {
    let file = folder.appendingPathComponent(name)
    let process = Process()
    process.executableURL = Window.program
    process.arguments = ["render"] + arguments + ["-o", file.path]
    process.currentDirectoryURL = folder
    process.standardOutput = FileHandle.nullDevice
    process.standardError = FileHandle.nullDevice
    try process.run()
    process.waitUntilExit()
    #expect(process.terminationStatus == 0)
    return try PNG.read(contentsOf: file).picture
  }
}

import Foundation
import Testing

/// The program starts whatever a theme or `config.toml` contains.
extension ScreenTests {
  /// A configuration folder with files in it.
  private func configuration(_ files: [String: String]) throws -> URL {
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "halflight-" + UUID().uuidString)
    let own = folder.appendingPathComponent("halflight")
    try FileManager.default.createDirectory(
      at: own.appendingPathComponent("themes"), withIntermediateDirectories: true)
    for (name, text) in files {
      try Data(text.utf8).write(to: own.appendingPathComponent(name))
    }
    return folder
  }

  private func window(_ folder: URL, _ arguments: [String] = []) throws -> Window {
    try Window(
      arguments, environment: ["XDG_CONFIG_HOME": folder.path, "COLORTERM": "truecolor"],
      width: 200)
  }

  private func leave(_ window: Window) throws {
    window.type("\u{3}\u{3}\u{3}")
    #expect(try window.end() == .exited(0))
  }

  @Test(arguments: [
    ("[#", "1:2"), ("[{", "1:2"), ("[=", "1:2"), ("[[ [", "1:4"), ("a = [", "1:6"),
  ])
  func aBrokenConfigurationIsNamed(text: String, place: String) throws {
    let folder = try configuration(["config.toml": "steps = 9\n\(text)"])
    defer { try? FileManager.default.removeItem(at: folder) }
    let window = try window(folder)
    let column = place.dropFirst(2)
    try window.wait(for: "config.toml:2:\(column): ")
    try window.wait(for: "the picture after 9 steps")
    try leave(window)
  }

  /// An unreadable theme that nobody chose does not prevent others from being read.
  @Test func brokenThemesLeaveTheOthers() throws {
    let folder = try configuration([
      "config.toml": "theme = \"mine\"\nsteps = 9\n",
      "themes/bad.toml": "[#", "themes/dark.toml": "[palette\nink = \"#ff0000\"\n",
      "themes/mine.toml": "[palette]\nink = \"#123456\"\ndim = \ndone = \"#12345g\"\n",
      "themes/odd.toml": "palette = 3\nbase = [\"dark\"]\n",
    ])
    defer { try? FileManager.default.removeItem(at: folder) }
    let window = try window(folder)
    // The chosen theme is named first.
    try window.wait(for: "themes/mine.toml:3:7: ")
    #expect(window.screen.text.contains("(and 5 more)"))
    try window.wait(for: "the picture after 9 steps")
    #expect(window.screen.cell(x: 2, y: 0).foreground == 0x123456)
    try leave(window)
  }

  @Test func aBrokenThemeByItsPathIsNamed() throws {
    let folder = try configuration(["themes/bad.toml": "[palette]\nink = \"#123456\"\n[{"])
    defer { try? FileManager.default.removeItem(at: folder) }
    let path = folder.appendingPathComponent("halflight/themes/bad.toml").path
    let window = try window(folder, ["--theme", path])
    try window.wait(for: "bad.toml:3:2: ")
    #expect(window.screen.cell(x: 2, y: 0).foreground == 0x123456)
    try leave(window)
  }

  /// Each is counted, one is shown, and the start does not wait for them.
  @Test func manyUnknownKeysTakeNoTime() throws {
    let lines = (0..<2000).map { "unknown\($0) = \($0)\n" }.joined()
    let folder = try configuration(["config.toml": lines])
    defer { try? FileManager.default.removeItem(at: folder) }
    let start = ContinuousClock.now
    let window = try window(folder)
    try window.wait(for: "config.toml:1:1: unknown0 is not a known name")
    #expect(ContinuousClock.now - start < .seconds(5))
    try leave(window)
  }
}

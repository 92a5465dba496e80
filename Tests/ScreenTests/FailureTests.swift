import Foundation
import PseudoTerminal
import Testing

/// The state of the terminal and of the user's files when something goes wrong.
@Suite(.serialized, .oneAtATime) struct FailureTests {
  private static let picture = "the picture after"

  private func expectRestored(_ window: Window, _ modes: [UInt32]) {
    #expect(!window.screen.isAlternateScreen)
    #expect(window.screen.isCursorVisible)
    #expect(!window.screen.hasMouse)
    #expect(window.terminal.modes == modes)
  }

  /// A folder for the files that a test needs before the program starts.
  private func folder() -> URL {
    FileManager.default.temporaryDirectory.appendingPathComponent("halflight-" + UUID().uuidString)
  }

  /// A small model that may be damaged, and the weights of its network.
  private func model(in folder: URL) throws -> (path: String, weights: URL) {
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("ModelsTests/Fixtures/tiny-sd")
    try FileManager.default.copyItem(at: fixture, to: folder)
    return (
      folder.path, folder.appendingPathComponent("unet/diffusion_pytorch_model.safetensors")
    )
  }

  /// A crash restores the terminal immediately and is reported in one sentence; nothing waits for a key.
  @Test(arguments: [SIGSEGV, SIGABRT, SIGILL, SIGBUS, SIGFPE, SIGTRAP])
  func aCrashIsToldInOneSentence(number: Int32) throws {
    let window = try Window(["x", "--steps", "500"])
    let modes = window.terminal.modes
    try window.wait(for: "of 500")
    window.terminal.signal(number)
    #expect(try window.end() == .signalled(number))
    expectRestored(window, modes)
    #expect(window.screen.text.contains("halflight: it crashed ("))
    #expect(!window.screen.text.contains("Press"))
  }

  /// Weights that another program cuts short while they are mapped end the explorer with a sentence that names the file.
  @Test func weightsThatBecomeShorterAreNamedByTheExplorer() throws {
    let folder = folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (model, weights) = try model(in: folder)
    let window = try Window(["a cat", "--model", model, "--steps", "4"], width: 200)
    let modes = window.terminal.modes
    try window.wait(for: Self.picture)
    #expect(truncate(weights.path, 0) == 0)
    // The weights are read for their hash, which the picture's settings record.
    window.goToPicture()
    window.type("s")
    #expect(try window.end() == .exited(74))
    expectRestored(window, modes)
    #expect(window.hasPrinted("\(weights.path) can no longer be read"))
  }

  /// So they do `render`, and nothing half-written stays.
  @Test func weightsThatBecomeShorterAreNamedByRender() throws {
    let folder = folder()
    defer { try? FileManager.default.removeItem(at: folder) }
    let (model, weights) = try model(in: folder)
    let window = try Window(
      ["render", "x", "--model", model, "--steps", "500", "-o", "x.png"], width: 200)
    let modes = window.terminal.modes
    try window.wait(for: "/500")
    #expect(truncate(weights.path, 0) == 0)
    #expect(try window.end() == .exited(74))
    #expect(window.terminal.modes == modes)
    #expect(window.hasPrinted("\(weights.path) can no longer be read"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: window.folder.path).isEmpty)
  }

  /// A history that has grown long is made shorter, and stays for the user's eyes alone.
  @Test func aLongHistoryIsMadeShorter() throws {
    let folder = folder()
    let history = folder.appendingPathComponent("halflight/history")
    try FileManager.default.createDirectory(
      at: history.deletingLastPathComponent(), withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let prompts = (0..<2100).map { "prompt \($0)" }
    try Data((prompts.joined(separator: "\n") + "\n").utf8).write(to: history)
    #expect(chmod(history.path, 0o600) == 0)
    let window = try Window(environment: ["XDG_STATE_HOME": folder.path])
    try window.wait(for: Self.picture)
    window.type("\u{3}\u{3}")
    #expect(try window.end() == .exited(0))
    // The next run comes after them.
    let lines = try String(contentsOf: history, encoding: .utf8).split(separator: "\n")
    #expect(lines.prefix(1000).map(String.init) == Array(prompts.suffix(1000)))
    #expect(lines.count <= 1001)
    let mode = try FileManager.default.attributesOfItem(atPath: history.path)[.posixPermissions]
    #expect(mode as? Int == 0o600)
  }
}

import ArgumentParser
import Foundation

/// Measures the interface as a user experiences it.
@main
struct InterfaceBench: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "interface-bench",
    abstract: "Measure the explorer in a pseudo-terminal, with nothing else running.",
    discussion: "swift run -c release interface-bench")

  @Option(help: "The program; by default, the one built beside this one.")
  var program: String?

  @Option(
    help: "Only these: keys, scrubbing, views, bytes, graphics, cancel, idle, memory, endurance.")
  var only: [String] = []

  @Option(help: "The number of keys to press during a run.")
  var keys = 500

  @Option(help: "The number of changes of the window's size.")
  var resizes = 10_000

  @Option(help: "The number of minutes in which every view is opened again and again.")
  var minutes = 6.0

  func run() throws {
    let beside = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
      .appendingPathComponent("halflight").path
    let folder = FileManager.default.temporaryDirectory.appendingPathComponent(
      "halflight-" + UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let measurements = Measurements(program: program ?? beside, folder: folder)
    let all: [(String, () throws -> [Figure])] = [
      ("keys", { try measurements.keyToPaint(keys: keys) }),
      ("scrubbing", { try measurements.scrubbing(frames: 600) }),
      ("views", { try measurements.views(keys: 60) }),
      ("bytes", { try measurements.bytesPerFrame() }),
      ("graphics", { try measurements.graphics() }),
      ("cancel", { try measurements.cancelling(times: 20) }),
      ("idle", { try measurements.idle(seconds: 5) }),
      ("memory", { try measurements.memory(resizes: resizes) }),
      ("endurance", { try measurements.endurance(minutes: minutes) }),
    ]
    for (name, measure) in all where only.isEmpty || only.contains(name) {
      for figure in try measure() {
        let goal = figure.goal.isEmpty ? "" : "(wanted: \(figure.goal))"
        print(
          figure.name.padding(toLength: 46, withPad: " ", startingAt: 0)
            + figure.value.padding(toLength: 24, withPad: " ", startingAt: 0) + goal)
      }
    }
  }
}

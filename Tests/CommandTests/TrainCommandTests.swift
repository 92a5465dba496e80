import Foundation
import Testing

/// `halflight train` with impossible requests, and when nobody reads its output.
@Suite struct TrainCommandTests {
  /// A network that learns in a moment.
  static let network = """
    {"_class_name": "UNet2DConditionModel", "sample_size": 4, "in_channels": 48, "out_channels": 48,
     "block_out_channels": [32, 64], "layers_per_block": 1, "norm_num_groups": 8,
     "cross_attention_dim": 384, "attention_head_dim": [1, 2],
     "down_block_types": ["DownBlock2D", "CrossAttnDownBlock2D"],
     "up_block_types": ["CrossAttnUpBlock2D", "UpBlock2D"]}
    """

  /// A folder with one picture in `data` and a network in `unet.json`.
  static func folder() throws -> URL {
    let folder = try CommandTests.folder()
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("data"), withIntermediateDirectories: false)
    try Data(network.utf8).write(to: folder.appendingPathComponent("unet.json"))
    let made = try CommandTests.run(
      ["render", "a thing", "--steps", "1", "-o", "data/a_thing.png"], in: folder)
    #expect(made.status == 0)
    return folder
  }

  @Test(arguments: [
    ["--minutes", "0"], ["--minutes", "nan"], ["--steps", "0"], ["--steps", "1", "--minutes", "1"],
    ["--batch", "0"], ["--rate", "nan"], ["--threads", "100000"], ["--save-every", "inf"],
    ["--save-every", "1e300"], ["--data", ""], ["--output", ""], ["--prediction", "v"],
  ])
  func whatCannotBeIsRefused(_ arguments: [String]) throws {
    let told = try CommandTests.run(
      ["train", "--data", "none", "--output", "model"] + arguments,
      in: FileManager.default.temporaryDirectory)
    #expect(told.status == 64)
    #expect(told.error.hasPrefix("halflight: ") && told.error.count { $0 == "\n" } == 1)
    #expect(told.error.hasSuffix("; see halflight train --help\n"))
  }

  @Test func itLearnsWhereNobodyListens() throws {
    let folder = try Self.folder()
    let train =
      "'\(CommandTests.program.path)' train --data data --config unet.json --steps 2 --threads 1"
    for (name, command) in [
      ("closed", "\(train) --output closed >&- 2>&-; echo $? > closed.status"),
      ("left", "(\(train) --output left --json 2>&1; echo $? > left.status) | true"),
    ] {
      let process = Process()
      process.executableURL = URL(fileURLWithPath: "/bin/sh")
      process.arguments = ["-c", command]
      process.currentDirectoryURL = folder
      try process.run()
      process.waitUntilExit()
      // The shell that writes the status may outlive the one that waits for the reader alone.
      let status = folder.appendingPathComponent("\(name).status")
      let end = ContinuousClock.now + .seconds(60)
      while (try? Data(contentsOf: status))?.isEmpty ?? true, ContinuousClock.now < end {
        Thread.sleep(forTimeInterval: 0.02)
      }
      #expect(try String(contentsOf: status, encoding: .utf8) == "0\n")
      let painted = try CommandTests.run(
        ["render", "a thing", "--steps", "1", "--model", name, "-o", "\(name).png"], in: folder)
      #expect(painted.status == 0, "\(painted.error)")
    }
  }

  /// Ctrl-C saves the training so far, and the same command continues from there.
  @Test func itGoesOnWhereItWasInterrupted() throws {
    let folder = try Self.folder()
    var pictures: [Int] = []
    for round in 0..<2 {
      let process = Process()
      process.executableURL = CommandTests.program
      process.arguments = [
        "train", "--data", "data", "--config", "unet.json", "--output", "model", "--steps",
        "1000000", "--batch", "2", "--threads", "1", "--save-every", "1",
      ]
      process.currentDirectoryURL = folder
      let said = folder.appendingPathComponent("said-\(round)")
      #expect(FileManager.default.createFile(atPath: said.path, contents: nil))
      process.standardError = try FileHandle(forWritingTo: said)
      process.standardOutput = FileHandle.nullDevice
      try process.run()
      // After each save, it reports how many pictures it has seen.
      try CommandTests.wait(for: process) {
        try String(contentsOf: said, encoding: .utf8).contains(" seen")
      }
      process.interrupt()
      process.waitUntilExit()
      #expect(process.terminationStatus == 130)
      let text = try String(contentsOf: said, encoding: .utf8)
      #expect(text.contains("to continue"), "\(text)")
      #expect(text.contains("continuing after") == (round == 1), "\(text)")
      let facts = try JSONDecoder().decode(
        [String: Int].self,
        from: Data(
          String(
            contentsOf: folder.appendingPathComponent("model/training/facts.json"), encoding: .utf8
          ).split(separator: "\n").filter { $0.hasPrefix("  \"pictures\"") }
            .map { "{" + $0.filter { $0 != "," } + "}" }.joined().utf8))
      pictures.append(facts["pictures"] ?? 0)
    }
    #expect(pictures[0] > 0 && pictures[1] > pictures[0])
    let painted = try CommandTests.run(
      ["render", "a thing", "--steps", "1", "--model", "model", "-o", "x.png"], in: folder)
    #expect(painted.status == 0, "\(painted.error)")
  }

  @Test func aModelThatIsThereIsNotOverwritten() throws {
    let folder = try Self.folder()
    let model = folder.appendingPathComponent("model")
    try FileManager.default.createDirectory(at: model, withIntermediateDirectories: false)
    let index = model.appendingPathComponent("model_index.json")
    try Data("{}".utf8).write(to: index)
    let told = try CommandTests.run(
      ["train", "--data", "data", "--output", "model", "--steps", "1"], in: folder)
    #expect(told.status == 73)
    #expect(told.error.contains("--init"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: model.path) == ["model_index.json"])
  }
}

import Foundation
import Pictures
import Recipes
import Testing

/// The command as a user runs it: the built program, its output and its exit codes.
@Suite struct CommandTests {
  struct Outcome {
    let status: Int32
    let output: String
    let error: String
  }

  /// The program is beside the test bundle.
  static var program: URL {
    var folder = URL(fileURLWithPath: CommandLine.arguments[0]).deletingLastPathComponent()
    while folder.path != "/" {
      let program = folder.appendingPathComponent("halflight")
      if FileManager.default.isExecutableFile(atPath: program.path) { return program }
      folder.deleteLastPathComponent()
    }
    return URL(fileURLWithPath: ".build/release/halflight")
  }

  /// The files written by the tests, removed after all of them.
  private static let folders: URL = {
    atexit { try? FileManager.default.removeItem(at: CommandTests.folders) }
    return FileManager.default.temporaryDirectory.appendingPathComponent(
      "halflight-commands-" + UUID().uuidString)
  }()

  static func folder() throws -> URL {
    let url = folders.appendingPathComponent(UUID().uuidString)
    try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    return url
  }

  /// - Parameter destination: The destination of standard output; it is captured if `nil`.
  @discardableResult
  static func run(
    _ arguments: [String], in folder: URL, printingTo destination: FileHandle? = nil
  ) throws -> Outcome {
    let process = Process()
    process.executableURL = program
    process.arguments = arguments
    process.currentDirectoryURL = folder
    process.standardInput = FileHandle.nullDevice
    // Nothing of the user's: neither their models and settings nor the width of their window.
    var environment = ProcessInfo.processInfo.environment.filter {
      !["NO_COLOR", "COLUMNS", "LINES"].contains($0.key)
    }
    for name in ["XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_DATA_HOME"] {
      environment[name] = folder.appendingPathComponent("home").path
    }
    environment["HF_HUB_CACHE"] = folder.appendingPathComponent("hub").path
    process.environment = environment
    let (output, error) = (Pipe(), Pipe())
    if let destination {
      process.standardOutput = destination
    } else {
      process.standardOutput = output
    }
    process.standardError = error
    try process.run()
    let text = destination == nil ? output.fileHandleForReading.readDataToEndOfFile() : Data()
    let complaint = error.fileHandleForReading.readDataToEndOfFile()
    process.waitUntilExit()
    return Outcome(
      status: process.terminationStatus, output: String(decoding: text, as: UTF8.self),
      error: String(decoding: complaint, as: UTF8.self))
  }

  /// File names and pictures' settings come from anywhere: a terminal must not execute anything in them.
  @Test func controlCharactersAreNotPrinted() throws {
    let folder = try Self.folder()
    let name = "evil\u{1b}[31m\u{7}\u{9b}5m.png"
    for arguments in [
      ["info", name], ["open", name], ["render", "--from", name], ["--\u{1b}[5m"],
    ] {
      let told = try Self.run(arguments, in: folder)
      #expect(told.status != 0)
      #expect(told.error.contains("�"))
      #expect(
        told.error.unicodeScalars.allSatisfy {
          $0 == "\n" || $0.properties.generalCategory != .control
        }, "\(told.error.debugDescription)")
    }
    let made = try Self.run(
      ["render", "a\u{9b}5m \u{202e}cat", "--steps", "1", "-o", "cat.png"], in: folder)
    #expect(made.status == 0)
    let info = try Self.run(["info", "cat.png", "--json"], in: folder)
    #expect(info.output.contains(#"a\u009b5m \u202ecat"#))
  }

  @Test func renderInfoAndTheSamePixelsAgain() throws {
    let folder = try Self.folder()
    let made = try Self.run(
      [
        "render", "a red apple", "--seed", "7", "--steps", "6", "--guidance", "3", "-o",
        "apple.png",
      ],
      in: folder)
    #expect(made.status == 0)
    #expect(made.output == "apple.png\n")
    #expect(made.error.isEmpty, "nothing is drawn where standard error is no terminal")
    let info = try Self.run(["info", "apple.png", "--json"], in: folder)
    let facts = try #require(
      try JSONSerialization.jsonObject(with: Data(info.output.utf8)) as? [String: String])
    #expect(facts["prompt"] == "a red apple")
    #expect(facts["seed"] == "7")
    #expect(facts["model"] == "mini")
    #expect(facts["model hash"]?.count == 10)
    let again = try Self.run(
      ["render", "--from", "apple.png", "-o", "again.png", "--json"], in: folder)
    #expect(again.status == 0)
    let first = try PNG.read(contentsOf: folder.appendingPathComponent("apple.png"))
    let second = try PNG.read(contentsOf: folder.appendingPathComponent("again.png"))
    #expect(first.picture == second.picture)
    #expect(first.text == second.text)
    #expect((first.picture.width, first.picture.height) == (64, 64))
    let other = try Self.run(
      ["render", "--from", "apple.png", "--seed", "8", "-o", "other.png", "--scale", "2"],
      in: folder)
    #expect(other.status == 0)
    let third = try PNG.read(contentsOf: folder.appendingPathComponent("other.png"))
    #expect(third.picture.width == 128)
    #expect(third.picture != first.picture.enlarged(by: 2))
  }

  @Test func severalSeedsAndEveryFrame() throws {
    let folder = try Self.folder()
    let made = try Self.run(
      [
        "render", "-p", "a fish", "-s", "3", "--steps", "4", "--count", "2", "--frames", "steps",
        "--view", "x0",
      ], in: folder)
    #expect(made.status == 0)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names == ["a-fish-3.png", "a-fish-4.png", "steps"])
    let frames = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/steps")
      .sorted()
    #expect(frames.count == 8)
    #expect(frames.first == "a-fish-3-step-001.png")
    let frame = folder.appendingPathComponent("steps/a-fish-3-step-002.png")
    let again = try Self.run(["render", "--from", frame.path, "-o", "frame.png"], in: folder)
    #expect(again.status == 0)
    let repeated = try PNG.read(contentsOf: folder.appendingPathComponent("frame.png"))
    #expect(repeated.picture == (try PNG.read(contentsOf: frame).picture))
  }

  /// A character may take many bytes, and a file name has a limit: its ending is never cut off.
  @Test func namesOfLongPromptsFit() throws {
    let folder = try Self.folder()
    let prompt = String(repeating: "e\u{323}\u{302}", count: 60)
    let made = try Self.run(
      ["render", prompt, "-s", "7", "--steps", "2", "--frames", "steps"], in: folder)
    #expect(made.status == 0, "\(made.error)")
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(names.count == 2 && names.contains("steps"))
    #expect(names.contains { $0.hasSuffix("-7.png") })
    let frames = try FileManager.default.contentsOfDirectory(atPath: folder.path + "/steps")
    #expect(frames.count == 2 && frames.allSatisfy { $0.contains("-7-step-00") })
  }

  /// That is known before the work: not even the folder of the frames is made.
  @Test func whereNothingCanBeSavedNothingIsPainted() throws {
    let folder = try Self.folder()
    let frames = folder.deletingLastPathComponent().appendingPathComponent(
      "halflight-" + UUID().uuidString)
    func refused(_ arguments: [String], status: Int32) throws {
      let told = try Self.run(
        ["render", "x", "-s", "7", "--steps", "1", "--frames", frames.path] + arguments, in: folder)
      #expect(told.status == status, "\(told.error)")
      #expect(!FileManager.default.fileExists(atPath: frames.path))
    }
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("x-7.png"), withIntermediateDirectories: false)
    try refused(["--force"], status: 74)
    // Root may write anywhere, so that there is nothing more to see.
    guard geteuid() != 0 else { return }
    #expect(chmod(folder.path, 0o500) == 0)
    defer { chmod(folder.path, 0o700) }
    try refused([], status: 73)
  }

  /// Of several files of one name the one counts that the picture was made with.
  @Test func neededFilesAreToldApartByTheirHashes() throws {
    let folder = try Self.folder()
    try FileManager.default.createDirectory(
      at: folder.appendingPathComponent("b"), withIntermediateDirectories: false)
    func render(_ arguments: [String], _ name: String) throws -> Picture {
      let made = try Self.run(
        ["render", "--steps", "4", "-o", name] + arguments, in: folder)
      #expect(made.status == 0 && made.error.isEmpty, "\(made.error)")
      return try PNG.read(contentsOf: folder.appendingPathComponent(name)).picture
    }
    _ = try render(["a cat", "--seed", "1"], "b/start.png")
    _ = try render(["a dog", "--seed", "2"], "start.png")
    let first = try render(["a cat", "--seed", "3", "--init-image", "b/start.png"], "b/out.png")
    #expect(try render(["--from", "b/out.png"], "again.png") == first)
  }

  @Test func picturesAsText() throws {
    let folder = try Self.folder()
    let made = try Self.run(["render", "a cat", "-s", "1", "--steps", "2", "--ansi"], in: folder)
    #expect(made.status == 0)
    #expect(made.output.split(separator: "\n").count == 32)
    #expect(made.output.contains("▀"))
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
  }

  @Test func helpVersionAndModels() throws {
    let folder = try Self.folder()
    #expect(try Self.run(["--version"], in: folder).output == "0.1.0\n")
    let help = try Self.run(["--help"], in: folder)
    #expect(help.status == 0)
    #expect(help.output.contains("render"))
    #expect(try Self.run(["models"], in: folder).output.hasPrefix("mini  64x64"))
  }

  /// Failing to print is an error, even if everything else was done.
  @Test(
    .enabled(if: FileManager.default.fileExists(atPath: "/dev/full")),
    arguments: [
      (["models"], 0), (["models", "--json"], 0), (["info", "a.png"], 0),
      (["info", "a.png", "--json"], 0), (["render", "x", "--steps", "1", "--ansi"], 0),
      (["render", "x", "--steps", "1", "--json", "-o", "b.png"], 1),
      (["render", "x", "--steps", "1", "--count", "2", "-o", "b.png"], 2),
      (["--help"], 0), (["--version"], 0),
    ])
  func aFullDiskBehindStandardOutputIsTold(_ arguments: [String], pictures: Int) throws {
    let folder = try Self.folder()
    try Self.run(["render", "x", "--steps", "1", "-o", "a.png"], in: folder)
    let full = try #require(FileHandle(forWritingAtPath: "/dev/full"))
    let told = try Self.run(arguments, in: folder, printingTo: full)
    #expect(told.status == 74, "\(told.error)")
    #expect(told.error.hasPrefix("halflight: standard output cannot be written"), "\(told.error)")
    #expect(told.error.split(separator: "\n").count == 1)
    let made = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(made.count == 1 + pictures, "\(made)")
  }

  /// The reader may leave, as `| head -1` does: that is not an error, and the work is completed.
  @Test(arguments: [
    (["models"], 0), (["render", "x", "--steps", "1", "--count", "2", "-o", "b.png"], 2),
  ])
  func aReaderMayLeave(_ arguments: [String], pictures: Int) throws {
    let folder = try Self.folder()
    let pipe = Pipe()
    try pipe.fileHandleForReading.close()
    let told = try Self.run(arguments, in: folder, printingTo: pipe.fileHandleForWriting)
    #expect(told.status == 0 && told.error.isEmpty, "\(told.status) \(told.error)")
    let made = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(made.count == pictures, "\(made)")
  }

  /// The remains of a killed program are removed when a picture is saved in the same folder.
  @Test func whatAKilledRenderLeftIsRemoved() throws {
    let folder = try Self.folder()
    let left = folder.appendingPathComponent(".halflight-abc123")
    try Data("half".utf8).write(to: left)
    try FileManager.default.setAttributes(
      [.modificationDate: Date(timeIntervalSinceNow: -120)], ofItemAtPath: left.path)
    #expect(try Self.run(["render", "x", "--steps", "1", "-o", "a.png"], in: folder).status == 0)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["a.png"])
  }

  /// A picture made with eight-bit weights records this, and is repeated with them.
  @Test func eightBitWeightsAreRemembered() throws {
    let folder = try Self.folder()
    func render(_ arguments: [String], _ name: String) throws -> Picture {
      #expect(try Self.run(["render"] + arguments + ["-o", name], in: folder).status == 0)
      return try PNG.read(contentsOf: folder.appendingPathComponent(name)).picture
    }
    let some = ["a cat", "--steps", "2", "--seed", "3"]
    let eightBit = try render(some + ["--weights", "8-bit"], "a.png")
    let whole = try render(some, "b.png")
    #expect(eightBit != whole)
    #expect(try render(["--from", "a.png"], "c.png") == eightBit)
    #expect(try render(["--from", "b.png"], "d.png") == whole)
    #expect(try render(["--from", "a.png", "--weights", "whole"], "e.png") == whole)
    #expect(try Self.run(["info", "a.png"], in: folder).output.contains("8-bit"))
  }

  /// So is the precision.
  @Test func precisionIsRemembered() throws {
    let folder = try Self.folder()
    func render(_ arguments: [String], _ name: String) throws -> (Picture, said: String) {
      let outcome = try Self.run(["render"] + arguments + ["-o", name], in: folder)
      #expect(outcome.status == 0, "\(outcome.error)")
      return (
        try PNG.read(contentsOf: folder.appendingPathComponent(name)).picture, outcome.error
      )
    }
    let fine = try render(["a cat", "--steps", "2", "--seed", "3", "--precision", "f32"], "a.png")
    let again = try render(["--from", "a.png"], "b.png")
    #expect(again.0 == fine.0 && again.said.isEmpty)
    #expect(try Self.run(["info", "b.png"], in: folder).output.contains("f32"))
    // On a processor without bf16, there is no other format.
    _ = try render(["a cat", "--steps", "2", "--seed", "3"], "d.png")
    guard try Self.run(["info", "d.png"], in: folder).output.contains("bf16") else { return }
    let coarse = try render(["--from", "a.png", "--precision", "bf16"], "c.png")
    #expect(coarse.0 != fine.0 && coarse.said.contains("computed in f32, which is bf16 here"))
  }

  static let mistakes: [(arguments: [String], status: Int32, says: String)] = [
    (["render", "x", "--sampler", "foo"], 64, "DPM++ 2M SDE"),
    (["render", "x", "--spacing", "foo"], 64, "karras"),
    (["render", "x", "--steps", "0"], 64, "1 to 1000"),
    (["render", "x", "--steps", "100000"], 64, "1 to 1000"),
    (["render", "x", "--guidance", "nan"], 64, "finite"),
    (["render", "x", "--guidance", "-inf"], 64, "finite"),
    (["render", "x", "--eta", "7"], 64, "between 0"),
    (["render", "x", "--width", "512"], 64, "64x64"),
    (["render", "x", "--scale", "0"], 64, "--scale"),
    (["render", "x", "-W", "4096", "-H", "4096", "--scale", "64"], 64, "at most --scale 2"),
    (["render", "x", "--bogus"], 64, "--bogus"),
    (["render"], 64, "give a prompt"),
    (["render", "x", "--precision", "f64"], 64, "bf16"),
    (["render", "x", "--weights", "4-bit"], 64, "8-bit"),
    (["render", "x", "-m", "/nowhere"], 66, "/nowhere"),
    (["render", "x", "-o", "none/x.png"], 73, "folder"),
    (["info", "none.png"], 66, "none.png"),
    (["info", "text.png"], 65, "PNG"),
    (["info", "plain.png"], 65, "has no settings"),
    (["render", "x", "-o", "text.png"], 73, "--force"),
    (["explore"], 69, "terminal"),
    (["--theme", "none"], 78, "theme"),
    (["bench", "--network", "none.json"], 66, "none.json"),
    (["bench", "--network", "text.png"], 65, "text.png"),
    (["bench", "--part", "text", "--cancel", "2"], 64, "--part text"),
    (["render", "x", "--seed", "-1"], 64, "0 to 18446744073709551615"),
    (["render", "x", "--steps", "-3"], 64, "1 to 1000"),
    (["render", "x", "-o", "x.jpg"], 64, "x.png"),
    (["render", "x", "--frames", "text.png", "-o", "x.png"], 74, "needs a folder"),
    (["render", "x", "-m", ""], 66, "no name"),
    (["render", "x", "--lora", "text.png:abc"], 64, "text.png:abc"),
    (["info", "."], 66, "is a folder"),
  ]

  /// One sentence that says what is wrong, and an exit code for its kind.
  @Test(arguments: mistakes)
  func mistakesAreSaidOnce(_ mistake: (arguments: [String], status: Int32, says: String)) throws {
    let folder = try Self.folder()
    try Data("no picture".utf8).write(to: folder.appendingPathComponent("text.png"))
    try PNG.encode(Picture(width: 1, height: 1, pixels: [1, 2, 3]))
      .write(to: folder.appendingPathComponent("plain.png"))
    let outcome = try Self.run(mistake.arguments, in: folder)
    #expect(outcome.status == mistake.status, "\(outcome.error)")
    #expect(outcome.error.contains(mistake.says), "\(outcome.error)")
    #expect(outcome.error.hasPrefix("halflight: "))
    #expect(outcome.error.split(separator: "\n").count == 1)
    let left = try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
    #expect(left == ["plain.png", "text.png"], "nothing half-written stays")
  }

  /// A model whose weights end too early, or whose header is false, is reported by name and never traps.
  @Test func brokenModels() throws {
    let folder = try Self.folder()
    let model = folder.appendingPathComponent("model")
    let embedded = try #require(
      try Self.run(["models", "--json"], in: folder).output.split(separator: "\n").first)
    let facts = try JSONSerialization.jsonObject(with: Data(embedded.utf8)) as? [String: Any]
    let path = try #require(facts?["path"] as? String)
    try FileManager.default.copyItem(at: URL(fileURLWithPath: path), to: model)
    let weights = model.appendingPathComponent("unet/diffusion_pytorch_model.safetensors")
    let whole = try Data(contentsOf: weights)
    for broken in [whole.prefix(100_000), whole.prefix(5), Data(repeating: 255, count: 64)] {
      try broken.write(to: weights)
      let outcome = try Self.run(["render", "x", "-m", model.path], in: folder)
      #expect(outcome.status == 65, "\(outcome.error)")
      #expect(outcome.error.contains("diffusion_pytorch_model.safetensors"))
    }
    try FileManager.default.removeItem(at: weights)
    #expect(try Self.run(["render", "x", "-m", model.path], in: folder).status == 66)
  }

  /// Cancelled in the middle of a run: it ends immediately, and nothing is left behind.
  @Test func interrupting() throws {
    let folder = try Self.folder()
    let process = Process()
    process.executableURL = Self.program
    process.arguments = [
      "render", "x", "-s", "1", "--steps", "1000", "-o", "x.png", "--frames", "frames",
    ]
    process.currentDirectoryURL = folder
    process.standardError = FileHandle.nullDevice
    try process.run()
    // The middle means that part of the run exists.
    let frames = folder.appendingPathComponent("frames")
    try Self.wait(for: process) {
      (try? FileManager.default.contentsOfDirectory(atPath: frames.path).count) ?? 0 > 2
    }
    process.interrupt()
    process.waitUntilExit()
    #expect(process.terminationStatus == 130)
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path) == ["frames"])
    let made = try FileManager.default.contentsOfDirectory(atPath: frames.path)
    #expect(made.count < 1000 && made.allSatisfy { $0.hasSuffix(".png") })
  }

  /// Waits until a condition holds, as long as the program that must fulfil it is running.
  static func wait(for process: Process, _ condition: () throws -> Bool) throws {
    let end = ContinuousClock.now + .seconds(60)
    while try !condition() {
      try #require(process.isRunning && ContinuousClock.now < end)
      Thread.sleep(forTimeInterval: 0.02)
    }
  }

  /// A picture with only these settings.
  private func picture(saying settings: String, in folder: URL) throws -> String {
    let text = TextChunk(keyword: Infotext.keyword, text: settings)
    let pixels = Picture(width: 8, height: 8, pixels: Array(repeating: 0, count: 192))
    let file = folder.appendingPathComponent("saved.png")
    try PNG.encode(pixels, text: [text]).write(to: file)
    return file.lastPathComponent
  }

  /// Settings for another kind of model have no meaning for this one, and are no reason to reject the picture.
  @Test func settingsOfAnotherKindOfModelAreLeftOut() throws {
    let folder = try Self.folder()
    let saved = try picture(
      saying: "a cat <lora:fur:0.5>\nSteps: 2, Sampler: DDIM, CFG scale: 3, Seed: 7, Size: 96x64, "
        + "Model: dreams, Clip skip: 2, Prediction: v", in: folder)
    let outcome = try Self.run(["render", "--from", saved, "-o", "again.png"], in: folder)
    #expect(outcome.status == 0, "\(outcome.error)")
    #expect(outcome.error.contains("made by dreams"))
    #expect(outcome.error.contains("but for its size 96x64, clip skip 2"))
    let info = try Self.run(["info", "again.png"], in: folder).output
    #expect(info.contains("64x64") && !info.lowercased().contains("clip skip"))
  }

  /// The prompt of the embedded model is used again.
  @Test func aPredictionIsRememberedForTheSameModel() throws {
    let folder = try Self.folder()
    let first = ["render", "x", "-s", "1", "--steps", "2", "--threads", "1"]
    try Self.run(first + ["--prediction", "sample", "-o", "a.png"], in: folder)
    try Self.run(["render", "--from", "a.png", "--threads", "1", "-o", "b.png"], in: folder)
    try Self.run(first + ["-o", "c.png"], in: folder)
    func data(_ name: String) throws -> Data {
      try Data(contentsOf: folder.appendingPathComponent(name))
    }
    #expect(try data("a.png") == data("b.png"))
    #expect(try data("a.png") != data("c.png"))
  }

  /// Single files and cached models are listed with the others, and entries of the cache that are not models are left
  /// out.
  @Test func modelsOfTheCacheAreListedAndFoundByName() throws {
    let folder = try Self.folder()
    let fixture = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
      .deletingLastPathComponent().appendingPathComponent("ModelsTests/Fixtures/tiny-sd")
    let files = FileManager.default
    for (name, isModel) in [("tiny", true), ("words", false)] {
      let model = folder.appendingPathComponent("hub/models--org--\(name)")
      let snapshot = model.appendingPathComponent("snapshots/0123abcd")
      for part in [snapshot.deletingLastPathComponent(), model.appendingPathComponent("refs")] {
        try files.createDirectory(at: part, withIntermediateDirectories: true)
      }
      try Data("0123abcd".utf8).write(to: model.appendingPathComponent("refs/main"))
      if isModel {
        try files.createSymbolicLink(at: snapshot, withDestinationURL: fixture)
      } else {
        try files.createDirectory(at: snapshot, withIntermediateDirectories: true)
      }
    }
    let own = folder.appendingPathComponent("home/halflight/models")
    try files.createDirectory(at: own, withIntermediateDirectories: true)
    try Data("no model".utf8).write(to: own.appendingPathComponent("broken.gguf"))
    let listed = try Self.run(["models"], in: folder).output
    #expect(listed.contains("org/tiny") && !listed.contains("words"))
    #expect(listed.contains("broken.gguf  cannot be used"))
    let missing = try Self.run(["render", "x", "-m", "org/none"], in: folder)
    #expect(missing.status == 66 && missing.error.contains("hf download org/none"))
    #expect(missing.error.contains("no folder or file"))
  }
}

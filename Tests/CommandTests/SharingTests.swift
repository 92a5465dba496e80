import Foundation
import Pictures
import Recipes
import Testing

/// Files for showing to others: animations, recordings, contact sheets, and pictures for other programs.
@Suite struct SharingTests {
  private static let some = ["--steps", "3", "--threads", "1"]

  private func read(_ name: String, in folder: URL) throws -> Picture {
    try PictureFile.read(contentsOf: folder.appendingPathComponent(name)).over(SIMD3(0, 0, 0))
  }

  private func files(_ folder: URL) throws -> [String] {
    try FileManager.default.contentsOfDirectory(atPath: folder.path).sorted()
  }

  private func rendered(
    _ arguments: [String], _ name: String, in folder: URL
  ) throws -> Picture {
    let made = try CommandTests.run(["render"] + arguments + Self.some + ["-o", name], in: folder)
    #expect(made.status == 0, "\(made.error)")
    return try read(name, in: folder)
  }

  // MARK: Animations

  @Test(arguments: ["run.png", "run.apng", "run.gif", "RUN.WEBP"])
  func animationsAreSavedInTheFormatOfTheirEnding(_ name: String) throws {
    let folder = try CommandTests.folder()
    let made = try CommandTests.run(
      ["render", "a cat", "-s", "1", "--animate", name, "--scale", "2", "--caption"] + Self.some,
      in: folder)
    #expect(made.status == 0 && made.error.isEmpty, "\(made.error)")
    #expect(made.output == name + "\n")
    #expect(try files(folder) == [name], "the picture itself is saved only with --output")
    let shown = try read(name, in: folder)
    #expect(shown.width == 128 && shown.height > 128)
    // The settings are in the file.
    let again = try rendered(["--from", name], "again.png", in: folder)
    #expect(try again == rendered(["a cat", "-s", "1"], "cat.png", in: folder))
  }

  /// The last frame is the picture, without any loss in a lossless format.
  @Test func anAnimationEndsWithThePicture() throws {
    let folder = try CommandTests.folder()
    let picture = try rendered(
      ["a cat", "-s", "1", "--animate", "run.png"], "cat.png", in: folder)
    #expect(try read("run.png", in: folder) == picture)
    #expect(try files(folder) == ["cat.png", "run.png"])
  }

  @Test func severalAnimationsHaveTheirSeedsInTheirNames() throws {
    let folder = try CommandTests.folder()
    let made = try CommandTests.run(
      ["render", "a cat", "-s", "8", "--count", "2", "--animate", "run.gif"] + Self.some,
      in: folder)
    #expect(made.output == "run-8.gif\nrun-9.gif\n", "\(made.error)")
    let facts = try CommandTests.run(
      ["render", "a cat", "--animate", "run.gif", "--cast", "run.cast", "--json"] + Self.some,
      in: folder)
    #expect(facts.output.contains("run.gif") && facts.output.contains("run.cast"))
  }

  /// A run begins with a picture of any kind that is read, and the same pixels make the same picture.
  @Test func startingPicturesOfAllKinds() throws {
    let folder = try CommandTests.folder()
    let start = Picture(
      width: 64, height: 64,
      pixels: (0..<4096).flatMap { $0 % 64 < 32 ? [200, 40, 30] : [20, 60, 220] as [UInt8] })
    for (name, format) in [("a.png", AnimationFormat.png), ("a.gif", .gif), ("a.webp", .webp)] {
      try format.encode([start, start], milliseconds: [80, 80])
        .write(to: folder.appendingPathComponent(name))
    }
    let some = ["a cat", "-s", "1", "--init-image"]
    let first = try rendered(some + ["a.png"], "1.png", in: folder)
    #expect(try rendered(some + ["a.gif"], "2.png", in: folder) == first)
    #expect(try rendered(some + ["a.webp"], "3.png", in: folder) == first)
    try Data("II*\0 a scan".utf8).write(to: folder.appendingPathComponent("a.tif"))
    let refused = try CommandTests.run(["render"] + some + ["a.tif"], in: folder)
    #expect(refused.status == 65 && refused.error.contains("TIFF is not supported: convert it"))
  }

  // MARK: Recordings

  @Test(arguments: [false, true]) func aRunIsRecorded(_ isCaptioned: Bool) throws {
    let folder = try CommandTests.folder()
    let made = try CommandTests.run(
      ["render", "a \"cat\"", "-s", "1", "--cast", "run.cast"] + Self.some
        + (isCaptioned ? ["--caption"] : []), in: folder)
    #expect(made.status == 0 && made.output == "run.cast\n", "\(made.error)")
    let text = try String(
      contentsOf: folder.appendingPathComponent("run.cast"), encoding: .utf8)
    let lines = try text.split(separator: "\n").map {
      try JSONSerialization.jsonObject(with: Data($0.utf8))
    }
    let header = try #require(lines.first as? [String: Any])
    #expect(header["version"] as? Int == 2 && header["title"] as? String == "a \"cat\"")
    #expect(header["width"] as? Int == 64)
    #expect(header["height"] as? Int == (isCaptioned ? 33 : 32))
    let events = lines.dropFirst().compactMap { $0 as? [Any] }
    // Three steps, the picture, and the end.
    #expect(events.map { $0.first as? Double } == [0, 0.08, 0.16, 0.24, 2.24])
    #expect(events.allSatisfy { $0.count == 3 && $0[1] as? String == "o" })
    let shown = events.dropLast().compactMap { $0[2] as? String }
    #expect(shown.allSatisfy { $0.contains("▀") && $0.contains("\u{1b}[38;2;") })
    #expect(shown.allSatisfy { $0.filter { $0 == "\r\n" }.count == (isCaptioned ? 32 : 31) })
    #expect(shown.contains { $0.contains("seed 1  step 2/3") } == isCaptioned)
  }

  // MARK: Contact sheets

  private func axes(_ name: String, in folder: URL) throws -> [String: [String: Any]] {
    let text = try PNG.read(contentsOf: folder.appendingPathComponent(name)).text
    let axes = try #require(text.first { $0.keyword == "sheet" })
    let object = try JSONSerialization.jsonObject(with: Data(axes.text.utf8))
    return try #require(object as? [String: [String: Any]])
  }

  @Test func aSheetHasAPictureForEachPromptAndSeed() throws {
    let folder = try CommandTests.folder()
    try Data("a cat\n\n  a dog \r\n".utf8).write(to: folder.appendingPathComponent("prompts.txt"))
    let made = try CommandTests.run(
      ["render", "--prompts", "prompts.txt", "--seeds", "1-2,7", "--sheet", "sheet.png"]
        + Self.some, in: folder)
    #expect(made.status == 0 && made.output == "sheet.png\n", "\(made.error)")
    #expect(try files(folder) == ["prompts.txt", "sheet.png"])
    let sheet = try read("sheet.png", in: folder)
    let (left, top) = (sheet.width - 3 * 68, sheet.height - 2 * 68)
    for (row, prompt) in ["a cat", "a dog"].enumerated() {
      for (column, seed) in ["1", "2", "7"].enumerated() {
        let name = "\(row)-\(column).png"
        let alone = try rendered([prompt, "-s", seed], name, in: folder)
        for y in 0..<64 {
          let place = ((top + row * 68 + y) * sheet.width + left + column * 68) * 3
          #expect(
            sheet.pixels[place..<(place + 192)] == alone.pixels[(y * 192)..<((y + 1) * 192)],
            "\(name), row \(y)")
        }
      }
    }
    let axes = try axes("sheet.png", in: folder)
    #expect(axes["rows"]?["name"] as? String == "prompt")
    #expect(axes["rows"]?["values"] as? [String] == ["a cat", "a dog"])
    #expect(axes["columns"]?["values"] as? [String] == ["1", "2", "7"])
    let settings = try SavedSettings.read(contentsOf: folder.appendingPathComponent("sheet.png"))
    #expect(settings.recipe.prompt == "a cat" && settings.recipe.sampling.seed == 1)
  }

  @Test func guidanceAndStepsAreAxesToo() throws {
    let folder = try CommandTests.folder()
    let made = try CommandTests.run(
      [
        "render", "a cat", "-s", "1", "--guidances", "1,3.5", "--step-counts", "1,2,3", "--sheet",
        "sheet.png", "--transpose", "--scale", "2", "--threads", "1",
      ], in: folder)
    #expect(made.status == 0, "\(made.error)")
    let axes = try axes("sheet.png", in: folder)
    #expect(axes["rows"]?["name"] as? String == "steps")
    #expect(axes["columns"]?["values"] as? [String] == ["1", "3.5"])
    let sheet = try read("sheet.png", in: folder)
    let alone = try rendered(["a cat", "-s", "1", "--guidance", "3.5"], "alone.png", in: folder)
    // The last of all: three steps, guidance 3.5.
    let (left, top) = (sheet.width - 132, sheet.height - 132)
    for (x, y) in [(0, 0), (20, 33), (63, 63)] {
      let place = ((top + 2 * y) * sheet.width + left + 2 * x) * 3
      #expect(
        Array(sheet.pixels[place..<(place + 3)])
          == Array(alone.pixels[(y * 64 + x) * 3..<(y * 64 + x) * 3 + 3]))
    }
  }

  // MARK: Standard output

  @Test func aPictureIsWrittenToStandardOutput() throws {
    let folder = try CommandTests.folder()
    let file = folder.appendingPathComponent("piped.png")
    try Data().write(to: file)
    let handle = try FileHandle(forWritingTo: file)
    let made = try CommandTests.run(
      ["render", "a cat", "-s", "1", "-o", "-", "--animate", "run.gif"] + Self.some, in: folder,
      printingTo: handle)
    try handle.close()
    #expect(made.status == 0 && made.error == "run.gif\n", "\(made.error)")
    _ = try rendered(["a cat", "-s", "1"], "cat.png", in: folder)
    let saved = try Data(contentsOf: folder.appendingPathComponent("cat.png"))
    #expect(try Data(contentsOf: file) == saved)
  }

  // MARK: Refusals

  private static func sheet(_ arguments: String...) -> [String] {
    ["render", "x", "--sheet", "a.png"] + arguments
  }

  /// As many step counts.
  private static func ones(_ count: Int) -> String {
    Array(repeating: "1", count: count).joined(separator: ",")
  }

  static let mistakes: [(arguments: [String], status: Int32, says: String)] = [
    (["render", "x", "--animate", "run.mp4"], 64, "call it run.gif"),
    (["render", "x", "--animate", "run"], 64, "call it run.gif"),
    (["render", "x", "--animate", "text.gif"], 73, "--force"),
    (["render", "x", "--cast", "none/x.cast"], 73, "folder"),
    (["render", "x", "--caption"], 64, "--caption needs --animate or --cast"),
    (["render", "x", "--quick-frames"], 64, "needs --frames, --animate or --cast"),
    (["render", "x", "-o", "x.gif"], 64, "--animate x.gif saves the run"),
    (["render", "x", "-o", "-", "--json"], 64, "leave out --json"),
    (["render", "x", "-o", "-", "--count", "2"], 64, "leave out --count"),
    (["render", "x", "--seeds", "1-4"], 64, "--seeds needs --sheet"),
    (["render", "x", "--transpose"], 64, "--transpose needs --sheet"),
    (sheet(), 64, "found none"),
    (sheet("--seeds", "1-4"), 64, "found --seeds"),
    (sheet("--seeds", "4-1", "--guidances", "1"), 64, "--seeds must be"),
    (sheet("--seeds", "1-99999", "--guidances", "1"), 64, "at most 1024"),
    (
      sheet("--seeds", "1-40", "--step-counts", ones(40)), 64,
      "1600 pictures"
    ),
    (sheet("--seeds", "1", "--guidances", "1,nan"), 64, "--guidances must be"),
    (sheet("--seeds", "1", "--step-counts", "0,5"), 64, "1 to 1000"),
    (sheet("--seeds", "1", "--guidances", "1", "--seed", "3"), 64, "--seed or --seeds"),
    (sheet("--seeds", "1", "--guidances", "1", "-o", "b.png"), 64, "leave out --output"),
    (sheet("--seeds", "1", "--prompts", "text.gif"), 64, "either a prompt"),
    (sheet("--seeds", "1-40", "--guidances", "1,2", "--scale", "64"), 64, "smaller --scale"),
    (["render", "--sheet", "a.jpg", "--seeds", "1", "--guidances", "1"], 64, "give a prompt"),
    (["render", "x", "--sheet", "a.jpg", "--seeds", "1", "--guidances", "1"], 64, ".png"),
    (["render", "--sheet", "a.png", "--seeds", "1", "--prompts", "none.txt"], 66, "none.txt"),
    (["render", "--sheet", "a.png", "--seeds", "1", "--prompts", "blank.txt"], 64, "no prompts"),
    (["render", "x", "--sheet", "none/a.png", "--seeds", "1", "--guidances", "1"], 73, "folder"),
  ]

  /// One sentence that says what is wrong, before anything is painted.
  @Test(arguments: mistakes)
  func mistakesAreSaidOnce(_ mistake: (arguments: [String], status: Int32, says: String)) throws {
    let folder = try CommandTests.folder()
    try Data("no picture".utf8).write(to: folder.appendingPathComponent("text.gif"))
    try Data("\n \n".utf8).write(to: folder.appendingPathComponent("blank.txt"))
    let outcome = try CommandTests.run(mistake.arguments, in: folder)
    #expect(outcome.status == mistake.status, "\(outcome.error)")
    #expect(outcome.error.contains(mistake.says), "\(outcome.error)")
    #expect(outcome.error.hasPrefix("halflight: "))
    #expect(outcome.error.split(separator: "\n").count == 1)
    #expect(try files(folder) == ["blank.txt", "text.gif"])
  }
}

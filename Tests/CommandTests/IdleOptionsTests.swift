import Foundation
import Testing

/// Options that change nothing say so, once, and the picture is made all the same.
@Suite struct IdleOptionsTests {
  private static let fixtures = URL(fileURLWithPath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("ModelsTests/Fixtures")

  /// The output on standard error.
  private func notes(_ arguments: [String]) throws -> [String] {
    let folder = try CommandTests.folder()
    let made = try CommandTests.run(
      ["render", "a cat", "-s", "1", "--steps", "1", "-o", "a.png"] + arguments, in: folder)
    #expect(made.status == 0, "\(made.error)")
    return made.error.split(separator: "\n").map(String.init)
  }

  @Test(arguments: [
    (["--sampler", "Euler", "--eta", "0.5"], "--eta has no effect with Euler"),
    (["--sampler", "lcm", "--schedule", "karras"], "--schedule has no effect with LCM"),
    (["--vae-tile", "128"], "--vae-tile has no effect: mini paints pixels"),
    (["--quick-frames", "--frames", "steps"], "--quick-frames has no effect: mini paints pixels"),
    (["--guidance", "1", "-n", "dogs"], "--negative-prompt has no effect at guidance 1"),
    (["--guidance", "1", "--guidance-rescale", "0.5"], "--guidance-rescale has no effect"),
  ])
  func oneNoteEach(arguments: [String], says: String) throws {
    let notes = try notes(arguments)
    #expect(notes.count == 1 && notes[0].hasPrefix("note: \(says)"), "\(notes)")
  }

  @Test(arguments: [
    ["--sampler", "DDIM", "--eta", "0.5"], ["--sampler", "Euler", "--eta", "0"],
    ["--sampler", "Euler", "--schedule", "karras"], ["--guidance", "3", "-n", "dogs"],
    ["--guidance", "1", "-n", ""], ["--guidance", "1", "-n", "dogs", "--sampler", "euler_cfg_pp"],
  ])
  func whatHasAnEffectIsNotNoted(arguments: [String]) throws {
    #expect(try notes(arguments).isEmpty)
  }

  /// Stable Diffusion decodes, and reads added words.
  @Test func withStableDiffusion() throws {
    let model = ["--model", Self.fixtures.appendingPathComponent("tiny-sd").path]
    let word = Self.fixtures.appendingPathComponent("words/one.safetensors").path
    #expect(try notes(model + ["--vae-tile", "64", "--quick-frames", "--frames", "f"]).isEmpty)
    let idle = try notes(model + ["--embedding", "zorb=\(word)"])
    #expect(
      idle == ["note: --embedding one.safetensors has no effect: no prompt has its word, zorb"])
    #expect(try notes(model + ["--embedding", "cat=\(word)"]).isEmpty)
    #expect(try notes(model + ["--embedding", "zorb=\(word)", "-n", "a zorb"]).isEmpty)
  }

  /// The folder's picture is opaque, so no background is visible.
  @Test func whileLearning() throws {
    let folder = try TrainCommandTests.folder()
    func said(_ arguments: [String], _ output: String) throws -> String {
      let train = ["train", "--data", "data", "--config", "unet.json", "--steps", "1"]
      let told = try CommandTests.run(
        train + ["--threads", "1", "--output", output] + arguments, in: folder)
      #expect(told.status == 0, "\(told.error)")
      return told.error
    }
    let note = "note: --backgrounds has no effect"
    #expect(try said(["--backgrounds", "0.5"], "a").contains(note))
    #expect(try !said([], "b").contains(note))
  }

  @Test func aSamplerBringsItsSchedule() throws {
    let folder = try CommandTests.folder()
    let model = Self.fixtures.appendingPathComponent("tiny-sd").path
    func schedule(_ arguments: [String]) throws -> String? {
      let made = try CommandTests.run(
        ["render", "a cat", "-s", "1", "--steps", "1", "-m", model, "-o", "a.png", "--force"]
          + arguments, in: folder)
      #expect(made.status == 0, "\(made.error)")
      let info = try CommandTests.run(["info", "a.png", "--json"], in: folder)
      let facts = try JSONSerialization.jsonObject(with: Data(info.output.utf8))
      return (facts as? [String: String])?["spacing"]
    }
    #expect(try schedule([]) == "karras")
    // As the model's scheduler_config.json has it.
    #expect(try schedule(["--sampling-method", "euler_a"]) == "leading")
    #expect(try schedule(["--sampling-method", "euler_a", "--schedule", "simple"]) == "simple")
    // A saved picture has its own.
    _ = try schedule(["--schedule", "exponential"])
    let again = try CommandTests.run(
      ["render", "--from", "a.png", "--sampler", "Euler", "-m", model, "-o", "b.png"], in: folder)
    #expect(again.status == 0, "\(again.error)")
    #expect(try CommandTests.run(["info", "b.png"], in: folder).output.contains("exponential"))
  }
}

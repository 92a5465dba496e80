import Foundation
import Pictures
import Recipes
import Testing

/// Settings written by other programs: all of them are shown, and unknown ones are rejected by name if a run is
/// requested.
@Suite struct ForeignSettingsTests {
  /// A picture with these settings.
  private func picture(_ settings: String, in folder: URL) throws -> String {
    let pixels = Picture(width: 8, height: 8, pixels: Array(repeating: 0, count: 192))
    let text = TextChunk(keyword: Infotext.keyword, text: "a red apple\n" + settings)
    try PNG.encode(pixels, text: [text]).write(to: folder.appendingPathComponent("saved.png"))
    return "saved.png"
  }

  private static let unknown: [(settings: String, says: [String], option: [String])] = [
    (
      "Steps: 2, Sampler: DPM adaptive, CFG scale: 3, Seed: 7, Size: 64x64",
      ["the sampler \"DPM adaptive\"", "--sampler \"DPM++ 2M\", the nearest"],
      ["--sampler", "DPM++ 2M"]
    ),
    (
      "Steps: 2, Sampler: Eulr a, CFG scale: 3, Seed: 7, Size: 64x64",
      ["the sampler \"Eulr a\"", "the nearest", "or another of: Euler"],
      ["--sampling-method", "euler_a"]
    ),
    (
      "Steps: 2, Sampler: Euler, Schedule type: KL Optimal, CFG scale: 3, Seed: 7, Size: 64x64",
      ["the schedule \"KL Optimal\"", "--spacing ays, the nearest"],
      ["--scheduler", "karras"]
    ),
    (
      "Steps: 2, Sampler: Euler, CFG scale: high, Seed: 7, Size: 64x64",
      ["the guidance \"high\"", "give --guidance"], ["--cfg-scale", "3"]
    ),
  ]

  @Test(arguments: unknown)
  func whatIsNotKnownIsShownAndRefusedByName(
    _ row: (settings: String, says: [String], option: [String])
  ) throws {
    let folder = try CommandTests.folder()
    let saved = try picture(row.settings, in: folder)
    let info = try CommandTests.run(["info", saved], in: folder)
    #expect(info.status == 0, "\(info.error)")
    for pair in row.settings.split(separator: ", ") {
      let value = pair.split(separator: ": ")[1]
      #expect(info.output.contains(value), "\(value) of \(info.output)")
    }
    let refused = try CommandTests.run(["render", "--from", saved, "-o", "a.png"], in: folder)
    #expect(refused.status == 65)
    #expect(refused.error.hasPrefix("halflight: ") && refused.error.contains("saved.png: "))
    #expect(refused.error.split(separator: "\n").count == 1)
    for words in row.says { #expect(refused.error.contains(words), "\(refused.error)") }
    let made = try CommandTests.run(
      ["render", "--from", saved, "-o", "a.png"] + row.option, in: folder)
    #expect(made.status == 0, "\(made.error)")
  }

  /// Unknown settings are shown too, from other programs and from a later version of this one.
  @Test(arguments: [
    "Steps: 2, Sampler: Euler, CFG scale: 3, Seed: 7, Size: 64x64, Odd setting: 5, Precision: fp16, "
      + "Weights: 4-bit, Version: v1.10.1",
    "Steps: 2, Sampler: Euler, Spacing: even, CFG scale: 3, Seed: 7, Size: 64x64, Odd setting: 5, "
      + "Precision: fp16, Weights: 4-bit, RNG: CPU, Version: 9",
  ])
  func infoShowsEveryField(_ settings: String) throws {
    let folder = try CommandTests.folder()
    let saved = try picture(settings, in: folder)
    let info = try CommandTests.run(["info", saved, "--json"], in: folder)
    #expect(info.status == 0, "\(info.error)")
    let facts = try #require(
      try JSONSerialization.jsonObject(with: Data(info.output.utf8)) as? [String: String])
    #expect(facts["Odd setting"] == "5" && facts["Precision"] == "fp16")
    #expect(facts["Weights"] == "4-bit" && facts["steps"] == "2")
    let made = try CommandTests.run(["render", "--from", saved, "-o", "a.png"], in: folder)
    #expect(made.status == 0, "\(made.error)")
  }

  /// All text from a file passes through one function, so that a terminal executes nothing in it.
  @Test func notesAndInfoHaveNoControlCharacters() throws {
    let folder = try CommandTests.folder()
    let saved = try picture(
      "Steps: 2, Sampler: Euler, CFG scale: 3, Seed: 7, Size: 64x64, VAE: a\u{1b}]0;t\u{7}b, "
        + "Hires upscaler: c\u{9b}31md, Model: e\u{1b}[2Jf", in: folder)
    let made = try CommandTests.run(["render", "--from", saved, "-o", "a.png"], in: folder)
    #expect(made.status == 0 && made.error.contains("�"), "\(made.error.debugDescription)")
    let info = try CommandTests.run(["info", saved], in: folder)
    #expect(info.status == 0 && info.output.contains("�"))
    let json = try CommandTests.run(["info", saved, "--json"], in: folder)
    for text in [made.error, info.output, json.output] {
      #expect(
        text.unicodeScalars.allSatisfy {
          $0 == "\n" || $0.properties.generalCategory != .control
        }, "\(text.debugDescription)")
    }
  }

  /// The names that options accept, of other programs and in any case.
  @Test(arguments: [
    ("euler_a", "Euler a"), ("k_euler_a", "Euler a"),
    ("EulerAncestralDiscreteScheduler", "Euler a"),
    ("dpm++2m", "DPM++ 2M"), ("DPM++ 2M Karras", "DPM++ 2M"), ("dpmpp_2m", "DPM++ 2M"),
    ("ddim_trailing", "DDIM"), ("lcm", "LCM"), ("HEUN", "Heun"),
  ])
  func aliasesAreAcceptedInFiles(alias: String, name: String) throws {
    let folder = try CommandTests.folder()
    let saved = try picture(
      "Steps: 2, Sampler: \(alias), CFG scale: 3, Seed: 7, Size: 64x64", in: folder)
    let made = try CommandTests.run(["render", "--from", saved, "-o", "a.png"], in: folder)
    #expect(made.status == 0, "\(made.error)")
    let text = try PNG.read(contentsOf: folder.appendingPathComponent("a.png")).text
    #expect(text.contains { $0.text.contains("Sampler: \(name), ") })
  }
}

import Foundation
import Testing

@testable import halflight

/// `--help` shows what most people need, `--help-all` everything.
@Suite struct HelpTests {
  private func help(_ arguments: String...) throws -> String {
    let told = try CommandTests.run(arguments, in: FileManager.default.temporaryDirectory)
    #expect(told.status == 0 && told.error.isEmpty, "\(told.error)")
    return told.output
  }

  /// The options that are listed, each with its first long name.
  private func options(_ help: String) -> [String] {
    help.split(separator: "\n").filter { $0.hasPrefix("  -") }.compactMap { line in
      line.split(whereSeparator: { " ,/".contains($0) }).first { $0.hasPrefix("--") }
    }.map(String.init)
  }

  @Test func theTourNeedsFewOptions() throws {
    let short = try help("tour", "--help")
    #expect(options(short) == ["--resume", "--help-all", "--version", "--help"])
    #expect(short.split(separator: "\n").count < 12)
  }

  @Test(arguments: [
    ("explore", 60, ["--eta", "--threads", "--mouse"], ["--model", "--theme", "--seed"]),
    ("open", 60, ["--clip-skip", "--vae-tile"], ["--model", "--steps"]),
    ("tour", 12, ["--seed", "--model"], ["--resume"]),
    ("present", 20, ["--seed", "--model"], ["--tour"]),
    ("render", 70, ["--sheet", "--seeds", "--precision", "--cast"], ["--output", "--from"]),
    ("train", 45, ["--cooldown", "--json", "--config"], ["--data", "--minutes", "--sample"]),
    ("bench", 35, ["--cancel", "--part"], ["--model", "--json"]),
  ])
  func rareOptionsAreShownOnRequest(
    _ command: String, lines: Int, rare: [String], usual: [String]
  ) throws {
    let (short, full) = (try help(command, "--help"), try help(command, "--help-all"))
    #expect(short.split(separator: "\n").count <= lines, "\(short)")
    #expect(options(short).contains("--help-all") && Set(usual).isSubset(of: options(short)))
    #expect(Set(rare).isDisjoint(with: options(short)))
    #expect(Set(rare + usual + ["--help-all"]).isSubset(of: options(full)))
    #expect(Set(options(short)).isSubset(of: options(full)))
  }

  /// Completions have rare options too, and know which of them name files.
  @Test(arguments: ["bash", "zsh", "fish"]) func completionsHaveEveryOption(_ shell: String) throws
  {
    let script = try help("--generate-completion-script", shell)
    for option in ["clip-skip", "sheet", "save-every", "help-all"] {
      #expect(script.contains(option), "\(option)")
    }
    #expect(script.contains(["bash": "--from", "zsh": "_files", "fish": "-rF"][shell] ?? ""))
  }

  @Test func whatFollowsTheTerminatorIsNoOption() {
    #expect(
      FullHelp.translated(["render", "--", "--help-all"]) == ["render", "--", "--help-all"])
    #expect(FullHelp.translated(["train", "--help-all"]) == ["train", "--help-hidden"])
    #expect(FullHelp.translated([]).isEmpty)
  }
}

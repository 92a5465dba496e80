import ArgumentParser
import Cells
import Diffusion
import Explorer
import Foundation
import Models
import Tensors
import Terminal

extension ColorChoice: ExpressibleByArgument {}

struct ExploreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Open the explorer (what halflight does by itself).",
    discussion: """
      Type a prompt and watch the noise resolve; the arrows go back and forth through the steps, s saves what is \
      shown, ? shows every key.
      """)

  @Argument(help: "The first prompt.")
  var prompt: String?

  @OptionGroup var sampling: SamplingOptions

  @Option(name: [.short, .long], help: "A model folder; the embedded model by default.")
  var model: String?

  @Option(help: "auto, f32 or bf16.")
  var precision: Precision = .auto

  @Option(name: [.short, .long], help: "Threads to compute on.")
  var threads: Int?

  @Option(help: "The theme: auto, dark, light, one of your own themes folder, or a .toml file.")
  var theme: String = "auto"

  @Option(help: "Colours: 24bit, 256, 16 or none; auto decides from the environment.")
  var color: ColorChoice = .auto

  @Flag(
    inversion: .prefixedNo,
    help: "Have clicks and the wheel; without it the terminal can select text.")
  var mouse = true

  func validate() throws {
    if let threads, threads < 1 { throw ValidationError("--threads must be 1 or more") }
  }

  func run() async throws {
    if let threads { await ProcessorShare.shared.limit(to: threads) }
    let theme = try ThemeFiles.theme(theme)
    _ = try precision.resolved()
    _ = try sampling.applied(to: SamplingSettings())
    try await MainActor.run {
      let screen = try NcursesScreen(
        colors: color, mouse: mouse, environment: ProcessInfo.processInfo.environment)
      defer { screen.close() }
      var loop = ExploreLoop(
        screen: screen,
        explorer: Explorer(
          prompt: prompt, chosen: sampling.chosen, theme: theme, randomSeed: .random(in: 0 ... .max)
        ),
        modelPath: model, precision: precision)
      loop.run()
    }
  }
}

import ArgumentParser

@main
struct Halflight: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "halflight",
    abstract: "Watch a picture resolve from noise, step by step.",
    version: "0.1.0",
    subcommands: [ExploreCommand.self, RenderCommand.self, InfoCommand.self, ModelsCommand.self, BenchCommand.self],
    defaultSubcommand: ExploreCommand.self)
}

import ArgumentParser

struct ExploreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "explore", abstract: "")
}

import ArgumentParser
import Checkpoints
import Foundation
import Terminal

/// The program.
@main
struct Halflight: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "halflight",
    abstract: "Watch a picture resolve from noise, step by step.",
    version: version,
    subcommands: [
      ExploreCommand.self, OpenCommand.self, TourCommand.self, PresentCommand.self,
      RenderCommand.self, InfoCommand.self, ModelsCommand.self, TrainCommand.self,
      EvaluateCommand.self, BenchCommand.self, InstallCommand.self, UninstallCommand.self,
    ],
    defaultSubcommand: ExploreCommand.self)

  static let version = "0.1.0"

  /// Errors are told in one sentence, with an exit code that says whose they are.
  static func main() async {
    openStandardStreams()
    CrashHandler.install()
    // Swift's runtime takes Ctrl-\ for a crash, reports it and goes on.
    if !InheritedSignals.ignore(SIGQUIT) { signal(SIGQUIT, SIG_DFL) }
    // Whoever reads what is printed may leave; the work goes on, and a write that fails tells of it.
    signal(SIGPIPE, SIG_IGN)
    do {
      var command = try parseAsRoot()
      if var asynchronous = command as? any AsyncParsableCommand {
        try await asynchronous.run()
      } else {
        try command.run()
      }
      try StandardOutput.finish()
    } catch {
      ExitReport(error).leave()
    }
  }

  /// Streams that were closed before the program began lead nowhere; else the next file that is opened would take their
  /// place, and messages would be written into it.
  private static func openStandardStreams() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      // The lowest number that is free is the one that is missing.
      _ = open("/dev/null", O_RDWR)
    }
  }
}

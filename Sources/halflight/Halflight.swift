import ArgumentParser
import Checkpoints
import Foundation
import Terminal

/// The program.
@main
struct Halflight: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "halflight",
    abstract: "Watch a picture emerge from noise, step by step.",
    version: version,
    subcommands: [
      ExploreCommand.self, OpenCommand.self, TourCommand.self, PresentCommand.self,
      RenderCommand.self, InfoCommand.self, ModelsCommand.self, TrainCommand.self,
      EvaluateCommand.self, BenchCommand.self, InstallCommand.self, UninstallCommand.self,
    ],
    defaultSubcommand: ExploreCommand.self)

  static let version = "0.1.0"

  /// Reports errors in one sentence, with an exit code that shows their kind.
  static func main() async {
    openStandardStreams()
    CrashHandler.install()
    // Swift's runtime treats Ctrl-\ as a crash, reports it and continues.
    if !InheritedSignals.ignore(SIGQUIT) { signal(SIGQUIT, SIG_DFL) }
    // If the reader of the output goes away, the work continues, and the failed write is reported.
    signal(SIGPIPE, SIG_IGN)
    do {
      let arguments = Array(CommandLine.arguments.dropFirst())
      var command = try parseAsRoot(FullHelp.translated(arguments))
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

  /// Opens streams that were closed before the program started as /dev/null. Otherwise the next opened file would take
  /// their place, and messages would be written into it.
  private static func openStandardStreams() {
    for stream in [STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO] where fcntl(stream, F_GETFD) < 0 {
      // The lowest free number is the missing one.
      _ = open("/dev/null", O_RDWR)
    }
  }
}

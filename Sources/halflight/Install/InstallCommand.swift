import ArgumentParser
import Files
import Foundation
import Session

/// Copies the program to one of the user's folders.
struct InstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Install the program for the current user, with completions and a manual page.",
    discussion: """
      Writes only below --prefix: bin/halflight, share/halflight, and completions for bash, zsh \
      and fish where these shells look for them. An earlier installation is replaced completely.
      """)

  @OptionGroup var place: InstallPlace

  func run() throws {
    let installation = try place.installation()
    guard let program = ResourceFolder.program,
      FileManager.default.fileExists(atPath: program.path)
    else { throw MissingProgramFiles(path: "the program's own file") }
    let written = try installation.write(from: program)
    for path in written { StandardOutput.line("wrote \(Installation.shown(path))") }
    let shell = ShellSetup(environment: ProcessInfo.processInfo.environment)
    for note in shell.notes(for: installation) { StandardOutput.line(note) }
  }
}

/// Removes the files that ``InstallCommand`` writes.
struct UninstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall",
    abstract: "Remove an installed program; pictures, settings and models stay.")

  @OptionGroup var place: InstallPlace

  func run() throws {
    let removed = try place.installation().remove()
    for path in removed { StandardOutput.line("removed \(Installation.shown(path))") }
    if removed.isEmpty {
      StandardOutput.line("nothing is installed under \(Installation.shown(place.prefix))")
    }
  }
}

/// Where to install.
struct InstallPlace: ParsableArguments {
  @Option(help: "The folder to install into.", completion: .directory)
  var prefix = "~/.local"

  /// The installation under the prefix.
  func installation() throws -> Installation {
    guard !prefix.isEmpty else { throw ValidationError("--prefix needs the name of a folder") }
    return Installation(prefix: UserFolders.url(prefix).standardizedFileURL)
  }
}

/// The program was copied without its resources.
struct MissingProgramFiles: Error, CustomStringConvertible {
  /// Where they were expected.
  let path: String

  var description: String {
    "\(path): the folders halflight_*.resources are missing here and in ../share/halflight; build the program again"
  }
}

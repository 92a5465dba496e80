import ArgumentParser
import Files
import Foundation
import Session

/// A path as a person writes it, with `~` for the home folder.
private func short(_ path: String) -> String {
  let home = FileManager.default.homeDirectoryForCurrentUser.path
  return path == home || path.hasPrefix(home + "/") ? "~" + path.dropFirst(home.count) : path
}

/// Copies the program into the user's folders.
struct InstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "install",
    abstract: "Install the program for the current user, with completions and a manual page.",
    discussion: """
      Writes only below --prefix: bin/halflight, share/halflight, and completions for bash, zsh and fish where \
      those shells look for them. An earlier installation is replaced completely.
      """)

  @OptionGroup var place: InstallPlace

  func run() throws {
    let installation = try place.installation()
    guard let program = ResourceFolder.program,
      FileManager.default.fileExists(atPath: program.path)
    else { throw MissingProgramFiles(path: "the program's own file") }
    let written = try installation.write(from: program)
    for path in written { StandardOutput.line("wrote \(short(path))") }
    let folder = installation.bin.path
    let search = (ProcessInfo.processInfo.environment["PATH"] ?? "").split(separator: ":")
    let isFound = search.contains {
      URL(fileURLWithPath: String($0)).standardizedFileURL.path == folder
    }
    StandardOutput.line(
      isFound
        ? "halflight is ready: \(short(folder)) is on your PATH"
        : "\(short(folder)) is not on your PATH. Add this line to your shell's startup file: export PATH=\"\(folder):$PATH\""
    )
  }
}

/// Removes what ``InstallCommand`` wrote.
struct UninstallCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "uninstall",
    abstract: "Remove an installed program; pictures, settings and models stay.")

  @OptionGroup var place: InstallPlace

  func run() throws {
    let removed = try place.installation().remove()
    for path in removed { StandardOutput.line("removed \(short(path))") }
    if removed.isEmpty {
      StandardOutput.line("nothing is installed below \(short(place.prefix))")
    }
  }
}

/// Where to install.
struct InstallPlace: ParsableArguments {
  @Option(help: "The folder to install into.")
  var prefix = "~/.local"

  /// The installation below the prefix.
  func installation() throws -> Installation {
    guard !prefix.isEmpty else { throw ValidationError("--prefix needs the name of a folder") }
    return Installation(prefix: UserFolders.url(prefix).standardizedFileURL)
  }
}

/// The files of an installed program.
struct Installation {
  /// The folder that everything is below.
  let prefix: URL

  /// The folder of the program's file.
  var bin: URL { prefix.appendingPathComponent("bin") }
  private var program: URL { bin.appendingPathComponent("halflight") }
  /// The folder of the resources.
  private var share: URL { prefix.appendingPathComponent("share/halflight") }

  private var texts: [(path: String, contents: () -> String)] {
    [
      (
        "share/bash-completion/completions/halflight",
        { Halflight.completionScript(for: .bash) }
      ),
      ("share/zsh/site-functions/_halflight", { Halflight.completionScript(for: .zsh) }),
      (
        "share/fish/vendor_completions.d/halflight.fish",
        { Halflight.completionScript(for: .fish) }
      ),
      ("share/man/man1/halflight.1", { ManualPage.text }),
    ]
  }

  /// Writes all files, an earlier installation's being replaced.
  ///
  /// - Parameter source: The program that is copied, with its resources beside it.
  /// - Returns: The paths of what was written.
  /// - Throws: ``MissingProgramFiles`` where the resources are not beside the program, `FileError`.
  func write(from source: URL) throws -> [String] {
    let resources = ResourceFolder.all(beside: source)
    guard !resources.isEmpty else {
      throw MissingProgramFiles(path: source.deletingLastPathComponent().path)
    }
    let isItself = source.path == program.resolvingSymlinksInPath().path
    if !isItself {
      try replace(share) { new in
        try Self.makeFolder(new)
        for folder in resources {
          try Self.copy(folder, to: new.appendingPathComponent(folder.lastPathComponent))
        }
      }
      try Self.makeFolder(bin)
      try replace(program) { new in try Self.copy(source, to: new) }
    }
    var written = [program.path, share.path]
    for (path, contents) in texts {
      let url = prefix.appendingPathComponent(path)
      try Self.makeFolder(url.deletingLastPathComponent())
      try SafeFile.write(Data(contents().utf8), to: url, force: true)
      written.append(url.path)
    }
    return written
  }

  /// Removes what ``write(from:)`` writes.
  ///
  /// - Returns: The paths of what was there.
  /// - Throws: `FileError` where something cannot be removed.
  func remove() throws -> [String] {
    let all = [program, share] + texts.map { prefix.appendingPathComponent($0.path) }
    return try all.filter { FileManager.default.fileExists(atPath: $0.path) }.map { url in
      do {
        try FileManager.default.removeItem(at: url)
      } catch {
        throw FileError(.notAllowed, path: url.path)
      }
      return url.path
    }
  }

  /// Makes a file or folder under another name beside it, which takes its place once it is whole.
  private func replace(_ url: URL, by make: (URL) throws -> Void) throws {
    let manager = FileManager.default
    let mark = ".halflight-\(ProcessInfo.processInfo.processIdentifier)"
    let folder = url.deletingLastPathComponent()
    try Self.makeFolder(folder)
    let new = folder.appendingPathComponent(url.lastPathComponent + mark + ".new")
    let old = folder.appendingPathComponent(url.lastPathComponent + mark + ".old")
    try? manager.removeItem(at: new)
    do {
      try make(new)
      if manager.fileExists(atPath: url.path) { try manager.moveItem(at: url, to: old) }
      do {
        try manager.moveItem(at: new, to: url)
      } catch {
        try? manager.moveItem(at: old, to: url)
        throw error
      }
      try? manager.removeItem(at: old)
    } catch {
      try? manager.removeItem(at: new)
      throw error is FileError ? error : FileError(.notAllowed, path: url.path)
    }
  }

  private static func makeFolder(_ url: URL) throws {
    do {
      try FileManager.default.createDirectory(at: url, withIntermediateDirectories: true)
    } catch {
      throw FileError(.notAllowed, path: url.path)
    }
  }

  private static func copy(_ from: URL, to: URL) throws {
    do {
      try FileManager.default.copyItem(at: from, to: to)
    } catch {
      throw FileError(.notAllowed, path: to.path)
    }
  }
}

/// The program was copied without its resources.
struct MissingProgramFiles: Error, CustomStringConvertible {
  /// Where they were expected.
  let path: String

  var description: String {
    "\(path): the folders halflight_*.resources are missing beside the program; build it again, or copy them too"
  }
}

/// The manual page, made of the program's own help.
enum ManualPage {
  /// The page in roff.
  static var text: String {
    let commands: [any ParsableCommand.Type] = Halflight.configuration.subcommands
    var page = """
      .TH HALFLIGHT 1 "" "halflight \(Halflight.version)" "User Commands"
      .SH NAME
      halflight \\- watch a picture appear out of noise, step by step
      .SH DESCRIPTION
      .nf
      \(escaped(Halflight.helpMessage(columns: 78)))
      .fi

      """
    for command in commands {
      let name = command.configuration.commandName ?? "\(command)"
      page += """
        .SH "\(name.uppercased())"
        .nf
        \(escaped(Halflight.helpMessage(for: command, columns: 78)))
        .fi

        """
    }
    page += """
      .SH FILES
      .nf
      ~/.config/halflight/config.toml   settings that the explorer starts with
      ~/.config/halflight/themes        your own themes
      ~/.local/share/halflight/models   models for `halflight models`
      .fi

      """
    return page
  }

  /// Text in which roff reads nothing as a command.
  static func escaped(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let plain = line.replacingOccurrences(of: "\\", with: "\\e")
        .replacingOccurrences(of: "-", with: "\\-")
      return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }.joined(separator: "\n")
  }
}

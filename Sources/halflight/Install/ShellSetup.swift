import ArgumentParser
import Foundation
import Session

/// What the user's shell still needs to find an installed program and its completions.
struct ShellSetup {
  /// The environment variables.
  let environment: [String: String]

  /// Sentences for the user; the first says whether the program is found.
  func notes(for installation: Installation) -> [String] {
    let bin = installation.bin.path
    let isFound = folders("PATH").contains { $0.canonicalPath == installation.bin.canonicalPath }
    let path =
      isFound
      ? "halflight is ready: \(Installation.shown(bin)) is on your PATH"
      : "\(Installation.shown(bin)) is not on your PATH. Add this line to \(startupFile): \(pathLine(bin))"
    return [path] + [completionNote(installation)].compactMap(\.self)
  }

  private func folders(_ variable: String) -> [URL] {
    (environment[variable] ?? "").split(separator: ":").map { URL(fileURLWithPath: String($0)) }
  }

  /// The name of the user's shell, such as `zsh`.
  private var shell: String {
    ((environment["SHELL"] ?? "") as NSString).lastPathComponent
  }

  private var startupFile: String {
    switch shell {
    case "bash": "~/.bashrc"
    case "zsh": "~/.zshrc"
    case "fish": "~/.config/fish/config.fish"
    default: "your shell's startup file"
    }
  }

  private func pathLine(_ folder: String) -> String {
    let folder = ShellWord.quoted(folder)
    return shell == "fish" ? "fish_add_path \(folder)" : "export PATH=\(folder):\"$PATH\""
  }

  /// What to do if the shell does not look for completions under the prefix.
  private func completionNote(_ installation: Installation) -> String? {
    guard let kind = CompletionShell(rawValue: shell),
      let path = Installation.completions.first(where: { $0.shell == kind })?.path
    else { return nil }
    let file = installation.prefix.appendingPathComponent(path)
    if kind == .zsh {
      // By default, zsh looks under no other prefix.
      if installation.prefix.path == "/usr/local" { return nil }
      let folder = ShellWord.quoted(file.deletingLastPathComponent().path)
      return "for completions, add this line to ~/.zshrc before compinit: fpath=(\(folder) $fpath)"
    }
    if dataFolders.contains(installation.prefix.appendingPathComponent("share").canonicalPath) {
      return nil
    }
    return
      "for completions, add this line to \(startupFile): source \(ShellWord.quoted(file.path))"
  }

  /// The folders under which bash and fish look for completions.
  private var dataFolders: [String] {
    let own = environment["XDG_DATA_HOME"] ?? ((environment["HOME"] ?? "") + "/.local/share")
    let shared = environment["XDG_DATA_DIRS"] ?? "/usr/local/share:/usr/share"
    return ([own] + shared.split(separator: ":").map(String.init)).map {
      URL(fileURLWithPath: $0).canonicalPath
    }
  }
}

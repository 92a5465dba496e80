import ArgumentParser
import Foundation

/// The manual page, generated from the program's help.
enum ManualPage {
  /// The page in roff.
  static var text: String {
    let commands: [any ParsableCommand.Type] = Halflight.configuration.subcommands
    var page = """
      .TH HALFLIGHT 1 "" "halflight \(Halflight.version)" "User Commands" .SH NAME halflight \\-
      watch a picture emerge from noise, step by step .SH SYNOPSIS .nf halflight [options]
      [prompt] halflight command [options] .fi .SH DESCRIPTION .nf
      \(escaped(Halflight.helpMessage(columns: 78))) .fi

      """
    for command in commands {
      let name = command.configuration.commandName ?? "\(command)"
      page += """
        .SH "\(name.uppercased())"
        .nf
        \(escaped(Halflight.helpMessage(for: command, includeHidden: true, columns: 78)))
        .fi

        """
    }
    page += """
      .SH "EXIT STATUS" .nf 0     everything was done 64    the command line is wrong 65    a
      file's contents cannot be used 66    a file is missing 69    something is missing: memory, a
      terminal, a server, or the program's own files 70    an error in the program 73    a file
      cannot be created 74    a file or standard output cannot be read or written 78    the theme
      cannot be used 130   interrupted .fi .SH FILES .nf ~/.config/halflight/config.toml   initial
      settings of the explorer ~/.config/halflight/themes        your own themes
      ~/.local/share/halflight/models   models for `halflight models` .fi

      """
    return page
  }

  /// Text with everything escaped that roff would read as a command.
  static func escaped(_ text: String) -> String {
    text.split(separator: "\n", omittingEmptySubsequences: false).map { line in
      let plain = line.replacingOccurrences(of: "\\", with: "\\e")
        .replacingOccurrences(of: "-", with: "\\-")
      return plain.hasPrefix(".") || plain.hasPrefix("'") ? "\\&" + plain : plain
    }.joined(separator: "\n")
  }
}

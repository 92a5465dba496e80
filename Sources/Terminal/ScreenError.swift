/// Why a terminal cannot be used.
public enum ScreenError: Error, Sendable, Hashable, CustomStringConvertible {
  /// Standard input or output is a file or a pipe.
  case notATerminal(String)
  /// A terminal with this name cannot position text.
  case dumbTerminal(String)
  /// ncurses has no description of any of these terminals.
  case unknownTerminal([String])
  /// A pipe could not be created.
  case noPipe

  /// What happened and what to do.
  public var description: String {
    switch self {
    case .notATerminal(let stream):
      "\(stream) is not a terminal: run halflight in one, or use `halflight render` in scripts."
    case .dumbTerminal(let name):
      "This terminal (TERM=\(name)) cannot position text: set TERM to the real terminal, such as "
        + "xterm-256color, or use `halflight render --ansi`."
    case .unknownTerminal(let names):
      "No terminal description for \(names.joined(separator: ", ")): set TERM to a terminal that "
        + "this system knows, such as xterm-256color, or install ncurses-term."
    case .noPipe:
      "No pipe could be opened: too many files are open; raise the limit with `ulimit -n`."
    }
  }
}

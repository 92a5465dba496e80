import CNcurses

/// Strings of the terminal's description that ncurses writes by itself, so that a signal handler must undo them when it
/// restores the terminal, and repeat them when the program takes over again.
struct TerminalStrings {
  /// Shows the cursor. On the Linux console, hiding it changes its shape, so the usual sequence is not enough.
  let showCursor: String
  /// Saves the window's title, which ncurses does with the alternate screen; empty if the terminal has no such sequence.
  let saveTitle: String
  /// Restores the saved title.
  let restoreTitle: String

  /// Reads the description of the current terminal; call this after `newterm`.
  init() {
    showCursor = Self.capability("cnorm")
    // xterm's window operations 22 and 23.
    (saveTitle, restoreTitle) =
      Self.capability("smcup").contains("\u{1b}[22;0;0t")
      ? ("\u{1b}[22;0;0t", "\u{1b}[23;0;0t") : ("", "")
  }

  /// The string of a capability, without its delays; empty if the terminal lacks it.
  private static func capability(_ name: String) -> String {
    guard let text = hl_capability(name) else { return "" }
    return withoutDelays(String(cString: text))
  }

  /// A string of terminfo without delays such as `$<5/>`.
  static func withoutDelays(_ text: String) -> String {
    text.replacing(#/\$<[0-9.]+[*\/]*>/#, with: "")
  }
}

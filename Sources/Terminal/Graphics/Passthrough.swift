/// Sequences for the terminal outside tmux, which passes them on with `allow-passthrough on`.
enum Passthrough {
  /// The sequences wrapped for tmux, or unchanged without tmux.
  static func wrapped(_ sequences: String, isInTmux: Bool) -> String {
    guard isInTmux, !sequences.isEmpty else { return sequences }
    return "\u{1b}Ptmux;" + sequences.replacing("\u{1b}", with: "\u{1b}\u{1b}") + "\u{1b}\\"
  }

  /// Whether tmux is between the program and the terminal; within ssh only `TERM` says so.
  static func isInTmux(_ environment: [String: String]) -> Bool {
    environment["TMUX"]?.isEmpty == false || environment["TERM"]?.hasPrefix("tmux") == true
  }
}

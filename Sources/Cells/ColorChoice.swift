#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// How many colours to use, decided from the environment.
///
/// In this order: what was asked for; none where `NO_COLOR` is set and not empty; 24-bit where `COLORTERM` is
/// `truecolor` or `24bit` or `TERM` ends in `-direct`; none where `TERM` is `dumb` or not set; 256 where `TERM` names
/// them, or is tmux or screen; else 16.
public enum ColorChoice {
  /// The rule, for an environment.
  public static func depth(asked: ColorDepth?, environment: (String) -> String?) -> ColorDepth {
    if let asked { return asked }
    if let no = environment("NO_COLOR"), !no.isEmpty { return .none }
    let term = environment("TERM") ?? ""
    let colorTerm = environment("COLORTERM") ?? ""
    if colorTerm == "truecolor" || colorTerm == "24bit" || term.hasSuffix("-direct") {
      return .full
    }
    if term.isEmpty || term == "dumb" { return .none }
    if term.contains("256color") || term.hasPrefix("tmux") || term.hasPrefix("screen")
      || term.hasPrefix("xterm-kitty") || term.hasPrefix("alacritty")
    {
      return .palette256
    }
    return .palette16
  }

  /// The rule, for this process.
  public static func depth(asked: ColorDepth? = nil) -> ColorDepth {
    depth(asked: asked) { name in getenv(name).map { String(cString: $0) } }
  }

  /// For text that is printed: 24-bit where it goes into a file or a pipe, since nothing is known of who reads it.
  public static func ofOutput() -> ColorDepth {
    if let no = getenv("NO_COLOR"), no.pointee != 0 { return .none }
    return isatty(STDOUT_FILENO) == 1 ? depth() : .full
  }
}

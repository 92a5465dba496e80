import CKernels

/// How the process ends when it crashes, or when a mapped file of weights cannot be read any more.
public enum CrashHandler {
  /// Has both told on standard error in one sentence, and the process end at once.
  ///
  /// A file that another program made shorter gives the exit code 74 (`EX_IOERR`); a crash ends the process by its
  /// signal. The Swift runtime's own report, which takes the terminal, comes only where `SWIFT_BACKTRACE` is set. To be
  /// called before a terminal is taken, whose handlers give it back first.
  public static func install() { hl_faults_install() }
}

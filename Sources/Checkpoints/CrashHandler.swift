import CKernels

/// Ends the process properly if it crashes, or if a mapped weight file can no longer be read.
public enum CrashHandler {
  /// Installs handlers that report both on standard error in one sentence and end the process immediately.
  ///
  /// If another program truncated a file, the exit code is 74 (`EX_IOERR`); a crash ends the process by its signal. The
  /// Swift runtime's own report, which takes over the terminal, appears only if `SWIFT_BACKTRACE` is set. Call this
  /// before the terminal is set up: the terminal's handlers must run first to restore it.
  public static func install() { hl_faults_install() }
}

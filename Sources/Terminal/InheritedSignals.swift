import CNcurses

/// The signal dispositions inherited from the parent process.
public enum InheritedSignals {
  /// Whether a signal is ignored, as `nohup` does for the loss of a terminal.
  public static func ignore(_ number: Int32) -> Bool { hl_signal_is_ignored(number) }
}

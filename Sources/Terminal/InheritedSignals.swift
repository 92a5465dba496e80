import CNcurses

/// What the process that started this one wants to become of its signals.
public enum InheritedSignals {
  /// Whether a signal is ignored, as `nohup` has it for a terminal that goes away.
  public static func ignore(_ number: Int32) -> Bool { hl_signal_is_ignored(number) }
}

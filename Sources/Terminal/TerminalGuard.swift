import CNcurses

/// Gives the terminal back whatever ends the process: `close()`, a signal or a crash.
///
/// The state lives in C and is per object file (see shim.h): this file alone touches it, and
/// nothing here may be inlined elsewhere. One guard at a time.
enum TerminalGuard {
  /// Sequences for what ncurses has no word for.
  struct Modes {
    var mouse: Bool

    /// Alternate screen, bracketed paste, mouse with drags in SGR form.
    var enter: String { "\u{1b}[?1049h\u{1b}[?2004h" + mouseModes }

    /// The mouse taken or left.
    var mouseModes: String {
      mouse ? "\u{1b}[?1002h\u{1b}[?1006h" : "\u{1b}[?1006l\u{1b}[?1002l"
    }
    /// The opposite of all, an open frame and colours included.
    var leave: String {
      "\u{1b}[?2026l\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?2004l\u{1b}[?1l\u{1b}>\u{1b}[0m\u{1b}[?25h"
        + "\u{1b}[?1049l"
    }
  }

  @inline(never) static func remember() -> Bool { hl_guard_remember(STDOUT_FILENO) }

  @inline(never) static func install(_ modes: Modes, wake: WakePipe) {
    hl_guard_install(modes.enter, modes.leave, wake.writer)
  }

  /// Takes the mouse or leaves it, from now on and whenever the terminal is taken again.
  @inline(never) static func change(_ modes: Modes) {
    hl_guard_change(modes.enter, modes.mouseModes)
  }

  /// Draws, unless the terminal was given back; a signal that gives it back waits until it is done.
  @inline(never) static func whileOurs(_ draw: () -> Void) -> Bool {
    guard hl_guard_begin_drawing() else { return false }
    draw()
    hl_guard_end_drawing()
    return true
  }

  @inline(never) static func remove() { hl_guard_remove() }

  /// Has a closed window and a request to end wait for ``remove()``, or not any more.
  @inline(never) static func mustFinish(_ isNeeded: Bool) { hl_guard_set_must_finish(isNeeded) }

  /// Whether such a signal waits.
  @inline(never) static var isEnding: Bool { hl_guard_is_ending() }

  /// Whether the terminal's size changed since the last call.
  @inline(never) static func takeResized() -> Bool { hl_guard_take_resized() }

  /// Whether the process was stopped and goes on since the last call.
  @inline(never) static func takeResumed() -> Bool { hl_guard_take_resumed() }
}

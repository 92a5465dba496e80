import CNcurses

/// Restores the terminal however the process ends: through `close()`, a signal or a crash.
///
/// The state is in C and separate for each object file (see shim.h): only this file uses it, and nothing here may be
/// inlined elsewhere. Only one guard can exist at a time.
enum TerminalGuard {
  /// Sequences for which ncurses has no function.
  struct Modes {
    var mouse: Bool
    /// Saves the window's title. Only later takeovers need it, because ncurses saves the title at the start.
    var saveTitle = ""

    /// Alternate screen, bracketed paste, mouse with drags in SGR form.
    var enter: String { "\u{1b}[?1049h" + saveTitle + "\u{1b}[?2004h" + mouseModes }

    /// Mouse capture on or off.
    var mouseModes: String {
      mouse ? "\u{1b}[?1002h\u{1b}[?1006h" : "\u{1b}[?1006l\u{1b}[?1002l"
    }
    /// Undoes all of these, and also ends an open frame and resets colours.
    ///
    /// - Parameter farewell: The sequences that remove pictures from the terminal (see ``GraphicsWriter/farewell``) and
    ///   undo what ncurses did (see ``TerminalStrings``). They come first, because terminals keep separate pictures for
    ///   each screen.
    static func leave(after farewell: String = "") -> String {
      farewell
        + "\u{1b}[?2026l\u{1b}[?1006l\u{1b}[?1002l\u{1b}[?2004l\u{1b}[?1l\u{1b}>\u{1b}[0m\u{1b}[?25h"
        + "\u{1b}[?1049l"
    }
  }

  @inline(never) static func remember() -> Bool { hl_guard_remember(STDOUT_FILENO) }

  @inline(never) static func install(_ modes: Modes, wake: WakePipe) {
    hl_guard_install(modes.enter, Modes.leave(), wake.writer)
  }

  /// Captures or releases the mouse, now and whenever the terminal is taken over again.
  @inline(never) static func change(_ modes: Modes) {
    hl_guard_change(modes.enter, modes.mouseModes)
  }

  /// Changes the first sequences that are written when the terminal is restored.
  @inline(never) static func changeFarewell(_ farewell: String) {
    hl_guard_change_leave(Modes.leave(after: farewell))
  }

  /// Draws, unless the terminal was restored; a signal that restores it waits until drawing is done.
  @inline(never) static func whileOurs(_ draw: () -> Void) -> Bool {
    guard hl_guard_begin_drawing() else { return false }
    draw()
    hl_guard_end_drawing()
    return true
  }

  @inline(never) static func remove() { hl_guard_remove() }

  /// Makes a closed window or a termination request wait for ``remove()``, or no longer wait.
  @inline(never) static func mustFinish(_ isNeeded: Bool) { hl_guard_set_must_finish(isNeeded) }

  /// Whether such a signal is waiting.
  @inline(never) static var isEnding: Bool { hl_guard_is_ending() }

  /// Whether the terminal's size changed since the last call.
  @inline(never) static func takeResized() -> Bool { hl_guard_take_resized() }

  /// Whether the process was stopped and has continued since the last call.
  @inline(never) static func takeResumed() -> Bool { hl_guard_take_resumed() }
}

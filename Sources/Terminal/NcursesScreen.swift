import CNcurses
import Cells

/// A terminal, drawn by ncurses and read by ``InputDecoder``.
///
/// ncurses' own input is not used: it refreshes the screen behind one's back, and cannot be woken.
/// Use it on one thread, and only one at a time; it is not `Sendable` for that reason.
public final class NcursesScreen {
  /// Columns and rows, as of the last event.
  public private(set) var size: (width: Int, height: Int)
  /// The colours that the terminal really shows.
  public let colors: ColorDepth
  /// Wakes ``nextInput(timeoutMilliseconds:)`` from any thread.
  public let wakePipe: WakePipe

  private let terminal: OpaquePointer
  private let hasUTF8: Bool
  /// Whether tmux stands between the program and the terminal.
  private let isInTmux: Bool
  private var painter: CellPainter
  private var pictures = PictureWriter()
  private var shown: CellBuffer?
  private var decoder = InputDecoder()
  private var lastInput = ContinuousClock.now
  private var isOpen = true
  private var hasEnded = false
  /// When the terminal was asked for its background; `nil` where it was not.
  private var asked: ContinuousClock.Instant?
  /// What came while an answer was waited for.
  private var held: [TerminalEvent] = []

  /// How long an ESC may be the start of a sequence.
  private static let escapeMilliseconds = 25
  /// How long the rest of a paste may take.
  private static let pasteMilliseconds = 2000
  /// How long the terminal may take to answer.
  private static let answerTime = Duration.seconds(1)

  /// Takes over the terminal of standard input and output.
  ///
  /// - Throws: ``ScreenError``; the terminal is then as it was.
  public init(
    colors choice: ColorChoice = .auto, mouse: Bool = true, environment: [String: String]
  ) throws(ScreenError) {
    guard isatty(STDIN_FILENO) == 1 else { throw .notATerminal("Standard input") }
    guard isatty(STDOUT_FILENO) == 1, TerminalGuard.remember() else {
      throw .notATerminal("Standard output")
    }
    let name = environment["TERM"] ?? ""
    guard !name.isEmpty, name != "dumb", name != "unknown" else { throw .dumbTerminal(name) }
    hasUTF8 = hl_utf8_locale()
    isInTmux = environment["TMUX"] != nil
    wakePipe = try WakePipe()
    let wanted = choice.depth(environment: environment)
    let names = ColorChoice.terminfoNames(depth: wanted, environment: environment)
    guard let (opened, description) = Self.open(names, basedOn: name) else {
      throw .unknownTerminal(names.filter { $0 != DirectTerminfo.name })
    }
    terminal = opened
    raw()
    noecho()
    nonl()
    typeahead(-1)
    leaveok(hl_stdscr(), false)
    // Moved to the side by ncurses, pictures would be lost: it does not know them.
    idcok(hl_stdscr(), false)
    colors = Self.startColors(wanted, isDirect: description.contains("-direct"))
    painter = CellPainter(depth: colors, hasUTF8: hasUTF8)
    // ncurses believes COLUMNS and LINES, which a shell may have exported for another window.
    var (columns, rows): (Int32, Int32) = (0, 0)
    if hl_terminal_size(STDOUT_FILENO, &columns, &rows) { resizeterm(rows, columns) }
    size = (Int(getmaxx(hl_stdscr())), Int(getmaxy(hl_stdscr())))
    TerminalGuard.install(.init(mouse: mouse), wake: wakePipe)
    curs_set(0)
    // The terminal's own name counts: the description that ncurses draws with may be one made of it.
    if ColorChoice.answersQuestions(name) {
      // The status is asked for last, for every terminal tells it: what comes before it has been answered.
      send("\u{1b}]11;?\u{1b}\\\u{1b}[5n")
      asked = .now
    }
  }

  deinit { close() }

  /// Takes the mouse, or leaves it to the terminal for selecting text.
  public func useMouse(_ isUsed: Bool) { if isOpen { TerminalGuard.change(.init(mouse: isUsed)) } }

  private static func open(
    _ names: [String], basedOn terminal: String
  ) -> (OpaquePointer, String)? {
    for name in names {
      let made =
        name == DirectTerminfo.name
        ? DirectTerminfo.whileFound(basedOn: terminal) { newterm(name, hl_stdout(), hl_stdin()) }
        : newterm(name, hl_stdout(), hl_stdin())
      if let made { return (made, name) }
    }
    return nil
  }

  /// Starts as many of the wanted colours as the terminal's description has.
  private static func startColors(_ wanted: ColorDepth, isDirect: Bool) -> ColorDepth {
    guard wanted != .none, has_colors(), start_color() == OK else { return .none }
    use_default_colors()
    if wanted == .trueColor, isDirect, hl_colors() >= 1 << 24 { return .trueColor }
    if wanted == .trueColor || wanted == .palette256, hl_colors() >= 256 { return .palette256 }
    return hl_colors() >= 16 ? .palette16 : hl_colors() >= 8 ? .palette8 : .none
  }

  // MARK: Drawing

  /// Sends the cells that changed, as one synchronized frame; nothing if none did. The cursor is shown at the buffer's
  /// place, or hidden.
  public func draw(_ buffer: CellBuffer) {
    guard isOpen, shown != buffer else { return }
    let isDrawn = TerminalGuard.whileOurs { show(buffer) }
    shown = isDrawn ? buffer : nil
  }

  private func show(_ buffer: CellBuffer) {
    var old = shown.flatMap { ($0.width, $0.height) == (buffer.width, buffer.height) ? $0 : nil }
    if !painter.paint(buffer, over: old) {
      // The colour pairs have run out: begin anew, with the pairs of this frame only.
      painter.forgetPairs()
      old = nil
      _ = painter.paint(buffer, over: old)
    }
    if let cursor = buffer.cursor {
      wmove(hl_stdscr(), Int32(cursor.y), Int32(cursor.x))
      curs_set(1)
    } else if curs_set(0) == ERR {
      // A cursor that cannot be hidden stays out of the way.
      wmove(hl_stdscr(), Int32(buffer.height) - 1, 0)
    }
    send("\u{1b}[?2026h")
    wrefresh(hl_stdscr())
    if painter.leavesPictures {
      let cursor = (x: Int(getcurx(hl_stdscr())), y: Int(getcury(hl_stdscr())))
      send(pictures.sequences(buffer, over: old, touched: painter.touched, cursor: cursor))
    }
    send("\u{1b}[?2026l")
  }

  /// Puts text on the clipboard, where the terminal allows that.
  ///
  /// - Returns: Whether it was sent; too long a text is not.
  @discardableResult
  public func copy(_ text: String) -> Bool {
    guard isOpen, let sequences = Clipboard.sequences(text, isInTmux: isInTmux) else {
      return false
    }
    return TerminalGuard.whileOurs { send(sequences) }
  }

  private func send(_ text: String) { send(Array(text.utf8)) }

  private func send(_ bytes: [UInt8]) { hl_write_all(STDOUT_FILENO, bytes, bytes.count) }

  // MARK: Input

  /// Keys, mouse, pastes, sizes; an empty array after the timeout or a wake-up.
  ///
  /// - Parameter timeoutMilliseconds: `nil` waits without end, 0 not at all.
  public func nextInput(timeoutMilliseconds: Int?) -> [TerminalEvent] {
    guard isOpen, !TerminalGuard.isEnding else { return [.closed] }
    var events = held + takeSignals()
    held = []
    var wait = events.isEmpty ? timeoutMilliseconds : 0
    while true {
      // What is left of the time that an unfinished sequence has.
      let patience = self.patience
      let isPatience = patience.map { patience in wait.map { patience <= $0 } ?? true } ?? false
      let ready = poll(milliseconds: isPatience ? patience : wait)
      if ready.input { events += readInput() } else if isPatience { events += decoder.flush() }
      if ready.wake {
        wakePipe.drain()
        events += takeSignals()
      }
      // The start of a sequence alone is no reason to return, if it may soon be whole.
      if !events.isEmpty || ready.wake || (!ready.input && !isPatience) { return events }
      if let left = wait, isPatience { wait = left - (patience ?? 0) }
      if hasEnded { return [.closed] }
    }
  }

  private var patience: Int? {
    guard decoder.isWaiting || decoder.isPasting else { return nil }
    let limit = decoder.isPasting ? Self.pasteMilliseconds : Self.escapeMilliseconds
    return max(0, limit - Int((ContinuousClock.now - lastInput) / .milliseconds(1)))
  }

  private func poll(milliseconds: Int?) -> (input: Bool, wake: Bool) {
    var descriptors = [
      pollfd(fd: hasEnded ? -1 : STDIN_FILENO, events: Int16(POLLIN), revents: 0),
      pollfd(fd: wakePipe.reader, events: Int16(POLLIN), revents: 0),
    ]
    let timeout = milliseconds.map { Int32(clamping: max(0, $0)) } ?? -1
    // Interrupted by a signal, it has the wake-up to tell of.
    guard CNcurses.poll(&descriptors, nfds_t(descriptors.count), timeout) >= 0 else {
      return (false, true)
    }
    return (descriptors[0].revents != 0, descriptors[1].revents != 0)
  }

  private func readInput() -> [TerminalEvent] {
    lastInput = .now
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = hl_read(STDIN_FILENO, &bytes, bytes.count)
    if count >= 0 { return decoder.feed(bytes[..<count]) }
    hasEnded = true
    return [.closed]
  }

  /// What signals left behind: a new size, or a screen to be drawn anew.
  private func takeSignals() -> [TerminalEvent] {
    let wasResumed = TerminalGuard.takeResumed()
    guard TerminalGuard.takeResized() || wasResumed else { return [] }
    var (columns, rows): (Int32, Int32) = (0, 0)
    guard hl_terminal_size(STDOUT_FILENO, &columns, &rows) else { return [] }
    guard wasResumed || (Int(columns), Int(rows)) != size else { return [] }
    resizeterm(rows, columns)
    hl_redraw_all()
    // The terminal was given back with its cursor, which ncurses believes to be hidden still.
    if wasResumed {
      curs_set(1)
      curs_set(0)
    }
    shown = nil
    size = (Int(columns), Int(rows))
    return [.resize(width: size.width, height: size.height)]
  }

  // MARK: Leaving

  /// Gives the terminal back, stops the process, and takes the terminal again.
  public func suspend() {
    guard isOpen else { return }
    takeLateAnswer()
    // To the process: threads that libdispatch made let no signal through.
    kill(getpid(), SIGTSTP)
  }

  /// Has the process outlive its window, or a request to end, until ``close()``: what is being written would be lost.
  public func finishBeforeEnding(_ isNeeded: Bool) {
    if isOpen { TerminalGuard.mustFinish(isNeeded) }
  }

  /// Gives the terminal back as it was; from then on nothing is drawn or read.
  public func close() {
    guard isOpen else { return }
    takeLateAnswer()
    isOpen = false
    endwin()
    delscreen(terminal)
    TerminalGuard.remove()
  }

  /// Takes in the answer to what the terminal was asked, where it has not come: the shell would read it as if it had been
  /// typed.
  private func takeLateAnswer() {
    guard let asked else { return }
    while decoder.statusReports == 0, !hasEnded, !TerminalGuard.isEnding {
      let left = (Self.answerTime - (ContinuousClock.now - asked)) / .milliseconds(1)
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      let found = CNcurses.poll(&input, 1, Int32(max(0, left.rounded(.up))))
      if found == 0 { return }
      if found > 0 { held += readInput() }
    }
  }
}

import CNcurses
import Cells

/// A terminal, drawn by ncurses and read by ``InputDecoder``.
///
/// ncurses' own input is not used: it refreshes the screen unexpectedly, and cannot be woken. Use this class on one
/// thread, and only one instance at a time; for that reason it is not `Sendable`.
public final class NcursesScreen {
  /// Columns and rows, as of the last event.
  public private(set) var size: (width: Int, height: Int)
  /// The number of colours that the terminal really shows.
  public let colors: ColorDepth
  /// Wakes ``nextInput(timeoutMilliseconds:)`` from any thread.
  public let wakePipe: WakePipe

  private let terminal: OpaquePointer
  private let hasUTF8: Bool
  /// Whether the program runs inside tmux.
  private let isInTmux: Bool
  private var painter: CellPainter
  private var pictures = PictureWriter()
  private let graphicsChoice: GraphicsChoice
  private let environment: [String: String]
  /// Writes pictures as pixels; `nil` if the terminal cannot show them, or has not answered yet.
  private var graphics: GraphicsWriter?
  /// The sequence that the guard writes at the end.
  private var farewell = ""
  /// What the guard must undo of ncurses' own doing.
  private let strings: TerminalStrings
  /// The buffer drawn last, and the one shown by the terminal, in which pictures may be drawn in cells.
  private var given: CellBuffer?
  private var shown: CellBuffer?
  private var decoder = InputDecoder()
  private var lastInput = ContinuousClock.now
  private var isOpen = true
  private var hasEnded = false
  /// When the terminal was queried; `nil` if it was not.
  private var asked: ContinuousClock.Instant?
  /// Input that arrived while waiting for an answer.
  private var held: [TerminalEvent] = []

  /// How long an ESC may be the start of a sequence.
  private static let escapeMilliseconds = 25
  /// The time limit for the rest of a paste.
  private static let pasteMilliseconds = 2000
  /// The time limit for the terminal's answer.
  private static let answerTime = Duration.seconds(1)

  /// Takes over the terminal of standard input and output.
  ///
  /// - Parameter graphics: How to show pictures as pixels. ``TerminalEvent/pixelsAvailable`` reports that this works;
  ///   from then on, a buffer may contain pictures.
  /// - Throws: ``ScreenError``, leaving the terminal unchanged.
  public init(
    colors choice: ColorChoice = .auto, graphics graphicsChoice: GraphicsChoice = .auto,
    mouse: Bool = true, environment: [String: String]
  ) throws(ScreenError) {
    (self.graphicsChoice, self.environment) = (graphicsChoice, environment)
    guard isatty(STDIN_FILENO) == 1 else { throw .notATerminal("Standard input") }
    guard isatty(STDOUT_FILENO) == 1, TerminalGuard.remember() else {
      throw .notATerminal("Standard output")
    }
    let name = environment["TERM"] ?? ""
    guard !name.isEmpty, name != "dumb", name != "unknown" else { throw .dumbTerminal(name) }
    hasUTF8 = hl_utf8_locale()
    isInTmux = Passthrough.isInTmux(environment)
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
    // If ncurses scrolled, pictures would be lost, because it does not know about them.
    idcok(hl_stdscr(), false)
    colors = Self.startColors(wanted, isDirect: description.contains("-direct"))
    painter = CellPainter(depth: colors, hasUTF8: hasUTF8)
    // ncurses trusts COLUMNS and LINES, which a shell may have exported for another window.
    var (columns, rows): (Int32, Int32) = (0, 0)
    if hl_terminal_size(STDOUT_FILENO, &columns, &rows) { resizeterm(rows, columns) }
    size = (Int(getmaxx(hl_stdscr())), Int(getmaxy(hl_stdscr())))
    TerminalGuard.install(.init(mouse: mouse), wake: wakePipe)
    strings = TerminalStrings()
    TerminalGuard.change(.init(mouse: mouse, saveTitle: strings.saveTitle))
    TerminalGuard.changeFarewell(strings.showCursor + strings.restoreTitle)
    curs_set(0)
    // The terminal's own name counts: the description that ncurses uses may be derived from it.
    if ColorChoice.answersQuestions(name) {
      // The status is queried last, because every terminal reports it: when it does, the earlier queries have been
      // answered.
      let question =
        showsPixels ? GraphicsSupport.question(graphicsChoice, environment: environment) : ""
      send(question + "\u{1b}]11;?\u{1b}\\\u{1b}[5n")
      asked = .now
    }
    if showsPixels, let forced = graphicsChoice.forced {
      graphics = GraphicsWriter(forced, facts)
      held = [.pixelsAvailable]
    }
  }

  deinit { close() }

  /// Captures the mouse, or leaves it to the terminal for selecting text.
  public func useMouse(_ isUsed: Bool) {
    if isOpen { TerminalGuard.change(.init(mouse: isUsed, saveTitle: strings.saveTitle)) }
  }

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

  /// Initialises as many of the requested colours as the terminal's description has.
  private static func startColors(_ wanted: ColorDepth, isDirect: Bool) -> ColorDepth {
    guard wanted != .none, has_colors(), start_color() == OK else { return .none }
    use_default_colors()
    if wanted == .trueColor, isDirect, hl_colors() >= 1 << 24 { return .trueColor }
    if wanted == .trueColor || wanted == .palette256, hl_colors() >= 256 { return .palette256 }
    return hl_colors() >= 16 ? .palette16 : hl_colors() >= 8 ? .palette8 : .none
  }

  // MARK: Drawing

  /// Sends the changed cells as one synchronized frame, or nothing if there are none. The cursor is shown at the
  /// buffer's position, or hidden.
  public func draw(_ buffer: CellBuffer) {
    guard isOpen, given != buffer else { return }
    let art = CellArt(colors: colors)
    let frame =
      graphics?.drawable(buffer, art: art)
      ?? (buffer.pictures.isEmpty ? buffer : buffer.drawingPictures(with: art))
    let isDrawn = TerminalGuard.whileOurs { show(frame) }
    (given, shown) = isDrawn ? (buffer, frame) : (nil, nil)
  }

  private func show(_ buffer: CellBuffer) {
    var old = shown.flatMap { ($0.width, $0.height) == (buffer.width, buffer.height) ? $0 : nil }
    if !painter.paint(buffer, over: old) {
      // The colour pairs have run out: start again with the pairs of this frame only.
      painter.forgetPairs()
      old = nil
      _ = painter.paint(buffer, over: old)
    }
    if let cursor = buffer.cursor {
      wmove(hl_stdscr(), Int32(cursor.y), Int32(cursor.x))
      curs_set(1)
    } else if curs_set(0) == ERR {
      // A cursor that cannot be hidden is moved out of the way.
      wmove(hl_stdscr(), Int32(buffer.height) - 1, 0)
    }
    send("\u{1b}[?2026h")
    wrefresh(hl_stdscr())
    let cursor = (x: Int(getcurx(hl_stdscr())), y: Int(getcury(hl_stdscr())))
    if painter.leavesPictures {
      send(pictures.sequences(buffer, over: old, touched: painter.touched, cursor: cursor))
    }
    let pixels = graphics?.bytes(buffer, isNew: old == nil, touched: painter.touched) ?? []
    if !pixels.isEmpty {
      // The guard must know about new pictures before the terminal does.
      updateFarewell()
      send(pixels + Array("\u{1b}[m\u{1b}[\(cursor.y + 1);\(cursor.x + 1)H".utf8))
    }
    send("\u{1b}[?2026l")
  }

  private func updateFarewell() {
    let farewell = graphics?.farewell ?? ""
    guard farewell != self.farewell else { return }
    self.farewell = farewell
    TerminalGuard.changeFarewell(farewell + strings.showCursor + strings.restoreTitle)
  }

  // MARK: Pixels

  /// Whether pixels are possible at all: they need colours, and their placeholders need UTF-8.
  private var showsPixels: Bool { colors != .none && hasUTF8 }

  private var facts: PixelFacts {
    PixelFacts(decoder.answers, cell: .ofCell, environment: environment)
  }

  /// Applies the terminal's answers.
  private func learn() -> [TerminalEvent] {
    guard showsPixels else { return [] }
    if graphics != nil {
      // The frame is drawn again, with the true sizes.
      given = nil
      graphics?.learn(facts)
      return []
    }
    let support = GraphicsSupport(
      graphicsChoice, answers: decoder.answers, environment: environment)
    guard let picked = support.picked else { return [] }
    graphics = GraphicsWriter(picked, facts)
    return [.pixelsAvailable]
  }

  /// Copies text to the clipboard, if the terminal allows it.
  ///
  /// - Returns: Whether it was sent; a text that is too long is not sent.
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
  /// - Parameter timeoutMilliseconds: `nil` waits forever, 0 does not wait.
  public func nextInput(timeoutMilliseconds: Int?) -> [TerminalEvent] {
    guard isOpen, !TerminalGuard.isEnding else { return [.closed] }
    var events = held + takeSignals()
    held = []
    var wait = events.isEmpty ? timeoutMilliseconds : 0
    while true {
      // The remaining time of an unfinished sequence.
      let patience = self.patience
      let isPatience = patience.map { patience in wait.map { patience <= $0 } ?? true } ?? false
      let ready = poll(milliseconds: isPatience ? patience : wait)
      if ready.input { events += readInput() } else if isPatience { events += decoder.flush() }
      if ready.wake {
        wakePipe.drain()
        events += takeSignals()
      }
      // The start of a sequence alone is no reason to return if the rest may arrive soon.
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
    // If a signal interrupted the call, the wake-up is still pending.
    guard CNcurses.poll(&descriptors, nfds_t(descriptors.count), timeout) >= 0 else {
      return (false, true)
    }
    return (descriptors[0].revents != 0, descriptors[1].revents != 0)
  }

  private func readInput() -> [TerminalEvent] {
    lastInput = .now
    var bytes = [UInt8](repeating: 0, count: 4096)
    let count = hl_read(STDIN_FILENO, &bytes, bytes.count)
    if count >= 0 {
      let reports = decoder.statusReports
      let events = decoder.feed(bytes[..<count])
      return reports == 0 && decoder.statusReports > 0 ? events + learn() : events
    }
    hasEnded = true
    return [.closed]
  }

  /// Handles what signals left behind: a new size, or a screen to redraw.
  private func takeSignals() -> [TerminalEvent] {
    let wasResumed = TerminalGuard.takeResumed()
    guard TerminalGuard.takeResized() || wasResumed else { return [] }
    var (columns, rows): (Int32, Int32) = (0, 0)
    guard hl_terminal_size(STDOUT_FILENO, &columns, &rows) else { return [] }
    guard wasResumed || (Int(columns), Int(rows)) != size else { return [] }
    resizeterm(rows, columns)
    hl_redraw_all()
    // The terminal was restored and shows its cursor, but ncurses still assumes that it is hidden.
    if wasResumed {
      curs_set(1)
      curs_set(0)
    }
    (given, shown) = (nil, nil)
    // Leaving the terminal has removed all pictures, and a new size may mean a new font.
    if wasResumed { graphics?.forget() }
    graphics?.learn(facts)
    size = (Int(columns), Int(rows))
    return [.resize(width: size.width, height: size.height)]
  }

  // MARK: Leaving

  /// Restores the terminal, stops the process, and takes over the terminal again afterwards.
  public func suspend() {
    guard isOpen else { return }
    takeLateAnswer()
    // The signal is sent to the process, because libdispatch's threads block all signals.
    kill(getpid(), SIGTSTP)
  }

  /// Makes the process outlive its window, or a termination request, until ``close()``: otherwise files being written
  /// would be lost.
  public func finishBeforeEnding(_ isNeeded: Bool) {
    if isOpen { TerminalGuard.mustFinish(isNeeded) }
  }

  /// Restores the terminal; from then on, nothing is drawn or read.
  public func close() {
    guard isOpen else { return }
    takeLateAnswer()
    isOpen = false
    // This comes before ncurses leaves the screen to which the pictures belong.
    _ = TerminalGuard.whileOurs { send(farewell) }
    // ncurses itself undoes what it did.
    TerminalGuard.changeFarewell("")
    endwin()
    delscreen(terminal)
    TerminalGuard.remove()
  }

  /// Reads pending answers to queries, because the shell would read them as if they had been typed.
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

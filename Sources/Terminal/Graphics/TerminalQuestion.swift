import CNcurses

extension PixelSize {
  /// The size of a cell in the terminal of standard output, if the system knows it.
  static var ofCell: PixelSize? {
    var (columns, rows, width, height): (Int32, Int32, Int32, Int32) = (0, 0, 0, 0)
    guard hl_terminal_size(STDOUT_FILENO, &columns, &rows),
      hl_terminal_pixels(STDOUT_FILENO, &width, &height)
    else { return nil }
    return PixelSize(width: Int(width / columns), height: Int(height / rows))
  }
}

/// Queries the terminal of standard input and output about how it shows pictures, for a program that otherwise only
/// prints.
///
/// Use it on one thread; the terminal's modes are restored by ``finish()``.
public final class TerminalQuestion {
  private var decoder = InputDecoder()
  private var modes = termios()
  private let asked = ContinuousClock.now
  private let environment: [String: String]
  private var isOpen = true

  /// How long the program waits for the answer.
  private static let patience = Duration.milliseconds(250)
  /// How long to wait for a late answer, which would otherwise appear as typed text in the shell.
  private static let latest = Duration.seconds(1)

  /// Sends the request.
  ///
  /// - Returns: `nil` if standard input or output is not a terminal that answers, or the program runs in the
  ///   background.
  public init?(_ choice: GraphicsChoice, environment: [String: String]) {
    self.environment = environment
    guard isatty(STDIN_FILENO) == 1, isatty(STDOUT_FILENO) == 1,
      tcgetpgrp(STDIN_FILENO) == getpgrp(),
      ColorChoice.answersQuestions(environment["TERM"] ?? ""),
      tcgetattr(STDIN_FILENO, &modes) == 0
    else { return nil }
    var quiet = modes
    quiet.c_lflag &= ~tcflag_t(ICANON | ECHO)
    guard tcsetattr(STDIN_FILENO, TCSANOW, &quiet) == 0 else { return nil }
    let question = GraphicsSupport.question(choice, environment: environment) + "\u{1b}[5n"
    let bytes = Array(question.utf8)
    hl_write_all(STDOUT_FILENO, bytes, bytes.count)
  }

  deinit { finish() }

  /// What the terminal answered within a quarter of a second.
  public func answers() -> TerminalAnswers {
    read(for: Self.patience)
    return decoder.answers
  }

  /// What the answers say about the terminal's pixels.
  public var facts: PixelFacts {
    PixelFacts(decoder.answers, cell: .ofCell, environment: environment)
  }

  /// Reads late answers, and restores the terminal's modes.
  public func finish() {
    guard isOpen else { return }
    isOpen = false
    read(for: Self.latest)
    tcsetattr(STDIN_FILENO, TCSANOW, &modes)
  }

  /// Reads until the terminal has answered everything, for at most this long after the request.
  private func read(for time: Duration) {
    while decoder.statusReports == 0 {
      let left = (time - (ContinuousClock.now - asked)) / .milliseconds(1)
      var input = pollfd(fd: STDIN_FILENO, events: Int16(POLLIN), revents: 0)
      guard left > 0, poll(&input, 1, Int32(left.rounded(.up))) > 0 else { return }
      var bytes = [UInt8](repeating: 0, count: 4096)
      let count = hl_read(STDIN_FILENO, &bytes, bytes.count)
      guard count > 0 else { return }
      _ = decoder.feed(bytes[..<count])
    }
  }
}

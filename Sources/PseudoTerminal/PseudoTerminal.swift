import CPseudoTerminal
import Foundation

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#else
  import Darwin
#endif

/// A program running on its own pseudo-terminal, as in a terminal window: for tests and measurements.
///
/// Use it on one thread.
public final class PseudoTerminal {
  /// The program's process.
  public let process: Int32
  /// The window's side: the program's output is read here, and keys are written.
  private var window: Int32
  /// The program's side, kept open to inspect its modes.
  private let line: Int32
  private var status: Int32?

  /// How a program ended.
  public enum End: Sendable, Hashable {
    case exited(Int32)
    case signalled(Int32)
  }

  /// Starts a program as the leader of a session controlled by the pseudo-terminal.
  ///
  /// - Parameters:
  ///   - program: Its path.
  ///   - environment: Its complete environment.
  ///   - folder: Its working folder.
  ///   - output: A descriptor for standard output instead of the terminal, for programs in a pipe.
  ///   - error: A descriptor for standard error instead of the terminal.
  /// - Throws: ``PseudoTerminalError`` with the call that failed.
  public init(
    _ program: String, _ arguments: [String] = [], environment: [String: String], width: Int,
    height: Int, folder: String, output: Int32? = nil, error: Int32? = nil
  ) throws {
    var name = [CChar](repeating: 0, count: 128)
    window = hl_pty_open(&name, name.count)
    guard window >= 0 else { throw PseudoTerminalError("posix_openpt", errno) }
    let path = String(
      decoding: name.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    line = open(path, O_RDWR | O_NOCTTY)
    _ = fcntl(line, F_SETFD, FD_CLOEXEC)
    hl_pty_resize(window, Int32(width), Int32(height))
    process = try PseudoTerminal.spawn(
      program, arguments, environment, folder: folder, terminal: path, output: output, error: error)
  }

  deinit {
    if status == nil {
      kill(process, SIGKILL)
      _ = wait(milliseconds: 2000)
    }
    close(line)
    closeWindow()
  }

  private static func spawn(
    _ program: String, _ arguments: [String], _ environment: [String: String], folder: String,
    terminal: String, output: Int32?, error: Int32?
  ) throws -> Int32 {
    var process: Int32 = 0
    let result = withStrings([program] + arguments) { arguments in
      withStrings(environment.map { "\($0)=\($1)" }) { environment in
        hl_pty_spawn(
          program, arguments, environment, folder, terminal, output ?? -1, error ?? -1, &process)
      }
    }
    guard result == 0 else { throw PseudoTerminalError("posix_spawn", result) }
    return process
  }

  private static func withStrings<R>(
    _ strings: [String], _ body: ([UnsafeMutablePointer<CChar>?]) -> R
  ) -> R {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return body(copies + [nil])
  }

  // MARK: The window

  /// Types keys, or anything else that a terminal sends.
  public func write(_ text: String) {
    let bytes = Array(text.utf8)
    var written = 0
    while written < bytes.count {
      let count = bytes[written...].withUnsafeBytes { part in
        part.baseAddress.map { systemWrite(window, $0, part.count) } ?? 0
      }
      if count < 0, errno == EINTR || errno == EAGAIN { continue }
      if count <= 0 { return }
      written += count
    }
  }

  /// The program's output; waits for some of it for at most this long.
  ///
  /// - Returns: The bytes; none on timeout, `nil` when no more will come.
  public func read(milliseconds: Int) -> [UInt8]? {
    guard window >= 0 else { return nil }
    var descriptor = pollfd(fd: window, events: Int16(POLLIN), revents: 0)
    guard poll(&descriptor, 1, Int32(milliseconds)) > 0 else { return [] }
    return [UInt8](unsafeUninitializedCapacity: 1 << 16) { buffer, count in
      count = max(0, systemRead(window, buffer.baseAddress, buffer.count))
    }.nilIfEmpty
  }

  /// Resizes the window, which the program notices by a signal.
  public func resize(width: Int, height: Int) {
    hl_pty_resize(window, Int32(width), Int32(height))
  }

  /// Closes the window, like a click on its close button.
  public func closeWindow() {
    if window >= 0 { close(window) }
    window = -1
  }

  /// The terminal's modes: input, output, control and local flags.
  public var modes: [UInt32] {
    var modes = termios()
    guard tcgetattr(line, &modes) == 0 else { return [] }
    return [modes.c_iflag, modes.c_oflag, modes.c_cflag, modes.c_lflag].map { UInt32($0) }
  }

  // MARK: The process

  /// Sends a signal.
  public func signal(_ number: Int32) { kill(process, number) }

  /// Waits for the process to end, for at most this long; a process with much output waits for it to be read.
  public func wait(milliseconds: Int) -> End? {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    while status == nil {
      var found: Int32 = 0
      if waitpid(process, &found, WNOHANG) == process, !isStop(found) { status = found }
      if status != nil || ContinuousClock.now >= end { break }
      usleep(2000)
    }
    return status.map { status in
      let signal = status & 0x7f
      return signal == 0 ? .exited(status >> 8 & 0xff) : .signalled(signal)
    }
  }

  /// Whether the process is stopped, as by Ctrl-Z; waits for that for at most this long.
  public func isStopped(milliseconds: Int) -> Bool {
    let end = ContinuousClock.now + .milliseconds(milliseconds)
    while ContinuousClock.now < end {
      var found: Int32 = 0
      if waitpid(process, &found, WNOHANG | WUNTRACED) == process {
        if isStop(found) { return true }
        status = found
        return false
      }
      usleep(2000)
    }
    return false
  }

  private func isStop(_ status: Int32) -> Bool { status & 0xff == 0x7f }
}

/// A pseudo-terminal that could not be created.
public struct PseudoTerminalError: Error, CustomStringConvertible {
  /// What happened.
  public let description: String

  init(_ call: String, _ number: Int32) {
    description = "\(call): \(String(cString: strerror(number)))"
  }
}

private func systemWrite(_ descriptor: Int32, _ base: UnsafeRawPointer, _ count: Int) -> Int {
  #if canImport(Glibc)
    Glibc.write(descriptor, base, count)
  #elseif canImport(Musl)
    Musl.write(descriptor, base, count)
  #else
    Darwin.write(descriptor, base, count)
  #endif
}

private func systemRead(_ descriptor: Int32, _ base: UnsafeMutableRawPointer?, _ count: Int) -> Int
{
  guard let base else { return 0 }
  #if canImport(Glibc)
    return Glibc.read(descriptor, base, count)
  #elseif canImport(Musl)
    return Musl.read(descriptor, base, count)
  #else
    return Darwin.read(descriptor, base, count)
  #endif
}

extension Array {
  fileprivate var nilIfEmpty: [Element]? { isEmpty ? nil : self }
}

import CNcurses

/// Wakes the thread that waits for input, from any thread: a byte through a pipe.
public final class WakePipe: Sendable {
  /// The end to wait at.
  let reader: Int32
  /// The end that wakes; a signal handler writes there as well.
  let writer: Int32

  /// A pipe of its own; neither end ever blocks.
  public init() throws(ScreenError) {
    var (reader, writer): (Int32, Int32) = (-1, -1)
    guard hl_quiet_pipe(&reader, &writer) else { throw .noPipe }
    (self.reader, self.writer) = (reader, writer)
  }

  deinit {
    _ = CNcurses.close(reader)
    _ = CNcurses.close(writer)
  }

  /// Ends the present or the next wait. A full pipe wakes just as well, so errors do not matter.
  public func wake() {
    var byte: UInt8 = 0
    _ = write(writer, &byte, 1)
  }

  /// Takes out all wake-ups.
  func drain() {
    var bytes = [UInt8](repeating: 0, count: 256)
    while read(reader, &bytes, bytes.count) > 0 {}
  }
}

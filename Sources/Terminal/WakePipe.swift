import CNcurses

/// Wakes the thread that waits for input, from any thread, by sending a byte through a pipe.
public final class WakePipe: Sendable {
  /// The end from which the waiting thread reads.
  let reader: Int32
  /// The end to which a waking thread writes; a signal handler also writes there.
  let writer: Int32

  /// A new pipe; neither end ever blocks.
  public init() throws(ScreenError) {
    var (reader, writer): (Int32, Int32) = (-1, -1)
    guard hl_quiet_pipe(&reader, &writer) else { throw .noPipe }
    (self.reader, self.writer) = (reader, writer)
  }

  deinit {
    _ = CNcurses.close(reader)
    _ = CNcurses.close(writer)
  }

  /// Ends the current or the next wait. A full pipe also wakes, so errors do not matter.
  public func wake() {
    var byte: UInt8 = 0
    _ = write(writer, &byte, 1)
  }

  /// Removes all wake-ups.
  func drain() {
    var bytes = [UInt8](repeating: 0, count: 256)
    while read(reader, &bytes, bytes.count) > 0 {}
  }
}

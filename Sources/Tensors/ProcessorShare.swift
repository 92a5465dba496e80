import CKernels
import Foundation

/// The best number of threads while other programs use the processor too.
///
/// At the end of an operation, its threads wait for each other by spinning. If each thread has its own core, that is
/// fastest; if another program uses one of the cores, every such wait can last until the scheduler switches, and an
/// evaluation takes ten times as long. Busy cores are therefore left to other programs: with `c` free cores, `c`
/// threads run at full speed.
@Compute
public final class ProcessorShare {
  /// This process's share.
  public static let shared = ProcessorShare()

  /// The processor time so far, in seconds of one core.
  private struct Reading {
    let moment: ContinuousClock.Instant
    let idle: Double
    let own: Double
  }

  /// The time between two measurements: `/proc/stat` counts in ticks of 10 ms.
  private let interval = Duration.milliseconds(200)
  private var last: Reading?
  /// The maximum number of threads.
  public private(set) var limit = Processor.threads
  private var current = Processor.threads

  private init() {}

  /// Limits the number of threads to `count`.
  public func limit(to count: Int) {
    limit = max(1, count)
    current = limit
    last = nil
  }

  /// The number of threads for the next evaluation.
  ///
  /// The idle time and the time used by this process are available to it.
  public func threads() -> Int {
    let now = ContinuousClock.now
    guard let before = last else {
      last = reading()
      current = min(limit, max(1, coresWithoutWork() ?? limit))
      return current
    }
    guard now - before.moment >= interval, let after = reading() else { return current }
    last = after
    let elapsed = (after.moment - before.moment) / .seconds(1)
    let free = (after.idle - before.idle + after.own - before.own) / elapsed
    // Between two whole numbers, the current number stays, so that brief work by other programs changes nothing.
    let whole = Int((free + 0.4).rounded(.down))
    current = min(limit, max(1, whole))
    return current
  }

  /// An estimate before any time has passed: the cores on which no other program is running, including this thread's;
  /// `nil` if unknown. It is the maximum of three samples, since many programs run only for a moment.
  private func coresWithoutWork() -> Int? {
    var most: Int?
    for look in 0..<3 {
      if look > 0 { usleep(500) }
      guard let lines = statistics(),
        let running = lines.first(where: { $0.hasPrefix("procs_running ") }),
        let count = Int(running.dropFirst(14))
      else { return nil }
      let cores = lines.count { $0.hasPrefix("cpu") && !$0.hasPrefix("cpu ") }
      most = max(most ?? 0, cores - (count - 1))
    }
    return most
  }

  /// The lines of `/proc/stat`: all of them, or only those in its first bytes, because many interrupts make the file
  /// long.
  private func statistics(bytes: Int? = nil) -> [Substring]? {
    guard let file = FileHandle(forReadingAtPath: "/proc/stat") else { return nil }
    defer { try? file.close() }
    let data = try? bytes.map { try file.read(upToCount: $0) } ?? file.readToEnd()
    return data.map { String(decoding: $0, as: UTF8.self).split(separator: "\n") }
  }

  private func reading() -> Reading? {
    var own = timespec()
    guard clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &own) == 0,
      let line = statistics(bytes: 256)?.first
    else {
      return nil
    }
    // cpu user nice system idle iowait ...
    let fields = line.split(separator: " ").dropFirst().compactMap { Double($0) }
    guard fields.count > 4 else { return nil }
    return Reading(
      moment: .now, idle: (fields[3] + fields[4]) / 100,
      own: Double(own.tv_sec) + Double(own.tv_nsec) / 1e9)
  }
}

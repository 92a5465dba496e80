import CKernels
import Foundation

/// How many threads it pays to compute on while other programs use the processor too.
///
/// The threads of one operation wait for each other at its end, spinning. With a core each that is the quickest
/// way; when another program has one of the cores, every such wait can last until the scheduler comes round, and an
/// evaluation takes ten times as long. So cores that others keep busy are left to them: with `c` of them free,
/// `c` threads compute at `c` threads' speed.
@Compute
public final class ProcessorShare {
  /// The share of this process.
  public static let shared = ProcessorShare()

  /// Processor time until now, in seconds of one core.
  private struct Reading {
    let moment: ContinuousClock.Instant
    let idle: Double
    let own: Double
  }

  /// The time between two looks: `/proc/stat` counts in ticks of 10 ms.
  private let interval = Duration.milliseconds(200)
  private var last: Reading?
  /// The most threads ever to use.
  public private(set) var limit = Processor.threads
  private var current = Processor.threads

  private init() {}

  /// Never to use more than `count` threads.
  public func limit(to count: Int) {
    limit = max(1, count)
    current = limit
    last = nil
  }

  /// The number of threads for the next evaluation.
  ///
  /// What is idle and what this process itself uses is what it could have.
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
    // Between two counts the present one stays, so that a moment's work elsewhere changes nothing.
    let whole = Int((free + 0.4).rounded(.down))
    current = min(limit, max(1, whole))
    return current
  }

  /// What there is to go by before time has passed: the cores that no other program is running on, this thread's among
  /// them; `nil` where the system does not tell. The most of three looks, since many things run for a moment only.
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

  /// Lines of `/proc/stat`: all, or those in its first bytes, since it is long where there are many interrupts.
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
